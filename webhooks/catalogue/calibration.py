"""Frozen calibrations in events: the JSON schema of `data.object`, and a sample of it."""

from typing import Any

from webhooks.catalogue import json_schema as js
from webhooks.catalogue.story import AUTOUSER, RUBRIC

SCHEMA = js.object_(
    "An autouser and the rubric it is bound to from now on.",
    {
        "autouser": js.object_(
            "The autouser.",
            {
                "id": js.identifier("The autouser."),
                "name": js.text("Its name."),
                "calibrationStatus": js.word("Always this value.", "frozen"),
                "activeRubricId": js.identifier("The rubric it rates by."),
            },
        ),
        "rubric": js.object_(
            "The rubric.",
            {
                "id": js.identifier("The rubric."),
                "version": js.value("integer", "Its version.", minimum=1),
                "krippendorffAlpha": js.or_null(
                    js.value("number", "The agreement of the autouser with people.", maximum=1)
                ),
                "frozenAt": js.moment("Time of freezing."),
            },
        ),
    },
)

SAMPLE: dict[str, Any] = {
    "autouser": {
        "id": AUTOUSER,
        "name": "Night-shift nurse",
        "calibrationStatus": "frozen",
        "activeRubricId": RUBRIC,
    },
    "rubric": {
        "id": RUBRIC,
        "version": 3,
        "krippendorffAlpha": 0.82,
        "frozenAt": "2026-06-13T07:30:12.940Z",
    },
}
