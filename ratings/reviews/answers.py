"""The answers of a rater to one comparison, as a form sends them and as a draft keeps them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from ratings.reviews.questions import Question

#: Characters of one text; a rating takes no more.
TEXT_LIMIT = 10_000

#: The longest time that one visit is counted for, in seconds.
LONGEST = 24 * 3600

#: Names of the form's fields begin with these, followed by the dimension or question.
SCORE, FINE, TEXT = "score.", "fine.", "text."

COMMENT, SKIP = "justification", "skip"

#: Reasons offered to those who cannot rate.
SKIP_REASONS = (
    "It does not load",
    "It does not work on my device",
    "I do not understand it well enough",
    "Another reason",
)


@dataclass
class Answers:
    """What was answered so far."""

    scores: dict[str, float] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    comment: str = ""
    skip: str = ""
    seconds: int = 0

    @classmethod
    def kept(cls, stored: Mapping[str, Any]) -> Self:
        """The answers in a draft."""
        return cls(**{name: stored[name] for name in cls.__dataclass_fields__ if name in stored})

    def to_keep(self) -> dict[str, Any]:
        """The same for a draft."""
        return dict(vars(self))

    def read(self, form: Mapping[str, str], questions: Sequence[Question], now: float) -> None:
        """Read the answers in a form to some questions. Other answers stay.

        Values off the scale and too long texts are ignored: the page offers neither.
        """
        for question in questions:
            score = _score(form, question)
            if score is not None:
                self.scores[question.id] = score
            for text in question.texts:
                self._read_text(form, text.key)
        if COMMENT in form:
            self.comment = _text(form[COMMENT])
        if SKIP in form:
            self.skip = form[SKIP] if form[SKIP] in SKIP_REASONS else ""
        self.seconds = _seconds(form, now)

    def missing(self, questions: Sequence[Question]) -> list[Question]:
        """The questions without an answer; empty for a rater who skips."""
        if self.skip:
            return []
        return [question for question in questions if question.id not in self.scores]

    def rating(self) -> dict[str, Any]:
        """The body of the rating, by the API's names."""
        scores = {} if self.skip else {key: _plain(value) for key, value in self.scores.items()}
        texts = {key: text for key, text in self.texts.items() if text}
        return {
            "dimensionRatings": scores,
            **({"openTextResponses": texts} if texts else {}),
            **({"justification": self.comment} if self.comment else {}),
            **({"skipReason": self.skip} if self.skip else {}),
            "timeSpentSeconds": self.seconds,
        }

    def _read_text(self, form: Mapping[str, str], key: str) -> None:
        if TEXT + key in form:
            self.texts[key] = _text(form[TEXT + key])


def _score(form: Mapping[str, str], question: Question) -> float | None:
    """The chosen step, or the value of the slider where it lies between two steps."""
    for name in (FINE + question.id, SCORE + question.id):
        try:
            number = float(form.get(name, ""))
        except ValueError:
            continue
        if math.isfinite(number) and question.dimension.allows(number):
            return number
    return None


def _text(sent: str) -> str:
    """A text without what a database cannot store, with plain line ends."""
    return sent.replace("\0", "").replace("\r\n", "\n").strip()[:TEXT_LIMIT]


def _seconds(form: Mapping[str, str], now: float) -> int:
    """The time of former visits, and of this one; it says nothing where the form lies."""
    try:
        before, opened = int(form.get("before", "0")), int(form.get("opened", ""))
    except ValueError:
        return 0
    return max(0, min(before, LONGEST) + max(0, min(int(now) - opened, LONGEST)))


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else value
