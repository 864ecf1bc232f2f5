"""The form of an observation: the facts of one design under one set of conditions.

Observers write it, the rubric reads it. A missing fact was not measured: it is neither good nor
bad, and nobody may quote it. `not_measured` says why.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from autousers.observation.catalogue import CATALOGUE
from autousers.observation.catalogue.kinds import Basis, FactKind

Observer = Literal["browser", "markup"]
Network = Literal["fast", "slow"]
Motion = Literal["full", "reduced"]
ColourScheme = Literal["light", "dark"]
WallKind = Literal["consent", "dialog", "login", "bot", "scripts", "empty", "error"]

FIRST_SCREEN = "first-screen.jpg"
"""The picture of what a browser shows before it scrolls."""

WHOLE_PAGE = "page.jpg"
"""The picture of the page from its top, as far down as a picture may reach."""

MOST_PLACES = 10
"""Places that a fact keeps, the worst first."""

MOST_TEXT = 120
"""Characters of the text, and of the selector, of a place."""


@dataclass(frozen=True)
class Conditions:
    """How a design is visited: what differs between personas that see the same address."""

    width: int = 1280
    height: int = 800
    touch: bool = False
    zoom: float = 1.0
    keyboard: bool = False
    network: Network = "fast"
    motion: Motion = "full"
    colour_scheme: ColourScheme = "light"
    language: str = "en"

    def to_json(self) -> dict[str, Any]:
        """The conditions as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Conditions":
        """Read what `to_json` wrote."""
        return cls(**data)


@dataclass(frozen=True)
class Box:
    """A rectangle on the page, in CSS pixels from its top left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Place:
    """Where a fact was found. `value` is its number here, in the unit of `FactKind.place_unit`."""

    selector: str
    text: str = ""
    box: Box | None = None
    value: float | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Place":
        """Read a place of `Observation.to_json`."""
        box = data.get("box")
        return cls(data["selector"], data["text"], Box(**box) if box else None, data["value"])


@dataclass(frozen=True)
class Fact:
    """One thing that was measured.

    `value` is in the unit of the catalogue: of a count, how many are at fault, and `of` how many
    were looked at. Zero means measured, and no fault. `share` is the part of the page, from 0
    to 1, that the fault covers (of letters for text, of elements otherwise); None: not known.
    """

    id: str
    value: float
    basis: Basis
    of: int | None = None
    share: float | None = None
    places: tuple[Place, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what the catalogue does not know, and keep places bounded."""
        kind = CATALOGUE.get(self.id)
        if kind is None:
            raise ValueError(f"The catalogue has no fact {self.id!r}.")
        if self.basis not in kind.bases:
            raise ValueError(f"{self.id} cannot rest on {self.basis}.")
        object.__setattr__(self, "places", tuple(_short(one) for one in self.places[:MOST_PLACES]))

    @property
    def kind(self) -> FactKind:
        """Its entry in the catalogue."""
        return CATALOGUE[self.id]

    @property
    def unit(self) -> str:
        """The unit of the value."""
        return self.kind.unit

    @property
    def nothing_there(self) -> bool:
        """Whether there was nothing of this kind on the page, for example no form."""
        return self.of == 0

    def to_json(self) -> dict[str, Any]:
        """The fact as JSON, with its unit for those who read the file alone."""
        return {**asdict(self), "unit": self.unit}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Fact":
        """Read what `to_json` wrote."""
        return cls(
            id=data["id"],
            value=data["value"],
            basis=data["basis"],
            of=data["of"],
            share=data["share"],
            places=tuple(Place.from_json(one) for one in data["places"]),
        )


@dataclass(frozen=True)
class Wall:
    """Something in front of the design. `blocks`: nothing else could be seen.

    `text` is a sentence for people; of a wall that blocks, it is the reason why a run fails.
    """

    kind: WallKind
    text: str
    blocks: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture of the visit, by the name of its artifact. `shows` is a word, like `focus`.

    `part` is what it shows of the page, in the pixels of places; None where nobody noted it.
    """

    artifact: str
    shows: str
    fact: str = ""
    part: Box | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Picture":
        """Read a picture of `Observation.to_json`."""
        part = data.get("part")
        return cls(data["artifact"], data["shows"], data["fact"], Box(**part) if part else None)


@dataclass(frozen=True)
class Observation:
    """The facts of one design under one set of conditions.

    `design` is the address that was asked for, `address` the one that the visit ended at.
    `words` is the text that people see, bounded by the observer. A fact that could be measured
    on a part of the page only is in `facts` and in `not_measured`.
    """

    design: str
    observer: Observer
    conditions: Conditions
    facts: tuple[Fact, ...] = ()
    not_measured: Mapping[str, str] = field(default_factory=dict)
    walls: tuple[Wall, ...] = ()
    address: str = ""
    title: str = ""
    language: str = ""
    words: str = ""
    pictures: tuple[Picture, ...] = ()

    def fact(self, fact_id: str) -> Fact | None:
        """The fact of that id; None when it was not measured."""
        return next((one for one in self.facts if one.id == fact_id), None)

    @property
    def blocked_by(self) -> Wall | None:
        """The wall that hid the design, if one did."""
        return next((one for one in self.walls if one.blocks), None)

    def to_json(self) -> dict[str, Any]:
        """The observation as JSON."""
        return {
            **asdict(self),
            "conditions": self.conditions.to_json(),
            "facts": [one.to_json() for one in self.facts],
            "not_measured": dict(self.not_measured),
            "walls": [asdict(one) for one in self.walls],
            "pictures": [asdict(one) for one in self.pictures],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Observation":
        """Read what `to_json` wrote; facts that the catalogue no longer has were not measured."""
        return cls(
            **{
                **data,
                "conditions": Conditions.from_json(data["conditions"]),
                "facts": tuple(Fact.from_json(one) for one in data["facts"] if _is_known(one)),
                "walls": tuple(Wall(**one) for one in data["walls"]),
                "pictures": tuple(Picture.from_json(one) for one in data["pictures"]),
            }
        )


def _is_known(fact: Mapping[str, Any]) -> bool:
    """Whether the catalogue of this version has a stored fact on its basis."""
    kind = CATALOGUE.get(fact["id"])
    return kind is not None and fact["basis"] in kind.bases


def _short(place: Place) -> Place:
    return Place(_line(place.selector), _line(place.text), place.box, place.value)


def _line(text: str) -> str:
    """One printable line of at most `MOST_TEXT` characters."""
    if len(text) > 4 * MOST_TEXT:
        text = text[: 4 * MOST_TEXT]
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= MOST_TEXT else f"{line[: MOST_TEXT - 1]}…"
