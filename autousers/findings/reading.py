"""The findings of a study: one row for each fact and place behind a low rating.

Nothing is stored: findings follow from the observations and the ratings.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Avg

from autousers.engine.judgement import sentences
from autousers.engine.judgement.dimensions import Question, question_of
from autousers.engine.judgement.personas import Lens, lens_of
from autousers.engine.judgement.rating import COUNTS
from autousers.engine.judgement.severity import severity
from autousers.engine.protocol import Dimension
from autousers.findings.looks import Look, looks_of, personas_of
from autousers.observation.facts import Fact, Place
from autousers.runs.specs import stimuli_of
from evaluations.models import Evaluation, EvaluationType
from ratings.models import RaterType, RatingScore

#: Most findings in one reply.
MOST_FINDINGS = 500

Status = str | None


@dataclass
class Finding:
    """One fact at one place of one design, and whom it cost a rating."""

    design: str
    fact: Fact
    place: Place | None
    severity: int
    observation_id: str
    picture: str
    says: str
    personas: set[str] = field(default_factory=set)
    dimensions: set[str] = field(default_factory=set)
    comparisons: set[str] = field(default_factory=set)
    looks: set[str] = field(default_factory=set)
    """The keys of the looks that found it."""
    status: Status = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same finding in another study."""
        return (self.design, self.fact.id, self.place.selector if self.place else "")

    @property
    def rank(self) -> tuple[int, int, str, str]:
        """The order: severity times personas, the greatest first."""
        _, fact, selector = self.key
        return (-self.severity * max(len(self.personas), 1), -self.severity, fact, selector)

    def to_json(self) -> dict[str, Any]:
        """The finding by the API's field names."""
        kind, place = self.fact.kind, self.place
        return {
            "id": hashlib.sha256("\0".join(self.key).encode()).hexdigest()[:24],
            "design": self.design,
            "comparisonIds": sorted(self.comparisons),
            "fact": self.fact.id,
            "criterion": kind.criterion or None,
            "severity": self.severity,
            "says": self.says,
            "selector": place.selector if place else None,
            "text": place.text if place else None,
            "value": place.value if place else None,
            "unit": (kind.place_unit or None) if place else None,
            "basis": self.fact.basis,
            "personas": sorted(self.personas),
            "dimensions": sorted(self.dimensions),
            "observationId": self.observation_id,
            "picture": self.picture or None,
            "status": self.status,
        }


def findings_of(evaluation: Evaluation, *, earlier: Evaluation | None = None) -> list[Finding]:
    """The findings of a study, the worst first; compared with an earlier study of its designs."""
    looks = looks_of(evaluation)
    if not looks:
        return []
    found = list(_found(evaluation, looks).values())
    if earlier is not None:
        before = looks_of(earlier)
        then = _found(earlier, before)
        for one in found:
            one.status = _status(one, before, then)
        found += _fixed(found, then, looks)
    return sorted(found, key=lambda one: one.rank)[:MOST_FINDINGS]


def _found(evaluation: Evaluation, looks: Sequence[Look]) -> dict[tuple[str, str, str], Finding]:
    """The findings by their keys."""
    lenses = {pk: lens_of(persona) for pk, persona in personas_of(looks).items()}
    low = _low(evaluation)
    questions = _questions(evaluation)
    found: dict[tuple[str, str, str], Finding] = {}
    for look in looks:
        for fact in look.seen.facts:
            grade = severity(fact, look.seen.conditions)
            if not grade:
                continue
            affected = list(_affected(look, fact, lenses, low, questions))
            if affected:
                _note(found, look, fact, grade, affected)
    return found


@dataclass(frozen=True)
class _Affected:
    """A persona that rated a comparison low on dimensions for which a fact counts."""

    persona: str
    comparison: str
    dimensions: frozenset[str]


def _affected(
    look: Look,
    fact: Fact,
    lenses: Mapping[str, Lens],
    low: Mapping[tuple[str, str, str], frozenset[str]],
    questions: Mapping[str, Question],
) -> Iterable[_Affected]:
    for autouser_id, comparison_id in look.used_by:
        lens = lenses.get(autouser_id)
        if lens is None or not lens.care(fact.kind):
            continue
        rated_low = low.get((autouser_id, comparison_id, look.seen.design), frozenset())
        behind = frozenset(
            name for name in rated_low if questions[name].weight(fact.kind) >= COUNTS
        )
        if behind:
            yield _Affected(autouser_id, comparison_id, behind)


def _note(
    found: dict[tuple[str, str, str], Finding],
    look: Look,
    fact: Fact,
    grade: int,
    affected: Sequence[_Affected],
) -> None:
    """Add a row for each place, or to the row that another look made."""
    pictures = [one.artifact for one in look.seen.pictures if one.fact == fact.id]
    says = sentences.clause(fact, at_fault=True)
    for place in fact.places or (None,):
        new = Finding(
            look.seen.design,
            fact,
            place,
            grade,
            look.observation_id,
            next(iter(pictures), ""),
            says,
        )
        row = found.setdefault(new.key, new)
        if grade > row.severity:
            row.severity, row.fact, row.place, row.says = grade, fact, place, says
            row.observation_id, row.picture = new.observation_id, new.picture
        row.looks.add(look.key)
        for one in affected:
            row.personas.add(one.persona)
            row.comparisons.add(one.comparison)
            row.dimensions |= one.dimensions


def _low(evaluation: Evaluation) -> dict[tuple[str, str, str], frozenset[str]]:
    """The dimensions rated low, by autouser, comparison and design.

    Low is at or below the middle of the scale; of a pair, the side that was not preferred.
    """
    scores = RatingScore.objects.filter(
        rating__evaluation=evaluation,
        rating__rater_type=RaterType.AUTOUSER,
        rating__skip_reason=None,
        rating__superseded=False,
    )
    rows = scores.order_by().values_list(
        "rating__autouser_id", "rating__comparison_id", "dimension"
    )
    middles = {
        row.dimension_id: (row.minimum + row.maximum) / 2 for row in evaluation.dimensions.all()
    }
    designs = {
        row.pk: {one.side: one.url for one in stimuli_of(row, evaluation.type)}
        for row in evaluation.comparisons.all()
    }
    pairs = evaluation.type == EvaluationType.SXS
    low: dict[tuple[str, str, str], set[str]] = {}
    for autouser_id, comparison_id, dimension, mean in rows.annotate(mean=Avg("value")):
        middle = middles.get(dimension)
        if middle is None or comparison_id not in designs:
            continue
        sides = designs[comparison_id]
        if pairs:
            urls = [sides["B"]] * (mean < middle) + [sides["A"]] * (mean > middle)
        else:
            urls = [sides["A"]] * (mean <= middle)
        for url in urls:
            low.setdefault((autouser_id, comparison_id, url), set()).add(dimension)
    return {key: frozenset(names) for key, names in low.items()}


def _questions(evaluation: Evaluation) -> dict[str, Question]:
    return {
        row.dimension_id: question_of(
            Dimension(row.dimension_id, row.name, row.template.description or "")
        )
        for row in evaluation.dimensions.select_related("template")
    }


def _status(
    one: Finding, before: Sequence[Look], then: Mapping[tuple[str, str, str], Finding]
) -> Status:
    """Whether a finding is new; None where the earlier study did not measure the same."""
    if one.key in then or any(_is_at(look, one) for look in before):
        return "still there"
    same = [look for look in before if look.key in one.looks]
    return "new" if any(_is_complete(look.seen.fact(one.fact.id)) for look in same) else None


def _fixed(
    found: Sequence[Finding], then: Mapping[tuple[str, str, str], Finding], looks: Sequence[Look]
) -> list[Finding]:
    """Earlier findings that are gone: measured again under every condition that had found them."""
    present = {one.key for one in found}
    by_key = {look.key: look for look in reversed(looks)}  # of two the newer one
    gone = []
    for key, one in then.items():
        if key in present or any(_is_at(look, one) for look in looks):
            continue
        again = [by_key.get(look_key) for look_key in one.looks]
        if all(look and _is_complete(look.seen.fact(one.fact.id)) for look in again):
            one.status = "fixed"
            gone.append(one)
    return gone


def _is_at(look: Look, one: Finding) -> bool:
    """Whether a look found this fact at this place, whatever it cost."""
    if look.seen.design != one.design:
        return False
    fact = look.seen.fact(one.fact.id)
    if fact is None or not severity(fact, look.seen.conditions):
        return False
    if one.place is None:
        return not fact.places
    return any(place.selector == one.place.selector for place in fact.places)


def _is_complete(fact: Fact | None) -> bool:
    """Whether a fact was measured, with all its places."""
    if fact is None:
        return False
    return not fact.places or fact.value <= len(fact.places)
