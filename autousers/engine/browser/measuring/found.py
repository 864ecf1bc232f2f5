"""What a visit has found so far: facts, reasons why others are missing, walls, pictures."""

from collections.abc import Iterable, Mapping
from typing import Any

from autousers.observation.catalogue.kinds import Basis
from autousers.observation.facts import (
    Box,
    Conditions,
    Fact,
    Observation,
    Picture,
    Place,
    Wall,
)


class Found:
    """Collects the parts of an observation. Of two facts of one id the worse one stays."""

    def __init__(self, design: str, conditions: Conditions) -> None:
        self.design = design
        self.conditions = conditions
        self.facts: dict[str, Fact] = {}
        self.not_measured: dict[str, str] = {}
        self.walls: list[Wall] = []
        self.pictures: list[Picture] = []
        self.address = design
        self.title = self.language = self.words = ""

    def add(
        self,
        fact_id: str,
        value: float,
        basis: Basis,
        *,
        of: int | None = None,
        share: float | None = None,
        places: Iterable[Place] = (),
    ) -> None:
        """Note a fact, measured in one more way."""
        fact = Fact(fact_id, value, basis, of=of, share=share, places=tuple(places))
        known = self.facts.get(fact_id)
        if known is None or (value, of is not None) > (known.value, known.of is not None):
            self.facts[fact_id] = fact

    def skip(self, reason: str, *fact_ids: str) -> None:
        """Note why facts were not measured."""
        for fact_id in fact_ids:
            self.not_measured.setdefault(fact_id, reason)

    def observation(self) -> Observation:
        """All of it."""
        return Observation(
            design=self.design,
            observer="browser",
            conditions=self.conditions,
            facts=tuple(self.facts.values()),
            not_measured=self.not_measured,
            walls=tuple(self.walls),
            address=self.address,
            title=self.title,
            language=self.language,
            words=self.words,
            pictures=tuple(self.pictures),
        )


def place(data: Mapping[str, Any], value: float | None = None) -> Place:
    """A place as a measure wrote it."""
    box = data.get("box")
    shown = Box(*box) if box and len(box) == 4 else None
    return Place(str(data["selector"]), str(data.get("text", "")), shown, value)


def places(rows: Iterable[Mapping[str, Any]], key: str | None = None) -> list[Place]:
    """Places as a measure wrote them; `key` names the number of each."""
    return [place(row, row[key] if key else None) for row in rows]


def share(part: float, whole: float) -> float | None:
    """A part of a whole from 0 to 1; None of nothing."""
    return min(1.0, part / whole) if whole else None
