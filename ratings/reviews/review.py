"""One rater's way through a study: the comparisons in their order, with ratings and drafts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from evaluations.models import Comparison, Evaluation, EvaluationType
from ratings.models import Rating, RatingDraft
from ratings.raters import Rater
from ratings.reviews.answers import Answers
from ratings.reviews.order import Shown, order_of
from ratings.reviews.questions import Question, questions_of


@dataclass(frozen=True)
class Stop:
    """One comparison on the rater's way."""

    shown: Shown
    ratings: Sequence[Rating] = ()
    draft: RatingDraft | None = None

    @property
    def comparison(self) -> Comparison:
        """What is rated."""
        return self.shown.comparison

    @property
    def is_rated(self) -> bool:
        """Whether the rater has rated it."""
        return bool(self.ratings)

    @property
    def given(self) -> int:
        """The ordinal of the rater's next rating; a page that was sent twice is known by it."""
        return self.ratings[-1].ordinal + 1 if self.ratings else 0

    @property
    def answers(self) -> Answers:
        """What the rater has answered and not submitted."""
        return Answers.kept(self.draft.answers) if self.draft else Answers()


@dataclass(frozen=True)
class Review:
    """A study as one rater goes through it."""

    study: Evaluation
    rater: Rater | None
    """None in a preview."""
    stops: Sequence[Stop] = field(default_factory=list)

    @classmethod
    def of(cls, study: Evaluation, rater: Rater) -> "Review":
        """Read it, in three queries."""
        comparisons = list(study.comparisons.all())
        given = _ratings(study, rater)
        drafts = {
            draft.comparison_id: draft
            for draft in RatingDraft.objects.filter(comparison__evaluation=study, rater=rater.key)
        }
        stops = [
            Stop(shown, given.get(shown.comparison.pk, []), drafts.get(shown.comparison.pk))
            for shown in order_of(study, rater.key, comparisons)
        ]
        return cls(study, rater, stops)

    @classmethod
    def preview(cls, study: Evaluation) -> "Review":
        """A preview: the study's own order, without ratings."""
        rows = enumerate(study.comparisons.all(), start=1)
        return cls(study, None, [Stop(Shown(row, number)) for number, row in rows])

    @property
    def is_pair(self) -> bool:
        """Whether pairs are compared."""
        return self.study.type == EvaluationType.SXS

    @property
    def is_stepped(self) -> bool:
        """Whether one question is asked at a time."""
        return self.study.wizard.get("ratingFlow") == "stepped"

    @cached_property
    def next(self) -> Stop | None:
        """The first stop that the rater has not rated; None when all are rated."""
        return next((stop for stop in self.stops if not stop.is_rated), None)

    @property
    def done(self) -> int:
        """How many are rated."""
        return sum(stop.is_rated for stop in self.stops)

    def at(self, position: int) -> Stop | None:
        """The stop at a place in the rater's order."""
        return self.stops[position - 1] if 1 <= position <= len(self.stops) else None

    def of_comparison(self, pk: str) -> Stop | None:
        """The stop of a comparison."""
        return next((stop for stop in self.stops if stop.comparison.pk == pk), None)

    def questions(self, stop: Stop) -> list[Question]:
        """What is asked at a stop; one query."""
        return questions_of(self.study, swapped=stop.shown.swapped)

    def may_rate(self, stop: Stop) -> bool:
        """Whether the rater may rate a comparison, as far as their own ratings decide it."""
        return not stop.is_rated or self.study.allow_multiple_ratings


def _ratings(study: Evaluation, rater: Rater) -> dict[str, list[Rating]]:
    """What the rater gave, by comparison, oldest first."""
    given: dict[str, list[Rating]] = {}
    for rating in Rating.objects.filter(evaluation=study, rater=rater.key).order_by("ordinal"):
        given.setdefault(rating.comparison_id, []).append(rating)
    return given
