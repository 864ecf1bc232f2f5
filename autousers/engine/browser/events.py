"""What a visit is asked for, what it tells on the way, and how it can fail."""

from dataclasses import dataclass

from autousers.observation.facts import Conditions


@dataclass(frozen=True)
class Order:
    """One visit: an address, the conditions, and the region whose proxy it leaves through."""

    url: str
    conditions: Conditions
    region: str | None = None
    calm_seconds: float = 8.0
    """Seconds that the page gets to become calm; after them it is looked at as it is."""


@dataclass(frozen=True)
class Step:
    """A step begins: a word, what is done, and a sentence about it."""

    step: str
    action: str
    narration: str


@dataclass(frozen=True)
class Kept:
    """A file of the visit."""

    name: str
    content: bytes
    content_type: str


Event = Step | Kept


class VisitFailed(Exception):
    """A visit saw nothing of the design. The message is for people and says why.

    `ours`: a fault of this machine, which may pass; else it is the design's.
    """

    def __init__(self, message: str, *, ours: bool = False) -> None:
        super().__init__(message)
        self.ours = ours
