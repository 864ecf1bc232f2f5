"""The base of the pages about webhooks: whom they are for, and forms that count once."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from api import ids
from api.exceptions import ApiError
from teams.auth.permissions import (
    PlanUpgradeRequired,
    RequiresWebhooksPlan,
    require_role,
)
from teams.limits import daily
from teams.models import Role, Team
from teams.pages.settings import SettingsPage
from webhooks.endpoints.access import endpoint_to_change, find_delivery, find_endpoint
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.rest.endpoint_views import WebhooksDisabled

#: Refusals of a form that are told on the page that it was sent from.
TOLD = (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS)


class WebhookPage(SettingsPage):
    """A page for the Admins of a team whose plan includes webhooks.

    An endpoint may be one of any team of the person: the links in mails lead to it, whichever
    team the person acts on.
    """

    tab = "webhooks"

    def admit(self, team: Team) -> Team:
        """Let the Admins of a team in.

        Raises:
            InsufficientRole, PlanUpgradeRequired, WebhooksDisabled.
        """
        if not settings.WEBHOOKS_ENABLED:
            raise WebhooksDisabled
        require_role(self.principal, team, Role.ADMIN)
        RequiresWebhooksPlan.require(team)
        return team

    def endpoint(self, id: str) -> WebhookEndpoint:
        """An endpoint to look at.

        Raises:
            EndpointNotFound: when there is none, and as `admit` does.
        """
        found = find_endpoint(self.principal, id)
        self.admit(found.team)
        return found

    def endpoint_to_change(self, id: str) -> WebhookEndpoint:
        """An endpoint with its row locked.

        Raises:
            EndpointNotFound: when there is none, and as `admit` does.
        """
        found = endpoint_to_change(self.principal, id)
        self.admit(found.team)
        return found

    def delivery(self, id: str) -> WebhookDelivery:
        """A delivery to look at.

        Raises:
            DeliveryNotFound: when there is none, and as `admit` does.
        """
        found = find_delivery(self.principal, id)
        self.admit(found.endpoint.team)
        return found

    def is_repeated(self, request: HttpRequest) -> bool:
        """Whether this very form was sent before.

        Each form has a number of its own. It is counted in the transaction of the change, so a
        form that is sent twice, also at once, is carried out once; one that is refused gives the
        number back with the rest.
        """
        number = ids.parse(request.POST.get("number", ""))
        return bool(number) and not daily.count(f"form {self.principal.user.pk} {number}", 1)

    def show(self, request: HttpRequest, **context: Any) -> HttpResponse:
        """The page, with a number for its forms; one that comes back keeps its own."""
        number = ids.parse(request.POST.get("number", "")) or ids.cuid()
        return super().show(request, **{"number": number, "is_admin": True, **context})

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """The page of a refusal; a refused form leads back to where it was sent from."""
        if request.method == "POST" and error.status in TOLD:
            messages.error(request, error.message)
            return redirect(self.back())
        return self.refusal(request, error)

    def back(self) -> str:
        """The page that a refused form leads back to."""
        id = self.kwargs.get("id")
        return resolve_url("settings-webhook", id=id) if id else resolve_url("settings-webhooks")

    def refusal(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """The page of a refusal; a plan that is too small is explained."""
        if not isinstance(error, PlanUpgradeRequired):
            return super().refusal(request, error)
        self.template = "settings/webhooks/plan.html"
        response = self.show(request, error=error)
        response.status_code = error.status
        return response
