"""The questions to a rater: one per dimension, and texts beside it.

The values of the steps are those of the study: negative for the first design of a pair. If the
sides of a pair are swapped, the steps are shown in the opposite order, so the values need no
conversion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.models import Evaluation, EvaluationDimension, EvaluationType

#: A longer scale is asked as a number, not as a row of buttons.
MOST_STEPS = 11

#: Words for how much better one side is, by the reach of the scale, strongest first.
BETTER = {
    1: ("better",),
    2: ("better", "slightly better"),
    3: ("much better", "better", "slightly better"),
}
SAME = "About the same"


@dataclass(frozen=True)
class Step:
    """One answer that can be chosen."""

    value: int
    face: str
    """The text on the button."""
    label: str = ""
    """The answer in words, where the scale has words for it."""
    side: str = ""
    """The side of a pair that it prefers, as the rater sees them: `A`, `B`, or neither."""


@dataclass(frozen=True)
class TextQuestion:
    """A question that is answered in words."""

    key: str
    text: str


@dataclass(frozen=True)
class Question:
    """One dimension, as a rater is asked about it."""

    dimension: EvaluationDimension
    number: int
    text: str
    hint: str
    steps: Sequence[Step]
    texts: Sequence[TextQuestion]

    @property
    def id(self) -> str:
        """The dimension's id, by which it is rated."""
        return self.dimension.dimension_id

    @property
    def is_long(self) -> bool:
        """Whether it is asked as a number."""
        return not self.steps

    @property
    def ends(self) -> tuple[str, str, str]:
        """The words under both ends of the scale and its middle; the middle only for pairs."""
        if not self.steps:
            return str(self.dimension.minimum), "", str(self.dimension.maximum)
        first, last = self.steps[0], self.steps[-1]
        middle = self.steps[len(self.steps) // 2].label if first.side else ""
        return first.label, middle, last.label


def questions_of(evaluation: Evaluation, *, swapped: bool = False) -> list[Question]:
    """The questions of a study, in order; one query for its dimensions and their templates."""
    with_texts = not evaluation.wizard.get("hideOpenTextQuestions", False)
    pairs = evaluation.type == EvaluationType.SXS
    rows = evaluation.dimensions.select_related("template")
    return [
        Question(
            dimension=row,
            number=number,
            text=_text(row, pairs),
            hint=(row.template.description or "").strip(),
            steps=_steps_of_pair(row, swapped) if pairs else _steps(row),
            texts=_texts(row) if with_texts else (),
        )
        for number, row in enumerate(rows, start=1)
    ]


def _text(row: EvaluationDimension, pairs: bool) -> str:
    content = row.template.content
    asked = content.get("scaleQuestion") if pairs else content.get("sseQuestion")
    return (asked or "").strip() or row.name


def _steps(row: EvaluationDimension) -> list[Step]:
    values = range(row.minimum, row.maximum + 1)
    if len(values) > MOST_STEPS:
        return []
    content = row.template.content
    named: Mapping[str, Any] = content.get("scaleLabels") or {}
    labels = content.get("sseScaleLabels") or []
    if len(labels) != len(values):
        labels = [named.get(str(value)) or "" for value in values]
    return [Step(value, str(value), label) for value, label in zip(values, labels, strict=True)]


def _steps_of_pair(row: EvaluationDimension, swapped: bool) -> list[Step]:
    """From "A is better" to "B is better", whichever design stands as A."""
    seen = range(row.minimum, row.maximum + 1)
    labels = row.template.content.get("sxsScaleLabels") or []
    if len(labels) != len(seen):
        labels = [_preference(value, row.maximum) for value in seen]
    return [
        Step(
            value=-value if swapped else value,
            face=str(abs(value)),
            label=label,
            side="A" if value < 0 else "B" if value > 0 else "",
        )
        for value, label in zip(seen, labels, strict=True)
    ]


def _preference(value: int, reach: int) -> str:
    if value == 0:
        return SAME
    return f"{'A' if value < 0 else 'B'} is {BETTER[reach][reach - abs(value)]}"


def _texts(row: EvaluationDimension) -> list[TextQuestion]:
    """The questions in words of a dimension; their keys begin with the dimension's id."""
    content = row.template.content
    own = (
        [TextQuestion(row.dimension_id, "In your words")] if content.get("openTextEnabled") else []
    )
    return own + [
        TextQuestion(f"{row.dimension_id}.{each['id']}", each["text"])
        for each in content.get("customQuestions") or []
    ]
