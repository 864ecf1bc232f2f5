"""The endpoints of a team: the list, and making, changing, rotating and deleting one."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.exceptions import InvalidRequest
from evaluations.pages.refusals import Refused, told
from webhooks.endpoints import services
from webhooks.endpoints.figures import figures_of
from webhooks.models import EndpointStatus, WebhookEndpoint
from webhooks.pages.base import WebhookPage
from webhooks.pages.forms import EndpointForm
from webhooks.pages.samples import kinds
from webhooks.pages.states import State

#: Deliveries of each endpoint that the figures of the list rest on.
COUNTED = 1_000

#: Endpoints in the list; by default a team has no more.
MOST_SHOWN = 100

MADE_ALREADY = (
    "This endpoint was made already; it is in the list. Its secret was shown on the first reply. "
    "If you do not have it, rotate it."
)
ROTATED_ALREADY = (
    "The secret was rotated already, and the new one was shown on the first reply. "
    "If you do not have it, rotate it again."
)


class EndpointsPage(WebhookPage):
    """The endpoints of the team, and how each of them is doing."""

    template = "settings/webhooks/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        self.admit(self.team)
        endpoints = list(endpoints_of(self.team.pk)[: MOST_SHOWN + 1])
        shown = endpoints[:MOST_SHOWN]
        figures = figures_of([one.pk for one in shown], most=COUNTED)
        return self.show(
            request,
            rows=[(one, State.of(one), figures[one.pk]) for one in shown],
            more=len(endpoints) > MOST_SHOWN,
            counted=COUNTED,
            types=len(kinds()),
        )


def endpoints_of(team_id: str) -> Any:
    """The endpoints of a team, newest first."""
    existing = WebhookEndpoint.objects.existing().filter(team=team_id)
    return existing.order_by("-created_at", "-pk")


class FormPage(WebhookPage):
    """Base of the pages with the form of an endpoint."""

    template = "settings/webhooks/form.html"

    def saved(self, form: EndpointForm, save: Callable[[], Any]) -> Any:
        """Carry out a change; what refuses it is shown at its field, and undoes it."""
        try:
            with transaction.atomic(), told():
                return save()
        except Refused as refused:
            form.refuse(refused)
            return None

    def show_form(self, request: HttpRequest, form: EndpointForm, **context: Any) -> HttpResponse:
        """The page."""
        return self.show(request, form=form, kinds=kinds(), **context)


class NewEndpointPage(FormPage):
    """Making an endpoint. Its secret is on the reply to the form, and nowhere else."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        self.admit(self.team)
        form = EndpointForm(initial={"which": "all"})
        form.fields["url"].widget.attrs["autofocus"] = True
        return self.show_form(request, form)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make it, and show its secret once."""
        self.admit(self.team)
        form = EndpointForm(request.POST)
        values = form.created()
        made = values and self.saved(form, lambda: self._made(request, values))
        if not made:
            return self.show_form(request, form)
        if made is MADE_ALREADY:
            messages.warning(request, MADE_ALREADY)
            return redirect("settings-webhooks")
        endpoint, secret = made
        self.template = "settings/webhooks/secret.html"
        return self.show(request, endpoint=endpoint, secret=secret)

    def _made(self, request: HttpRequest, values: dict[str, Any]) -> Any:
        if self.is_repeated(request):
            return MADE_ALREADY
        return services.create_endpoint(team=self.team, author=self.principal.user, values=values)


class EditEndpointPage(FormPage):
    """Changing an endpoint."""

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The form, filled in."""
        endpoint = self.endpoint(id)
        return self.show_form(request, EndpointForm.of(endpoint), endpoint=endpoint)

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Store what was typed. A change of somebody else since the form was opened stops it."""
        endpoint = self.endpoint_to_change(id)
        form = EndpointForm(request.POST)
        if request.POST.get("version") != version_of(endpoint):
            response = self.show_form(request, form, endpoint=endpoint, replaced=True)
            response.status_code = HTTPStatus.CONFLICT
            return response
        changes = form.changed()
        if changes and self.saved(form, lambda: self._changed(endpoint, changes)):
            messages.success(request, "Saved.")
            return redirect("settings-webhook", id=endpoint.pk)
        stored = self.endpoint(id)  # the refused change left its traces in the other one
        return self.show_form(request, form, endpoint=stored)

    def show_form(self, request: HttpRequest, form: EndpointForm, **context: Any) -> HttpResponse:
        """The page, with the version of the endpoint that it shows."""
        version = version_of(context["endpoint"])
        return super().show_form(request, form, version=version, **context)

    def _changed(self, endpoint: WebhookEndpoint, changes: dict[str, Any]) -> bool:
        services.update_endpoint(endpoint=endpoint, changes=changes)
        return True


def version_of(endpoint: WebhookEndpoint) -> str:
    """What tells two states of an endpoint apart: each change of it writes the moment."""
    return endpoint.updated_at.isoformat()


class StatusView(WebhookPage):
    """Disabling and enabling an endpoint with a button."""

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Change the status; what an enabled endpoint missed is offered to be sent."""
        endpoint = self.endpoint_to_change(id)
        wanted = request.POST.get("to", "")
        if wanted not in EndpointStatus.values:
            raise InvalidRequest("There is no such status.")
        if wanted == endpoint.status:
            messages.warning(request, f"This endpoint is {wanted} already.")
            return redirect("settings-webhook", id=endpoint.pk)
        services.update_endpoint(endpoint=endpoint, changes={"status": wanted})
        if wanted == EndpointStatus.ENABLED:
            messages.success(request, "Enabled: new events are sent again.")
            return redirect("settings-webhook-catch-up", id=endpoint.pk)
        messages.success(
            request, "Disabled: new events are recorded, but not sent. Queued retries go on."
        )
        return redirect("settings-webhook", id=endpoint.pk)


class RotatePage(WebhookPage):
    """Giving an endpoint a new secret, which is on the reply to the form, and nowhere else."""

    template = "settings/webhooks/rotate.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """What will happen, and a button."""
        return self.show(request, endpoint=self.endpoint(id))

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Rotate, and show the new secret once. A form that is sent twice rotates once."""
        endpoint = self.endpoint_to_change(id)
        if self.is_repeated(request):
            messages.warning(request, ROTATED_ALREADY)
            return redirect("settings-webhook", id=endpoint.pk)
        secret, _at = services.rotate_secret(endpoint)
        self.template = "settings/webhooks/secret.html"
        return self.show(request, endpoint=endpoint, secret=secret, is_rotated=True)


class DeletePage(WebhookPage):
    """Deleting an endpoint, after a question."""

    template = "settings/webhooks/delete.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """What will happen, and a button."""
        endpoint = self.endpoint(id)
        figures = figures_of([endpoint.pk], most=COUNTED)[endpoint.pk]
        return self.show(request, endpoint=endpoint, figures=figures)

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Delete it."""
        endpoint = self.endpoint_to_change(id)
        services.delete_endpoint(endpoint)
        messages.success(request, f"The endpoint {endpoint.url} was deleted.")
        return redirect("settings-webhooks")
