"""The types of events with a sample of each, for the pages on which one chooses."""

import json
from dataclasses import dataclass
from functools import cache

from webhooks.catalogue import samples
from webhooks.catalogue.types import CATALOGUE, TEST_EVENT


@dataclass(frozen=True)
class Kind:
    """A type of event: when it is sent, and a sample of it."""

    type: str
    when: str
    sample: str


@cache
def kinds(*, with_test: bool = False) -> list[Kind]:
    """Every type that an endpoint can subscribe to; `with_test` also that of plain tests."""
    return [
        Kind(str(type), about.when, pretty(samples.event(type)))
        for type, about in CATALOGUE.items()
        if with_test or type != TEST_EVENT
    ]


def pretty(event: object) -> str:
    """JSON for people."""
    return json.dumps(event, indent=2, ensure_ascii=False)
