"""The operators' page that sends again what an endpoint did not get: first a count, then a pace."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone

from api.admin.base import BaseAdmin, UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget
from webhooks.models import EndpointStatus, WebhookEndpoint
from webhooks.replay import pacing, replays

#: How far back it looks unless the operator says otherwise.
REACH = timedelta(hours=24)

#: The buttons of the page.
COUNT, RETRY = "count", "retry"


class RetryForm(forms.Form):
    """Since when, and how many per second."""

    since = forms.DateTimeField(
        label="Deliveries made since (UTC)",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )
    per_second = forms.IntegerField(
        min_value=1, max_value=pacing.MAX_PER_SECOND, widget=UnfoldAdminIntegerFieldWidget()
    )


def form_of(request: HttpRequest) -> RetryForm:
    """What the operator filled in, or what stands there at first."""
    first = {
        "since": (timezone.now() - REACH).strftime("%Y-%m-%dT%H:%M"),
        "per_second": pacing.DEFAULT_PER_SECOND,
    }
    return RetryForm(request.POST if asked(request) else first)


def reason_against(endpoints: Sequence[WebhookEndpoint]) -> str:
    """Why nothing can be sent again to what was chosen, if so."""
    if len(endpoints) != 1:
        return "Choose one endpoint."
    if endpoints[0].deleted_at:
        return f"{endpoints[0]}: it is deleted."
    if endpoints[0].status != EndpointStatus.ENABLED:
        return replays.EndpointDisabled.message
    return ""


def asked(request: HttpRequest) -> str:
    """Which button of the page was pressed, if any."""
    return request.POST.get("button", "")


def retry(endpoint: WebhookEndpoint, form: RetryForm, *, dry_run: bool) -> pacing.Paced:
    """Send again what failed or was abandoned, as the API's bulk retry does."""
    return replays.replay_many(
        team=endpoint.team,
        endpoint=endpoint,
        since=form.cleaned_data["since"],
        per_second=form.cleaned_data["per_second"],
        dry_run=dry_run,
    )


def page(
    admin: BaseAdmin, request: HttpRequest, endpoint: WebhookEndpoint, form: RetryForm
) -> TemplateResponse:
    """Ask the operator, and say how many there are."""
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": "Retry what failed",
        "opts": admin.opts,
        "endpoint": endpoint,
        "form": form,
        "found": retry(endpoint, form, dry_run=True).found if form.is_valid() else None,
        "at_once": pacing.MAX_AT_ONCE,
        "checkbox": ACTION_CHECKBOX_NAME,
        "action": request.POST["action"],
        "buttons": {COUNT: "Count again", RETRY: "Retry"},
    }
    return TemplateResponse(request, "admin/retry_failed.html", context)
