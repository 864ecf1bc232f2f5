"""A finding: one fact at one place of one design, and whom it cost a rating."""

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

from autousers.findings.spots import Spot
from autousers.findings.uses import Use
from autousers.observation.facts import Box, Conditions, Fact, Place

NEW, STILL_THERE, FIXED = "new", "still there", "fixed"
STATUSES = (NEW, STILL_THERE, FIXED)

Status = str | None
Key = tuple[str, str, str]
"""Design, fact and selector: what makes it the same finding in another study."""


@dataclass
class Finding:
    """One fact at one place of one design, and whom it cost a rating."""

    evaluation_id: str
    """The study whose visit saw it: of a fixed one the earlier study."""
    observation_id: str
    design: str
    conditions: Conditions
    fact: Fact
    place: Place | None
    severity: int
    says: str
    picture: str
    spot: Spot | None = None
    personas: dict[str, Use] = field(default_factory=dict)
    """The autousers that it cost a rating, each with a run that shows it."""
    dimensions: set[str] = field(default_factory=set)
    comparisons: set[str] = field(default_factory=set)
    looks: set[str] = field(default_factory=set)
    """The keys of the looks that found it."""
    status: Status = None

    @property
    def key(self) -> Key:
        """What makes it the same finding in another study."""
        return (self.design, self.fact.id, self.place.selector if self.place else "")

    @property
    def id(self) -> str:
        """The same in every study of the design."""
        return hashlib.sha256("\0".join(self.key).encode()).hexdigest()[:24]

    @property
    def points(self) -> int:
        """Severity times the personas that met it."""
        return self.severity * max(len(self.personas), 1)

    @property
    def rank(self) -> tuple[int, int, str, str, str]:
        """The order: points, then severity, the greatest first."""
        design, fact, selector = self.key
        return (-self.points, -self.severity, fact, selector, design)

    def to_json(self) -> dict[str, Any]:
        """The finding by the API's field names."""
        kind, place, spot = self.fact.kind, self.place, self.spot
        return {
            "id": self.id,
            "design": self.design,
            "comparisonIds": sorted(self.comparisons),
            "fact": self.fact.id,
            "criterion": kind.criterion or None,
            "severity": self.severity,
            "points": self.points,
            "says": self.says,
            "selector": place.selector if place else None,
            "text": place.text if place else None,
            "value": place.value if place else None,
            "unit": (kind.place_unit or None) if place else None,
            "basis": self.fact.basis,
            "personas": sorted(self.personas),
            "dimensions": sorted(self.dimensions),
            "evaluationId": self.evaluation_id,
            "observationId": self.observation_id,
            "picture": self.picture or None,
            "pictureSize": _size(spot.part) if spot else None,
            "box": asdict(spot.box) if spot else None,
            "status": self.status,
        }


def _size(part: Box) -> dict[str, float]:
    return {"width": part.width, "height": part.height}
