"""The operators' pages of endpoints."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from api.admin import cells
from api.admin.base import (
    BaseAdmin,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextInputWidget,
    display,
)
from api.admin.lists import NewestRelatedFilter
from webhooks.admin import retry
from webhooks.admin.states import COLOURS, ONE_ENDPOINT
from webhooks.catalogue.types import EVERYTHING, TEST_EVENT, EventType
from webhooks.endpoints import services
from webhooks.endpoints.targets import InvalidWebhookUrl, check_url
from webhooks.models import EndpointQuerySet, EndpointStatus, SignatureOrder, WebhookEndpoint
from webhooks.replay.send_limits import TooManySends
from webhooks.replay.synthetic import send_test

#: During a rotation: the secret that the receiver verifies with, by the order it last accepted.
CHECKS_WITH = {
    SignatureOrder.OLD_NEW: "Its last success suggests that the receiver uses the new one.",
    SignatureOrder.NEW_OLD: "Its last success suggests that the receiver uses the previous one.",
    "": "It is not known yet which of the two the receiver uses.",
}

DISABLED_BY_OPERATOR = "An operator of this server disabled it."


class EndpointForm(forms.ModelForm):
    """The fields of a customer's endpoint that an operator may change."""

    enabled_events = forms.MultipleChoiceField(
        choices=[(EVERYTHING, "* (everything)"), *((kind.value, kind.value) for kind in EventType)],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("url", "description", "enabled_events", "status")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "url" in self.fields:
            self.fields["url"].widget = UnfoldAdminTextInputWidget()

    def clean_url(self) -> str:
        """Check a changed URL."""
        url = str(self.cleaned_data["url"])
        if url != self.instance.url:
            try:
                check_url(url)
            except InvalidWebhookUrl as error:
                raise forms.ValidationError(error.message) from None
        return url


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(BaseAdmin):
    """Customers' endpoints. Customers create them by the API, which shows them the secret."""

    never_shown = ("encrypted_secret", "encrypted_previous_secret")
    form = EndpointForm
    list_display = ("address", "state", "team_link", "delivered", "failed", "delivery_list", "id")
    list_filter = (
        "status",
        ("deleted_at", admin.EmptyFieldListFilter),
        ("team", NewestRelatedFilter),
    )
    list_select_related = ("team",)
    search_fields = ("pk", "team", "url__icontains")
    search_help_text = "Id, id of the team, or part of the URL"
    fields = (
        "id",
        "team",
        "url",
        "description",
        "enabled_events",
        "status",
        "secret_shown",
        "api_version",
        "delivery_list",
        "last_delivered_at",
        "last_failed_at",
        "failures",
        "failing_since",
        "disabled_at",
        "disabled_reason",
        "created_by",
        "created_at",
        "updated_at",
        "deleted_at",
    )
    readonly_fields = (
        "id",
        "team",
        "secret_shown",
        "api_version",
        "delivery_list",
        "last_delivered_at",
        "last_failed_at",
        "failures",
        "failing_since",
        "disabled_at",
        "disabled_reason",
        "created_by",
        "created_at",
        "updated_at",
        "deleted_at",
    )
    actions = ("enable", "disable", "test", "retry_failed")
    page_actions = actions

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: an operator must not see the secret of a new endpoint."""
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whether the operator may send to customers' receivers."""
        return bool(request.user.has_perm("webhooks.retry_webhookdelivery"))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Deleted endpoints cannot be changed."""
        gone = getattr(obj, "deleted_at", None) is not None
        return not gone and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Deleted endpoints cannot be deleted again."""
        gone = getattr(obj, "deleted_at", None) is not None
        return not gone and bool(super().has_delete_permission(request, obj))

    def save_model(
        self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool
    ) -> None:
        """Save by the services of the API, unless the endpoint was deleted in the meantime."""
        found = _locked(obj)
        if found is None:
            return
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        status = changes.pop("status", None)
        services.update_endpoint(endpoint=found, changes=changes)
        if status is not None:
            _switch(found, status)

    def delete_model(self, request: HttpRequest, obj: WebhookEndpoint) -> None:
        """Delete by the service of the API: softly, and nothing more is sent."""
        found = _locked(obj)
        if found is not None:
            services.delete_endpoint(found)

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, endpoints: QuerySet[WebhookEndpoint]) -> None:
        """Send new events to endpoints again."""
        self._switch_all(request, endpoints, EndpointStatus.ENABLED)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, endpoints: QuerySet[WebhookEndpoint]) -> None:
        """Send no new events to endpoints; queued deliveries go on."""
        self._switch_all(request, endpoints, EndpointStatus.DISABLED)

    @admin.action(description="Send a test", permissions=["retry"])
    def test(self, request: HttpRequest, endpoints: QuerySet[WebhookEndpoint]) -> None:
        """Send a test event, also to disabled endpoints."""
        queued, refused = 0, []
        for endpoint in endpoints:
            try:
                with self.change(request) as note:
                    found = _locked(endpoint)
                    if found is None:
                        refused.append(f"{endpoint}: it is deleted.")
                        continue
                    delivery = send_test(endpoint=found, type=TEST_EVENT)
                    note(endpoint, f"Sent the test {delivery.pk}.")
            except TooManySends as error:
                refused.append(f"{endpoint}: {error.message}")
            else:
                queued += 1
        self.report(request, f"Tests queued: {queued}.", refused)

    @admin.action(description="Retry what failed…", permissions=["retry"])
    def retry_failed(
        self, request: HttpRequest, endpoints: EndpointQuerySet
    ) -> HttpResponse | None:
        """Retry, at a limited pace, the failed deliveries to endpoints since a time."""
        try:
            return self._retry_failed(request, endpoints)
        except TooManySends as error:
            self.message_user(request, error.message, messages.WARNING)
            return None

    def _retry_failed(
        self, request: HttpRequest, endpoints: EndpointQuerySet
    ) -> HttpResponse | None:
        form = retry.form_of(request)
        with self.change(request) as note:
            chosen = list(endpoints.select_related("team").locked())
            if reason := retry.reason_against(chosen):
                self.message_user(request, reason, messages.WARNING)
                return None
            [endpoint] = chosen
            if retry.asked(request) != retry.RETRY or not form.is_valid():
                return retry.page(self, request, endpoint, form)
            sent = retry.retry(endpoint, form, dry_run=False)
            since = form.cleaned_data["since"].isoformat()
            note(endpoint, f"Retried {sent.scheduled} made since {since}.")
        self.report(request, f"Queued again: {sent.scheduled} of {sent.found}.", [])
        return None

    def _switch_all(
        self, request: HttpRequest, endpoints: QuerySet[WebhookEndpoint], status: EndpointStatus
    ) -> None:
        switched, refused = 0, []
        for endpoint in endpoints:
            if endpoint.deleted_at:
                refused.append(f"{endpoint}: it is deleted.")
                continue
            with self.change(request) as note:
                if _switch(endpoint, status):
                    note(endpoint, f"Set to {status}.")
                    switched += 1
        self.report(request, f"Set to {status}: {switched}.", refused)

    @display(description="URL", ordering="url")
    def address(self, endpoint: WebhookEndpoint) -> str:
        """The URL, cut to the width of the column."""
        return cells.cut(endpoint.url, 48)

    @display(description="state", label=COLOURS)
    def state(self, endpoint: WebhookEndpoint) -> str:
        """Enabled, disabled or deleted."""
        return "deleted" if endpoint.deleted_at else endpoint.status

    @display(description="secret")
    def secret_shown(self, endpoint: WebhookEndpoint) -> str:
        """The beginning of the secret, and the state of a rotation.

        Operators cannot rotate it: they must not see the new secret, and without it the
        receiver would refuse everything once the previous one ends. Against a leak, disable
        the endpoint.
        """
        begins = f"{endpoint.secret_prefix}…"
        until = endpoint.previous_secret_until
        if until is None or until <= timezone.now():
            return f"{begins} Only its owner can rotate it, by the API, which shows the new one."
        return (
            f"{begins} The previous one also signs until {until:%Y-%m-%d %H:%M} UTC. "
            + (CHECKS_WITH[endpoint.signature_order])
        )

    @display(description="team")
    def team_link(self, endpoint: WebhookEndpoint) -> str:
        """The team of the endpoint."""
        return cells.link(endpoint.team)

    @display(description="delivered")
    def delivered(self, endpoint: WebhookEndpoint) -> str:
        """The time of the last success."""
        return cells.moment(endpoint.last_delivered_at)

    @display(description="failed")
    def failed(self, endpoint: WebhookEndpoint) -> str:
        """The time of the last failed attempt."""
        return cells.moment(endpoint.last_failed_at)

    @display(description="deliveries")
    def delivery_list(self, endpoint: WebhookEndpoint) -> str:
        """Links to its deliveries: all, failed, abandoned."""
        kinds = {"All": {}, "Failed": {"status": "failed"}, "Abandoned": {"status": "abandoned"}}
        return cells.links(
            cells.link_to_list(
                "webhooks.webhookdelivery", text, **{ONE_ENDPOINT: endpoint.pk}, **status
            )
            for text, status in kinds.items()
        )


def _switch(endpoint: WebhookEndpoint, status: str) -> bool:
    """Enable or disable an endpoint; False if it had the status already."""
    if status == EndpointStatus.ENABLED:
        return services.enable_endpoint(endpoint)
    return services.disable_endpoint(endpoint, DISABLED_BY_OPERATOR)


def _locked(endpoint: WebhookEndpoint) -> WebhookEndpoint | None:
    """Lock and read the endpoint again; None if it is deleted."""
    existing = WebhookEndpoint.objects.existing().select_related("team")
    return existing.locked().filter(pk=endpoint.pk).first()
