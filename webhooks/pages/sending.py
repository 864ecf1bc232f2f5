"""Sending to an endpoint by hand: a test, what failed, and what it missed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from webhooks.models import EndpointStatus
from webhooks.pages.base import WebhookPage
from webhooks.pages.forms import MINUTE, CatchUpForm, RetryForm, TypeForm
from webhooks.pages.samples import kinds
from webhooks.replay import pacing, replays
from webhooks.replay.catch_up import catch_up, default_since
from webhooks.replay.synthetic import send_test

REPEATED = "This form was sent already. It was carried out once."


class SendTestPage(WebhookPage):
    """Sending a test of a type."""

    template = "settings/webhooks/test.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The types, with a sample of each."""
        return self.show_types(request, endpoint=self.endpoint(id), form=TypeForm())

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Queue the test, and go to its delivery."""
        endpoint = self.endpoint_to_change(id)
        form = TypeForm(request.POST)
        values = form.values()
        if values is None:
            return self.show_types(request, endpoint=endpoint, form=form)
        if self.is_repeated(request):
            messages.warning(request, REPEATED)
            return redirect("settings-webhook", id=endpoint.pk)
        delivery = send_test(endpoint=endpoint, type=values["type"])
        return redirect("settings-webhook-delivery", id=delivery.pk)

    def show_types(self, request: HttpRequest, **context: Any) -> HttpResponse:
        """The page."""
        return self.show(request, kinds=kinds(with_test=True), **context)


class PacedPage(WebhookPage):
    """Base of the pages that count first, and send then.

    A GET counts with what the form says. The POST has the same form, and sends.
    """

    form_class: Any
    #: What is said when nothing was sent, and what is sent: one, and several.
    nothing = ""
    words = ("", "")

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The form and the count."""
        endpoint = self.endpoint(id)
        form = self.form_class(request.GET) if request.GET else self.first_form(endpoint)
        return self.show_count(request, endpoint, form)

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Send at the pace of the form."""
        endpoint = self.endpoint_to_change(id)
        form = self.form_class(request.POST)
        values = form.values()
        if values is None:
            return self.show_count(request, endpoint, form)
        if self.is_repeated(request):
            messages.warning(request, REPEATED)
        else:
            result = self.send(endpoint, {**values, "dry_run": False})
            (messages.success if result.scheduled else messages.warning)(request, self.told(result))
        return redirect("settings-webhook", id=endpoint.pk)

    def first_form(self, endpoint: Any) -> Any:
        """The form before anything is typed, with the values that are counted with."""
        raise NotImplementedError

    def send(self, endpoint: Any, values: dict[str, Any]) -> pacing.Paced:
        """Count, or send."""
        raise NotImplementedError

    def show_count(self, request: HttpRequest, endpoint: Any, form: Any) -> HttpResponse:
        """The page; without a count where the form is refused."""
        values = None if form.errors else form.values()
        counted = self.send(endpoint, {**values, "dry_run": True}) if values else None
        return self.show(
            request,
            endpoint=endpoint,
            form=form,
            counted=counted,
            at_once=pacing.MAX_AT_ONCE,
            is_enabled=endpoint.status == EndpointStatus.ENABLED,
        )

    def told(self, result: pacing.Paced) -> str:
        """What a page says of what was scheduled."""
        if not result.scheduled:
            return self.nothing
        left = result.found - result.scheduled
        more = f" {left:,} are left: ask again for them." if left > 0 else ""
        word = self.words[result.scheduled > 1]
        return f"{result.scheduled:,} {word} will be sent, oldest first.{more}"


class RetryPage(PacedPage):
    """Sending again what did not arrive."""

    template = "settings/webhooks/retry.html"
    form_class = RetryForm
    nothing = "Nothing was sent again: no delivery fits any more."
    words = ("delivery that did not arrive", "deliveries that did not arrive")

    def first_form(self, endpoint: Any) -> RetryForm:
        """Everything that did not arrive."""
        return RetryForm({"per_second": str(pacing.DEFAULT_PER_SECOND)})

    def send(self, endpoint: Any, values: dict[str, Any]) -> pacing.Paced:
        """Count, or send again."""
        return replays.replay_many(team=endpoint.team, endpoint=endpoint, **values)


class CatchUpPage(PacedPage):
    """Sending what an endpoint missed."""

    template = "settings/webhooks/catch_up.html"
    form_class = CatchUpForm
    nothing = "Nothing was sent: the endpoint has missed nothing since then."
    words = ("missed event", "missed events")

    def first_form(self, endpoint: Any) -> CatchUpForm:
        """Since it was disabled last."""
        return CatchUpForm(
            {
                "since": default_since(endpoint).strftime(MINUTE),
                "per_second": str(pacing.DEFAULT_PER_SECOND),
            }
        )

    def send(self, endpoint: Any, values: dict[str, Any]) -> pacing.Paced:
        """Count, or send."""
        values.setdefault("since", None)
        return catch_up(endpoint=endpoint, **values)
