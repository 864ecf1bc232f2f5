"""The operators' page of attempts, and the attempts on the page of a delivery."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, ReadOnlyInline, display
from api.admin.lists import SinceFilter
from webhooks.admin.states import COLOURS, answer_in_short
from webhooks.models import WebhookAttempt


class AttemptInline(ReadOnlyInline):
    """The attempts of a delivery, on its page."""

    model = WebhookAttempt
    fields = ("attempt_link", "result", "code", "at", "error_cut", "body")
    ordering = ("started_at", "pk")

    @display(description="attempt")
    def attempt_link(self, attempt: WebhookAttempt) -> str:
        """Its own page."""
        return cells.link(attempt, f"#{attempt.number}")

    @display(description="code")
    def code(self, attempt: WebhookAttempt) -> str:
        """The status code of the answer, and its time in milliseconds."""
        return answer_in_short(attempt.response_status, attempt.total_ms)

    @display(description="at")
    def at(self, attempt: WebhookAttempt) -> str:
        """The start of the attempt."""
        return cells.moment(attempt.started_at)

    @display(description="error")
    def error_cut(self, attempt: WebhookAttempt) -> str:
        """The error of the attempt."""
        return cells.cut(attempt.error)

    @display(description="answer")
    def body(self, attempt: WebhookAttempt) -> str:
        """The beginning of the answer's body."""
        return cells.cut(attempt.response_body, 60)


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(ReadOnlyAdmin):
    """Every attempt, with its answer, the time of each step, and its error."""

    list_display = ("id", "state", "event_link", "delivery_link", "code", "error_cut", "at")
    list_filter = ("result", SinceFilter)
    list_select_related = ("event",)
    search_fields = ("pk", "delivery", "delivery__event")
    search_help_text = "Id of the attempt, the delivery, or the event"
    fields = (
        "id",
        "delivery_link",
        "event_link",
        "number",
        "result",
        "started_at",
        "response_status",
        "error",
        "answer",
        "headers",
        "lookup_ms",
        "connect_ms",
        "tls_ms",
        "first_byte_ms",
        "total_ms",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookAttempt]:
        """Without the payload of each event."""
        return super().get_queryset(request).defer("event__payload")

    @display(description="delivery")
    def delivery_link(self, attempt: WebhookAttempt) -> str:
        """The delivery it belongs to."""
        return cells.link_to("webhooks.webhookdelivery", attempt.delivery_id)

    @display(description="event")
    def event_link(self, attempt: WebhookAttempt) -> str:
        """The event that was sent."""
        return cells.link(attempt.event, attempt.event.type)

    @display(description="result", label=COLOURS)
    def state(self, attempt: WebhookAttempt) -> str:
        """How it ended."""
        return attempt.result

    @display(description="code")
    def code(self, attempt: WebhookAttempt) -> str:
        """The status code of the answer, and its time in milliseconds."""
        return answer_in_short(attempt.response_status, attempt.total_ms)

    @display(description="error")
    def error_cut(self, attempt: WebhookAttempt) -> str:
        """The error of the attempt."""
        return cells.cut(attempt.error)

    @display(description="at")
    def at(self, attempt: WebhookAttempt) -> str:
        """The start of the attempt."""
        return cells.moment(attempt.started_at)

    @display(description="answer")
    def answer(self, attempt: WebhookAttempt) -> str:
        """What was answered."""
        return cells.plain(attempt.response_body)

    @display(description="headers of the answer")
    def headers(self, attempt: WebhookAttempt) -> str:
        """The headers of the answer."""
        return cells.plain(
            "\n".join(f"{name}: {value}" for name, value in attempt.response_headers)
        )
