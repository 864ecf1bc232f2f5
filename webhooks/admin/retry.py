"""The operators' page for a bulk retry: it counts the deliveries, then retries them."""

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
    """The time range and the pace of a bulk retry."""

    since = forms.DateTimeField(
        label="Deliveries made since (UTC)",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )
    per_second = forms.IntegerField(
        min_value=1, max_value=pacing.MAX_PER_SECOND, widget=UnfoldAdminIntegerFieldWidget()
    )


def form_of(request: HttpRequest) -> RetryForm:
    """The submitted values, or the initial ones."""
    first = {
        "since": (timezone.now() - REACH).strftime("%Y-%m-%dT%H:%M"),
        "per_second": pacing.DEFAULT_PER_SECOND,
    }
    return RetryForm(request.POST if asked(request) else first)


def reason_against(endpoints: Sequence[WebhookEndpoint]) -> str:
    """The reason why the chosen endpoints cannot get a retry, or an empty string."""
    if len(endpoints) != 1:
        return "Choose one endpoint."
    if endpoints[0].deleted_at:
        return f"{endpoints[0]}: it is deleted."
    if endpoints[0].status != EndpointStatus.ENABLED:
        return replays.EndpointDisabled.message
    return ""


def asked(request: HttpRequest) -> str:
    """The button that was pressed, or an empty string."""
    return request.POST.get("button", "")


def retry(endpoint: WebhookEndpoint, form: RetryForm, *, dry_run: bool) -> pacing.Paced:
    """Retry failed and abandoned deliveries, like the bulk retry of the API."""
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
    """The page with the form and the number of deliveries."""
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
