"""What a run rests on: its visits, the facts that it quotes, and where they are on pictures.

The numbers of facts are those of the page; their ids in addresses are the facts' own, so that
links to them survive.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from autousers.engine.judgement import sentences
from autousers.engine.judgement.severity import Agent, severity
from autousers.engine.protocol import Side
from autousers.findings.spots import part_of, spot_of
from autousers.findings.words import SEVERITY_WORDS, conditions_in_words, kind_title
from autousers.models import AutouserRun, Observation
from autousers.observation import facts
from autousers.observation.facts import Fact, Place
from autousers.pages.marks import Board, Mark, boards, mark
from autousers.rest.runs.turns import began
from autousers.runs import artifacts
from autousers.runs.specs import stimuli_of


@dataclass(frozen=True)
class Quoted:
    """A fact of one visit as the run met it; `number` is 0 for one that it does not quote."""

    number: int
    key: str
    fact: Fact
    severity: int
    marks: Mapping[int, Mark] = field(default_factory=dict)
    """By the index of the place."""

    @property
    def says(self) -> str:
        """The fact with its number."""
        text = self.clause or f"nothing to blame about {sentences.topic(self.fact.id)}"
        return f"{text[:1].upper()}{text[1:]}"

    @property
    def clause(self) -> str:
        """What the rating says of it; empty where it says nothing."""
        if self.fact.nothing_there:
            return ""
        return sentences.clause(self.fact, at_fault=self.severity > 0)

    @property
    def severity_word(self) -> str:
        """How bad it is, in a word."""
        return SEVERITY_WORDS[self.severity]

    @property
    def about(self) -> str:
        """What kind of fact it is."""
        return kind_title(self.fact.kind)

    @property
    def share(self) -> str:
        """The part of the page that it covers, in percent; empty where nobody knows it."""
        if not self.fact.share or not self.severity:
            return ""
        return f"{max(round(100 * self.fact.share), 1)} % of the page"

    @property
    def value(self) -> str:
        """The bare value with its unit, for the table of all facts."""
        counted = f"{self.fact.value:,g}"
        of = f" of {self.fact.of:,}" if self.fact.of is not None else ""
        return f"{counted}{of} {self.fact.unit}"

    @property
    def first_mark(self) -> Mark | None:
        """The mark that a citation leads to."""
        return next(iter(self.marks.values()), None)

    @property
    def places(self) -> list[tuple[Place, str, str]]:
        """Each place, its number with unit, and the id of its mark; empty where it has none."""
        return [
            (one, _number(one, self.fact), self.marks[index].id if index in self.marks else "")
            for index, one in enumerate(self.fact.places)
        ]


@dataclass(frozen=True)
class Step:
    """A step of a visit."""

    action: str
    narration: str
    picture: str
    after: float | None
    """Seconds since the first step; None where nobody noted it."""


@dataclass(frozen=True)
class Seen:
    """One design as the run saw it."""

    side: Side
    is_pair: bool
    visit: Observation
    seen: facts.Observation
    quoted: Sequence[Quoted]
    others: Sequence[Quoted]
    kept: frozenset[str]
    """The files that are still there."""

    @property
    def words(self) -> str:
        """How the design was visited."""
        return conditions_in_words(self.seen.conditions)

    @property
    def steps(self) -> list[Step]:
        """What the observer did."""
        return steps_of(self.visit)

    @cached_property
    def boards(self) -> list[Board]:
        """The pictures with the places of what is quoted; without any, the first picture."""
        placed = (
            (spot, one.marks[index])
            for one in self.quoted
            for index, place in enumerate(one.fact.places)
            if index in one.marks and (spot := spot_of(self.seen, one.fact, place))
        )
        return boards(placed) or self._unmarked

    @property
    def _unmarked(self) -> list[Board]:
        """The picture of the whole page, or the first one that there is."""
        pictures = sorted(self.seen.pictures, key=lambda one: one.artifact != facts.WHOLE_PAGE)
        known = [(one, part_of(one, self.seen.conditions)) for one in pictures]
        return [Board(one.artifact, part, ()) for one, part in known if part][:1]

    @property
    def has_marks(self) -> bool:
        """Whether a place of what is quoted is on a picture."""
        return any(board.marks for board in self.boards)

    @property
    def plain_pictures(self) -> list[facts.Picture]:
        """The pictures that show no mark."""
        shown = {board.picture for board in self.boards}
        return [one for one in self.seen.pictures if one.artifact not in shown]

    @property
    def pictures_are_gone(self) -> bool:
        """Whether the visit had pictures that are no longer kept."""
        names = {one.artifact for one in self.seen.pictures}
        return bool(names) and not names & self.kept

    @property
    def is_markup(self) -> bool:
        """Whether no browser looked."""
        return self.seen.observer == "markup"

    @property
    def not_measured(self) -> list[tuple[str, str]]:
        """What was not measured, and why."""
        return [
            (sentences.topic(name).capitalize(), reason)
            for name, reason in self.seen.not_measured.items()
        ]


@dataclass(frozen=True)
class Evidence:
    """Everything that a run rests on."""

    run: AutouserRun
    sides: Sequence[Seen]
    factors: Mapping[str, Sequence[str]]
    """The facts that are quoted, by dimension."""

    @cached_property
    def quoted(self) -> list[Quoted]:
        """All facts that are quoted, by their numbers."""
        every = [one for side in self.sides for one in side.quoted]
        return sorted(every, key=lambda one: one.number)

    def behind(self, dimension: str) -> list[Quoted]:
        """The facts that the rating of a dimension quotes."""
        names = self.factors.get(dimension, ())
        return [one for one in self.quoted if one.fact.id in names]


def evidence_of(
    run: AutouserRun, visits: Iterable[Observation], dimensions: Iterable[str]
) -> Evidence:
    """What a run rests on; `visits` are its observations with their facts.

    Facts are numbered in the order of the study's `dimensions`: a database keeps no order of names.
    """
    rating = getattr(run, "rating", None)
    stored: dict[str, Any] = (rating.factors or {}) if rating else {}
    factors = {name: stored[name] for name in (*dimensions, *stored) if name in stored}
    by_design = {one.design: one for one in visits}
    stimuli = list(stimuli_of(run.comparison, run.evaluation.type))
    looked = [(one.side, by_design[one.url]) for one in stimuli if one.url in by_design]
    read = [
        (side, visit, facts.Observation.from_json(visit.facts))
        for side, visit in looked
        if visit.facts
    ]
    numbers = _numbers(factors, [(side, seen) for side, _, seen in read])
    is_pair = len(stimuli) > 1
    sides = [_seen(run, side, visit, seen, numbers, is_pair=is_pair) for side, visit, seen in read]
    return Evidence(run, sides, factors)


def steps_of(visit: Observation) -> list[Step]:
    """The steps of a visit, with their seconds since the first."""
    times = [began(one) for one in visit.steps]
    first = times[0] if times else None
    return [
        Step(
            one["action"],
            one["narration"],
            one["picture"],
            (at - first).total_seconds() if at and first else None,
        )
        for one, at in zip(visit.steps, times, strict=True)
    ]


def _numbers(
    factors: Mapping[str, Sequence[str]], read: Sequence[tuple[Side, facts.Observation]]
) -> dict[tuple[Side, str], int]:
    """The numbers of quoted facts: in the order of the rating, side by side."""
    found: dict[tuple[Side, str], int] = {}
    for name in dict.fromkeys(name for names in factors.values() for name in names):
        for side, seen in read:
            if seen.fact(name) is not None:
                found[side, name] = len(found) + 1
    return found


def _seen(
    run: AutouserRun,
    side: Side,
    visit: Observation,
    seen: facts.Observation,
    numbers: Mapping[tuple[Side, str], int],
    *,
    is_pair: bool,
) -> Seen:
    kept = frozenset(artifacts.names(visit.pk, of=artifacts.OBSERVATIONS)) if visit.files else ()
    met = [
        _quoted(run, side, seen, one, numbers.get((side, one.id), 0), is_pair=is_pair)
        for one in seen.facts
    ]
    return Seen(
        side=side,
        is_pair=is_pair,
        visit=visit,
        seen=seen,
        quoted=sorted((one for one in met if one.number), key=lambda one: one.number),
        others=sorted(
            (one for one in met if not one.number), key=lambda one: (-one.severity, one.fact.id)
        ),
        kept=frozenset(kept),
    )


def _quoted(
    run: AutouserRun,
    side: Side,
    seen: facts.Observation,
    fact: Fact,
    number: int,
    *,
    is_pair: bool,
) -> Quoted:
    key = f"{side.lower()}-{fact.id}" if is_pair else fact.id
    grade = severity(fact, seen.conditions, Agent(run.seed))
    marks = dict(_marks(seen, fact, key, number)) if number else {}
    return Quoted(number, key, fact, grade, marks)


def _marks(
    seen: facts.Observation, fact: Fact, key: str, number: int
) -> Iterator[tuple[int, Mark]]:
    first = True
    for index, place in enumerate(fact.places):
        spot = spot_of(seen, fact, place)
        if spot is None:
            continue
        id = f"mark-{key}" if first else f"mark-{key}-{index + 1}"
        title = f"Fact {number}: {place.text or place.selector}"
        yield index, mark(spot, id=id, href=f"#fact-{key}", number=number, title=title)
        first = False


def _number(place: Place, fact: Fact) -> str:
    unit = fact.kind.place_unit
    if place.value is None or not unit:
        return ""
    number = f"{place.value:,.2f}".rstrip("0").rstrip(".")
    return f"{number}{unit}" if unit.startswith(":") else f"{number} {unit}"
