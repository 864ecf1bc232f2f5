"""The findings of a study: one row for each fact and place behind a low rating.

Nothing is stored: findings follow from the observations and the ratings.
"""

from collections import defaultdict
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
from autousers.findings.low import Low, low_ratings
from autousers.findings.spots import spot_of
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
    is_cut: bool = False
    """Whether there are more than `MOST_FINDINGS`."""

    def personas_of(self, design: str) -> set[str]:
        """The autousers that looked at a design."""
        return {
            autouser_id
            for look in self.looks
            if look.seen.design == design
            for autouser_id, _ in look.used_by
        }


def findings_of(evaluation: Evaluation, *, earlier: Evaluation | None = None) -> list[Finding]:
    """The findings of a study, the worst first; compared with an earlier study of its designs."""
    return list(read_findings(evaluation, earlier=earlier).found)


def read_findings(evaluation: Evaluation, *, earlier: Evaluation | None = None) -> Findings:
    """The findings of a study with their looks and personas, in six queries."""
    studies = [evaluation] if earlier is None else [evaluation, earlier]
    looks = looks_of(studies)
    if not looks[evaluation.pk]:
        return Findings()
    personas = personas_of([look for each in looks.values() for look in each])
    lenses = {pk: lens_of(persona) for pk, persona in personas.items()}
    rows = _dimensions(studies)
    low = low_ratings(studies, rows)
    questions = {one.pk: _questions(rows[one.pk]) for one in studies}
    by_study = {
        one.pk: _found(looks[one.pk], lenses, low[one.pk], questions[one.pk]) for one in studies
    }
    found = list(by_study[evaluation.pk].values())
    if earlier is not None:
        then = by_study[earlier.pk]
        for one in found:
            one.status = status_of(one, looks[earlier.pk], then)
        found += fixed(by_study[evaluation.pk], then, looks[evaluation.pk])
    found.sort(key=lambda one: one.rank)
    is_cut = len(found) > MOST_FINDINGS
    return Findings(found[:MOST_FINDINGS], looks[evaluation.pk], personas, is_cut)


def _dimensions(studies: Iterable[Evaluation]) -> Mapping[str, list[EvaluationDimension]]:
    """The questions of studies, by study."""
    rows: dict[str, list[EvaluationDimension]] = defaultdict(list)
    found = EvaluationDimension.objects.filter(evaluation__in=[one.pk for one in studies])
    for row in found.select_related("template"):
        rows[row.evaluation_id].append(row)
    return rows


def _questions(rows: Iterable[EvaluationDimension]) -> Mapping[str, Question]:
    return {
        row.dimension_id: question_of(
            Dimension(row.dimension_id, row.name, row.template.description or "")
        )
        for row in rows
    }


def _found(
    looks: Sequence[Look],
    lenses: Mapping[str, Lens],
    low: Low,
    questions: Mapping[str, Question],
) -> dict[Key, Finding]:
    """The findings by their keys."""
    found: dict[Key, Finding] = {}
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
    low: Low,
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
            row.personas.add(one.persona)
            row.comparisons.add(one.comparison)
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
