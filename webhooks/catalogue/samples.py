"""Whole events as samples, for the documentation and for the page on which types are chosen."""

from typing import Any

from api.rest import versioning
from webhooks.catalogue import story
from webhooks.catalogue.types import CATALOGUE, TEST_EVENT


def event(kind: str) -> dict[str, Any]:
    """A sample of an event of a type. Events of tests have no `sequence`."""
    envelope: dict[str, Any] = {
        "id": "event_cm7q0e6f1event3kiosk4made",
        "type": kind,
        "api_version": versioning.current(),
        "created": 1781169242,
        "team_id": story.TEAM,
        "sequence": 41,
        "data": {"object": CATALOGUE[kind].sample},
        "request": {"id": "019eb5f2-0c4e-7d31-8a57-6be0c2f4d911", "idempotency_key": None},
    }
    if kind == TEST_EVENT:
        del envelope["sequence"]
    return envelope
