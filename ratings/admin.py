"""The operators' pages of ratings; they are read-only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, ReadOnlyInline, display
from api.admin.lists import SinceFilter
from ratings.models import (
    FrameAnswer,
    Guest,
    Insight,
    RaterExclusion,
    Rating,
    RatingDraft,
    RatingScore,
    ResultsLink,
    exclusion,
)
from ratings.reports.excluded_raters import is_excluded


class ScoreInline(ReadOnlyInline):
    """The scores of a rating."""

    model = RatingScore
    fields = ("dimension", "value")


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    """Ratings with their scores, texts, and the reason why one does not count."""

    list_display = ("id", "rater", "evaluation_link", "run_link", "counts", "made")
    list_filter = ("rater_type", SinceFilter)
    list_select_related = ("evaluation",)
    search_fields = ("pk", "evaluation", "comparison", "autouser_run", "user")
    search_help_text = "Id, or id of the evaluation, comparison, run or person"
    fields = (
        "id", "evaluation_link", "comparison_link", "run_link", "rater_type", "rater", "ordinal",
        "user", "guest_link", "autouser_id", "rubric_version", "counts",
        "dimension_ratings_shown", "open_text_shown", "factors_shown", "justification_shown",
        "skip_reason_shown", "time_spent_seconds", "timing_shown",
        "presentation_shown", "created_at", "event_list",
    )  # fmt: skip
    inlines = (ScoreInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rating]:
        """With whether the rater is left out."""
        return super().get_queryset(request).annotate(excluded_rater=is_excluded())

    @display(description="evaluation")
    def evaluation_link(self, rating: Rating) -> str:
        """Link to its evaluation."""
        return cells.link(rating.evaluation)

    @display(description="comparison")
    def comparison_link(self, rating: Rating) -> str:
        """Link to the comparison."""
        return cells.link(rating.comparison)

    @display(description="run")
    def run_link(self, rating: Rating) -> str:
        """Link to the run of an autouser's rating."""
        if rating.autouser_run_id is None:
            return cells.EMPTY
        return cells.link_to("autousers.autouserrun", rating.autouser_run_id)

    @display(description="guest")
    def guest_link(self, rating: Rating) -> str:
        """Link to the guest who rated."""
        if rating.public_rater_id is None:
            return cells.EMPTY
        return cells.link_to("ratings.guest", rating.public_rater_id)

    @display(description="shown")
    def presentation_shown(self, rating: Rating) -> str:
        """The place and the sides in which the rater saw it."""
        return _pretty(rating.presentation)

    @display(description="counts", label={"yes": "success", "skipped": "info"})
    def counts(self, rating: Rating) -> str:
        """Whether it counts in results; otherwise the reason."""
        left_out = rating.excluded_rater  # type: ignore[attr-defined]
        return exclusion(rating.skip_reason, rating.superseded, left_out) or "yes"

    @display(description="made")
    def made(self, rating: Rating) -> str:
        """Time of creation."""
        return cells.moment(rating.created_at)

    @display(description="as sent")
    def dimension_ratings_shown(self, rating: Rating) -> str:
        """Scores as they were sent, as JSON."""
        return cells.pretty(rating.dimension_ratings)

    @display(description="words by dimension")
    def open_text_shown(self, rating: Rating) -> str:
        """Texts per dimension, as JSON."""
        return _pretty(rating.open_text_responses)

    @display(description="factors")
    def factors_shown(self, rating: Rating) -> str:
        """Factors per dimension, as JSON."""
        return _pretty(rating.factors)

    @display(description="justification")
    def justification_shown(self, rating: Rating) -> str:
        """The justification."""
        return cells.plain(rating.justification or "")

    @display(description="skip reason")
    def skip_reason_shown(self, rating: Rating) -> str:
        """The reason for skipping."""
        return cells.plain(rating.skip_reason or "")

    @display(description="timing")
    def timing_shown(self, rating: Rating) -> str:
        """Timing data of the client, as JSON."""
        return _pretty(rating.timing_data)

    @display(description="events")
    def event_list(self, rating: Rating) -> str:
        """Link to its events."""
        return cells.link_to_list("webhooks.webhookevent", "Show", object_id=rating.pk)


@admin.register(RatingScore)
class RatingScoreAdmin(ReadOnlyAdmin):
    """The scores of all ratings."""

    list_display = ("id", "rating_link", "dimension", "value")
    list_select_related = ("rating",)
    search_fields = ("rating",)
    search_help_text = "Id of the rating"
    fields = ("rating_link", "dimension", "value")

    @display(description="rating")
    def rating_link(self, score: RatingScore) -> str:
        """Link to its rating."""
        return cells.link(score.rating)


@admin.register(RaterExclusion)
class RaterExclusionAdmin(ReadOnlyAdmin):
    """Raters who are left out of the figures of a study, and those counted again."""

    list_display = ("id", "rater", "evaluation_link", "reason", "excluded_at", "restored_at")
    list_filter = (SinceFilter,)
    list_select_related = ("evaluation",)
    search_fields = ("pk", "evaluation", "rater")
    search_help_text = "Id, or id of the evaluation or rater"
    fields = (
        "id", "evaluation_link", "rater", "reason", "excluded_by", "excluded_at", "restored_by",
        "restored_at",
    )  # fmt: skip

    @display(description="evaluation")
    def evaluation_link(self, exclusion: RaterExclusion) -> str:
        """Link to the study."""
        return cells.link(exclusion.evaluation)


@admin.register(Insight)
class InsightAdmin(ReadOnlyAdmin):
    """What was stored about results."""

    list_display = ("id", "basis", "evaluation_link", "rating_count", "generated_at")
    list_filter = (SinceFilter,)
    list_select_related = ("evaluation",)
    search_fields = ("pk", "evaluation", "comparison")
    search_help_text = "Id, or id of the evaluation or comparison"
    fields = (
        "id", "evaluation_link", "comparison_id", "basis", "content_shown", "rating_count",
        "generated_at", "generated_by",
    )  # fmt: skip

    @display(description="evaluation")
    def evaluation_link(self, insight: Insight) -> str:
        """Link to the study."""
        return cells.link(insight.evaluation)

    @display(description="content")
    def content_shown(self, insight: Insight) -> str:
        """What it says, as JSON."""
        return cells.pretty(insight.content)


@admin.register(ResultsLink)
class ResultsLinkAdmin(ReadOnlyAdmin):
    """Links to results. Their secret is never shown."""

    list_display = ("id", "evaluation_link", "created_by", "expires_at", "revoked_at")
    list_filter = (SinceFilter,)
    list_select_related = ("evaluation", "created_by")
    search_fields = ("pk", "evaluation")
    search_help_text = "Id, or id of the evaluation"
    fields = (
        "id", "evaluation_link", "created_by", "created_at", "expires_at", "revoked_by",
        "revoked_at",
    )  # fmt: skip

    @display(description="evaluation")
    def evaluation_link(self, link: ResultsLink) -> str:
        """Link to the study."""
        return cells.link(link.evaluation)


@admin.register(Guest)
class GuestAdmin(ReadOnlyAdmin):
    """Guests, with what they typed."""

    list_display = ("id", "name", "email", "evaluation_link", "created_at")
    list_filter = (SinceFilter,)
    list_select_related = ("evaluation",)
    search_fields = ("pk", "evaluation")
    search_help_text = "Id, or id of the evaluation"
    fields = ("id", "name", "email", "evaluation_link", "created_at", "rating_list")

    @display(description="evaluation")
    def evaluation_link(self, guest: Guest) -> str:
        """Link to the study."""
        return cells.link(guest.evaluation)

    @display(description="ratings")
    def rating_list(self, guest: Guest) -> str:
        """Link to their ratings."""
        return cells.link_to_list("ratings.rating", "Show", public_rater=guest.pk)


@admin.register(RatingDraft)
class RatingDraftAdmin(ReadOnlyAdmin):
    """Answers that were saved and not submitted."""

    list_display = ("id", "rater", "comparison_link", "updated_at")
    list_select_related = ("comparison",)
    search_fields = ("pk", "comparison")
    search_help_text = "Id, or id of the comparison"
    fields = ("id", "rater", "comparison_link", "answers_shown", "updated_at")

    @display(description="comparison")
    def comparison_link(self, draft: RatingDraft) -> str:
        """Link to the comparison."""
        return cells.link(draft.comparison)

    @display(description="answers")
    def answers_shown(self, draft: RatingDraft) -> str:
        """The answers, as JSON."""
        return cells.pretty(draft.answers)


@admin.register(FrameAnswer)
class FrameAnswerAdmin(ReadOnlyAdmin):
    """Whether designs may stand in a frame."""

    list_display = ("digest", "framing", "asked_at")
    list_filter = ("framing",)
    search_fields = ("pk",)
    search_help_text = "sha256 of the address"
    fields = ("digest", "framing", "asked_at")


def _pretty(value: Any) -> str:
    return cells.EMPTY if value is None else cells.pretty(value)
