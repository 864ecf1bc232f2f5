"""What the sheet of one comparison says: the questions, the answers so far, and the progress."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ratings.reviews.answers import (
    COMMENT,
    FINE,
    SCORE,
    SKIP,
    SKIP_REASONS,
    TEXT,
    TEXT_LIMIT,
    Answers,
)
from ratings.reviews.questions import Question, Step
from ratings.reviews.review import Review, Stop

MISSING = "Choose a value, or say below why you cannot rate this."


@dataclass(frozen=True)
class AskedText:
    """A question in words, with what was written."""

    name: str
    text: str
    written: str


@dataclass(frozen=True)
class AskedQuestion:
    """A question, with the answer so far."""

    question: Question
    answer: float | None
    texts: Sequence[AskedText]
    error: str = ""

    @property
    def name(self) -> str:
        """The name of its field."""
        return SCORE + self.question.id

    @property
    def fine(self) -> str:
        """The name of the field for a value between two steps."""
        return FINE + self.question.id

    @property
    def steps(self) -> list[tuple[Step, bool]]:
        """Each step, and whether it is the answer."""
        return [(step, step.value == self.answer) for step in self.question.steps]

    @property
    def between(self) -> float | None:
        """The answer where it lies between two steps."""
        steps = [step.value for step in self.question.steps]
        return None if self.answer in steps else self.answer

    @property
    def first(self) -> int:
        """The value at the left end of the scale."""
        return self.question.steps[0].value if self.question.steps else 0

    @property
    def last(self) -> int:
        """The value at the right end of the scale."""
        return self.question.steps[-1].value if self.question.steps else 0


@dataclass(frozen=True)
class Sheet:
    """The questions of one comparison: all of them, or one at a time."""

    review: Review
    stop: Stop
    questions: Sequence[AskedQuestion]
    number: int
    """The question that is asked alone, from 1; 0 when all are asked together."""
    total: int
    answers: Answers
    opened: int
    missing: Sequence[Question]

    comment_name = COMMENT
    skip_name = SKIP
    skip_reasons = SKIP_REASONS
    text_limit = TEXT_LIMIT

    @classmethod
    def of(
        cls,
        review: Review,
        stop: Stop,
        answers: Answers,
        *,
        now: float,
        number: int,
        missing: bool = False,
    ) -> Self:
        """The sheet; with `missing` it marks what has no answer, and begins there."""
        every = review.questions(stop)
        without = answers.missing(every) if missing else []
        if review.is_stepped and every:
            number = without[0].number if without else min(max(number, 1), len(every))
            shown = every[number - 1 : number]
        else:
            number, shown = 0, every
        return cls(
            review=review,
            stop=stop,
            questions=[_asked(question, answers, without) for question in shown],
            number=number,
            total=len(every),
            answers=answers,
            opened=int(now),
            missing=without,
        )

    @property
    def is_last(self) -> bool:
        """Whether the button submits, because no question follows."""
        return self.number in (0, self.total)

    @property
    def answered(self) -> int:
        """How many of all questions have an answer."""
        return len(self.answers.scores)

    @property
    def again(self) -> bool:
        """Whether the rater has rated this before."""
        return self.stop.is_rated


def _asked(question: Question, answers: Answers, missing: Sequence[Question]) -> AskedQuestion:
    return AskedQuestion(
        question=question,
        answer=answers.scores.get(question.id),
        texts=[
            AskedText(TEXT + each.key, each.text, answers.texts.get(each.key, ""))
            for each in question.texts
        ],
        error=MISSING if question in missing else "",
    )
