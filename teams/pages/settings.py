"""The settings pages: API keys, the people of the team, and the choice of the team."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from api.exceptions import ApiError, InvalidRequest
from api.pages import safe_next
from api.writes import rights
from teams.accounts import confirmation
from teams.auth.access import find_key, find_team
from teams.auth.authentication import act_on
from teams.auth.permissions import require_role
from teams.auth.scopes import EVERYTHING, SCOPES
from teams.models import ApiKey, Role
from teams.pages.accounts import HOME, refused
from teams.pages.forms import ApiKeyForm, InviteForm, RoleForm
from teams.pages.team_page import TeamPage
from teams.people import invitations, members, services

KEYS_SHOWN = 200


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class SettingsPage(TeamPage):
    """Base of the settings pages."""

    section = "settings"
    tab = ""
    #: The page that a refused change leads back to.
    home: ClassVar[str] = "settings-members"

    @property
    def is_admin(self) -> bool:
        """Whether the person administers that team."""
        role = self.principal.role_in(self.team.pk)
        return role is not None and role.includes(Role.ADMIN)

    def show(self, request: HttpRequest, **context: Any) -> HttpResponse:
        """The page; 400 with an invalid form."""
        form = context.get("form")
        status = HTTPStatus.BAD_REQUEST if form is not None and form.errors else HTTPStatus.OK
        common = {"tab": self.tab, "person": self.principal.user, "is_admin": self.is_admin}
        return super().show(request, status=status, **{**common, **context})

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """Back to the page with the error. If the page itself cannot be read, a refusal."""
        if request.method != "POST":
            return super().refuse(request, error)
        messages.error(request, error.message)
        return redirect(self.home)


class SwitchTeamView(SettingsPage):
    """Acting on another team."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the team for this session. A team that the person is not in is ignored."""
        try:
            chosen = find_team(self.principal, request.POST.get("team", ""))
        except ApiError as error:
            messages.error(request, error.message)
        else:
            act_on(request, self.principal.user, chosen.pk)
        return redirect(safe_next(request, HOME))


# --- keys ---------------------------------------------------------------------------------------


class ApiKeysPage(SettingsPage):
    """One's keys of the team; its Admins see everybody's."""

    template = "settings/api_keys.html"
    tab = "keys"
    home = "settings-api-keys"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The keys, and the form for another."""
        return self.show_keys(request, form=ApiKeyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make a key, and show it once."""
        form = ApiKeyForm(request.POST)
        refusal = form.is_valid() and self._unconfirmed(request, form)
        if refusal:
            form.add_error("password", refusal.message)
        if not form.is_valid():
            return refused(self.show_keys(request, form=form), refusal.wait if refusal else 0)
        key, token = services.create_key(
            team=self.team,
            user=self.principal.user,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at,
        )
        return self.show_keys(request, form=ApiKeyForm(), made=key, token=token)

    def _unconfirmed(self, request: HttpRequest, form: ApiKeyForm) -> confirmation.Refusal | None:
        """Why the password for this key was refused; None if it was accepted or is not needed."""
        if not confirmation.is_needed(request, form.cleaned_data["scopes"]):
            return None
        return confirmation.confirm(request, self.principal.user, form.cleaned_data["password"])

    def show_keys(self, request: HttpRequest, **context: Any) -> HttpResponse:
        """The page."""
        keys = ApiKey.objects.visible_to(self.principal).filter(team=self.team)
        rows = [
            {"key": key, "state": _state_of(key)}
            for key in keys.select_related("user").order_by("-created_at", "-pk")[:KEYS_SHOWN]
        ]
        families = ("evaluations", "autousers", "templates", "ratings", "webhooks", "events")
        scopes = [
            (family, [scope for scope in SCOPES if scope.startswith(f"{family}:")])
            for family in families
        ]
        chosen = set(context["form"].data.getlist("scopes")) if context["form"].is_bound else set()
        ask = confirmation.is_needed(request, [EVERYTHING])
        return self.show(request, rows=rows, scopes=scopes, chosen=chosen, ask=ask, **context)


class RevokeKeyView(SettingsPage):
    """Revoking a key."""

    home = "settings-api-keys"

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Revoke it for good."""
        key = find_key(self.principal, id)
        if key.revoked_at is None:
            key.revoke()
        messages.success(request, f"The key {key.name} was revoked.")
        return redirect(self.home)


def _state_of(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.is_expired(timezone.now()) else "live"


# --- members ------------------------------------------------------------------------------------


class MembersPage(SettingsPage):
    """The people of the team."""

    template = "settings/members.html"
    tab = "members"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Everybody, and for Admins the form to invite somebody."""
        return self.show_members(request, form=InviteForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Invite somebody."""
        form = InviteForm(request.POST)
        if form.is_valid():
            try:
                self._invite(form.cleaned_data)
            except (InvalidRequest, invitations.TooManyInvitations) as error:
                form.add_error("email", error.message)
            except ApiError as error:
                messages.error(request, error.message)
            else:
                messages.success(request, f"{form.cleaned_data['email']} was invited.")
        return (
            redirect("settings-members")
            if form.is_valid()
            else self.show_members(request, form=form)
        )

    @transaction.atomic
    def _invite(self, values: dict[str, str]) -> None:
        team = find_team(self.principal, self.team.pk, lock=True)
        require_role(self.principal, team, Role.ADMIN)
        invitations.invite(
            team=team, email=values["email"], role=Role(values["role"]), by=self.principal.user
        )

    def show_members(self, request: HttpRequest, **context: Any) -> HttpResponse:
        """The page."""
        everybody = members.members_of(self.team)
        roles = [role.value for role in Role if role is not Role.OWNER]
        return self.show(request, members=everybody, roles=roles, **context)


class ChangeMemberView(SettingsPage):
    """Changing a member's role, removing them, or leaving."""

    lowers_own_rights = True

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Do what the button that was pressed says."""
        messages.success(request, self._done(request, id))
        return redirect(self.home)

    def _done(self, request: HttpRequest, id: str) -> str:
        team = find_team(self.principal, self.team.pk, lock=True)
        rights.confirm(self.principal)
        member = members.find_member(team, id)
        if member.user_id != self.principal.user.pk or "role" in request.POST:
            require_role(self.principal, team, Role.ADMIN)
        if "role" not in request.POST:
            members.remove(member)
            if member.status == members.PENDING:
                return f"{member.email} is not invited any more."
            return f"{member.email} is not in {team.name} any more."
        form = RoleForm(request.POST)
        if not form.is_valid():
            raise InvalidRequest("There is no such role.")
        members.change_role(member, Role(form.cleaned_data["role"]))
        when = "once they accept" if member.status == members.PENDING else "now"
        return f"{member.email} has the role {form.cleaned_data['role']} {when}."
