"""The findings of a study: one row for each fact and place behind a low rating.

Nothing is stored: findings follow from the observations and the ratings.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autousers.engine.judgement import sentences
from autousers.engine.judgement.dimensions import Question, question_of
from autousers.engine.judgement.personas import Lens, lens_of
from autousers.engine.judgement.rating import COUNTS
from autousers.engine.judgement.severity import severity
from autousers.engine.protocol import Dimension, Persona
from autousers.findings.changes import fixed, status_of
from autousers.findings.finding import Finding, Key
from autousers.findings.looks import Look, looks_of, personas_of
from autousers.findings.spots import spot_of
from autousers.findings.uses import Use
from autousers.observation.facts import Fact, Place
from evaluations.models import Evaluation, EvaluationDimension

#: Most findings in one reply.
MOST_FINDINGS = 500


@dataclass(frozen=True)
class Findings:
    """The findings of a study, the worst first, and what they were found with."""

    found: Sequence[Finding] = ()
    looks: Sequence[Look] = ()
    personas: Mapping[str, Persona] = field(default_factory=dict)
    dimensions: Mapping[str, str] = field(default_factory=dict)
    """Their names, by id."""
    is_cut: bool = False
    """Whether there are more than `MOST_FINDINGS`."""

    @property
    def labels(self) -> dict[str, str]:
        """What the designs are called, by address; the side of a pair is said."""
        labels: dict[str, str] = {}
        for look in self.looks:
            for use in look.used_by:
                labels.setdefault(look.seen.design, use.label_of(look.seen.design))
        return labels

    def personas_of(self, design: str) -> set[str]:
        """The autousers that looked at a design."""
        return {
            use.autouser
            for look in self.looks
            if look.seen.design == design
            for use in look.used_by
        }


def findings_of(evaluation: Evaluation, *, earlier: Evaluation | None = None) -> list[Finding]:
    """The findings of a study, the worst first; compared with an earlier study of its designs."""
    return list(read_findings(evaluation, earlier=earlier).found)


def read_findings(evaluation: Evaluation, *, earlier: Evaluation | None = None) -> Findings:
    """The findings of a study with their looks and personas, in four queries."""
    studies = [evaluation] if earlier is None else [evaluation, earlier]
    looks = looks_of(studies)
    own = looks[evaluation.pk]
    if not own:
        return Findings()
    personas = personas_of([look for each in looks.values() for look in each])
    lenses = {pk: lens_of(persona) for pk, persona in personas.items()}
    questions = _questions(studies)
    by_study = {pk: _found(looks[pk], lenses, questions[pk]) for pk in looks}
    found = list(by_study[evaluation.pk].values())
    if earlier is not None:
        then = by_study[earlier.pk]
        for one in found:
            one.status = status_of(one, looks[earlier.pk], then)
        found += fixed(by_study[evaluation.pk], then, own)
    found.sort(key=lambda one: one.rank)
    names = {pk: row.name for each in questions.values() for pk, row in each.items()}
    is_cut = len(found) > MOST_FINDINGS
    return Findings(found[:MOST_FINDINGS], own, personas, names, is_cut)


@dataclass(frozen=True)
class _Asked:
    """A dimension: what it asks, and the middle of its scale."""

    name: str
    question: Question
    middle: float


Asked = Mapping[str, _Asked]


def _questions(studies: Iterable[Evaluation]) -> Mapping[str, Asked]:
    """The dimensions of studies by their ids, by study."""
    asked: dict[str, dict[str, _Asked]] = {one.pk: {} for one in studies}
    rows = EvaluationDimension.objects.filter(evaluation__in=asked).select_related("template")
    for row in rows:
        told = Dimension(row.dimension_id, row.name, row.template.description or "")
        one = _Asked(row.name, question_of(told), (row.minimum + row.maximum) / 2)
        asked[row.evaluation_id][row.dimension_id] = one
    return asked


def _found(looks: Sequence[Look], lenses: Mapping[str, Lens], asked: Asked) -> dict[Key, Finding]:
    """The findings by their keys."""
    found: dict[Key, Finding] = {}
    for look in looks:
        low = _low(look, asked)
        for fact in look.seen.facts:
            grade = severity(fact, look.seen.conditions) if low else 0
            if not grade:
                continue
            affected = list(_affected(fact, low, lenses, asked))
            if affected:
                _note(found, look, fact, grade, affected)
    return found


def _low(look: Look, asked: Asked) -> Sequence[tuple[Use, set[str]]]:
    """The uses of a look that rated its design low, and on which dimensions."""
    middles = {name: one.middle for name, one in asked.items()}
    rated = [(use, use.low(look.seen.design, middles)) for use in look.used_by]
    return [(use, names) for use, names in rated if names]


@dataclass(frozen=True)
class _Affected:
    """A use that rated low on dimensions for which a fact counts."""

    use: Use
    dimensions: frozenset[str]


def _affected(
    fact: Fact, low: Sequence[tuple[Use, set[str]]], lenses: Mapping[str, Lens], asked: Asked
) -> Iterable[_Affected]:
    for use, names in low:
        lens = lenses.get(use.autouser)
        if lens is None or not lens.care(fact.kind):
            continue
        behind = frozenset(
            name for name in names if asked[name].question.weight(fact.kind) >= COUNTS
        )
        if behind:
            yield _Affected(use, behind)


def _note(
    found: dict[Key, Finding], look: Look, fact: Fact, grade: int, affected: Sequence[_Affected]
) -> None:
    """Add a row for each place, or to the row that another look made."""
    for place in fact.places or (None,):
        key = (look.seen.design, fact.id, place.selector if place else "")
        row = found.get(key)
        if row is None or grade > row.severity:
            new = _finding(look, fact, place, grade)
            if row is not None:
                new.personas, new.comparisons = row.personas, row.comparisons
                new.dimensions, new.looks = row.dimensions, row.looks
            row = found[key] = new
        row.looks.add(look.key)
        for one in affected:
            row.personas.setdefault(one.use.autouser, one.use)
            row.comparisons.add(one.use.comparison)
            row.dimensions |= one.dimensions


def _finding(look: Look, fact: Fact, place: Place | None, grade: int) -> Finding:
    spot = spot_of(look.seen, fact, place) if place else None
    framed = next((one.artifact for one in look.seen.pictures if one.fact == fact.id), "")
    return Finding(
        evaluation_id=look.evaluation_id,
        observation_id=look.observation_id,
        design=look.seen.design,
        conditions=look.seen.conditions,
        fact=fact,
        place=place,
        severity=grade,
        says=sentences.clause(fact, at_fault=True),
        picture=spot.picture if spot else framed,
        spot=spot,
    )
