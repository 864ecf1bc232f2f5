"""The pages for invitations: the one that a mail leads to, and the list of one's own."""

from http import HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api import ids
from api.email_addresses import normal_address
from api.exceptions import ApiError
from api.writes import rights
from teams.auth.authentication import act_on, session_principal
from teams.models import Invitation, User
from teams.pages.accounts import BACKEND, AccountPage, home_of
from teams.pages.forms import ChoosePasswordForm
from teams.pages.settings import SettingsPage
from teams.people import invitations
from teams.people.members import Member

#: The session's key for the secret of the mail that was followed.
TOKEN = "invitation_token"  # noqa: S105 - the name of a key


class InvitationPage(AccountPage):
    """The page that an invitation's mail leads to: who invites to what, and the answer.

    The mail's secret moves into the session at once, so that it stays neither in the address bar
    nor in a Referer header. It proves that the visitor reads the mails of the address: they may
    decline, and choose a password if the address has none. Accepting with an existing account needs
    a sign-in.
    """

    template = "account/invitation.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Who invites to what."""
        if "token" in request.GET:
            request.session[TOKEN] = request.GET["token"]
            return redirect("invitation")
        return self.show_invitation(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do what the button that was pressed says."""
        invitation = _followed(request)
        if invitation is None:
            return self.show_invitation(request)
        answer = {"decline": self._decline, "accept": self._accept, "leave": self._sign_out}.get(
            request.POST.get("answer", ""), self._choose_password
        )
        return answer(request, invitation)

    def show_invitation(self, request: HttpRequest, **context: Any) -> HttpResponse:
        """The page; 404 when the invitation is over."""
        invitation = _followed(request)
        if invitation is None:
            response = self.show(request, invitation=None, **context)
            response.status_code = HTTPStatus.NOT_FOUND
            return response
        account = _account_of(invitation)
        form = None
        if invitations.may_choose_password(account) and not request.user.is_authenticated:
            form = ChoosePasswordForm(account or User(email=invitation.email))
        common = {
            "invitation": invitation,
            "is_addressee": _is_addressee(request, invitation),
            "form": form,
        }
        return self.show(request, **{**common, **context})

    def _decline(self, request: HttpRequest, invitation: Invitation) -> HttpResponse:
        invitations.decline(invitation)
        request.session.pop(TOKEN, None)
        return self.show(request, declined=invitation)

    def _accept(self, request: HttpRequest, invitation: Invitation) -> HttpResponse:
        principal = session_principal(request)
        if principal is None or not _is_addressee(request, invitation):
            return self.show_invitation(request)
        try:
            with transaction.atomic():
                _join(request, invitation.team_id)
                rights.confirm(principal)
        except ApiError:  # over by now, as is perhaps the session
            return self.show_invitation(request)
        return redirect(home_of(principal.user, default="settings-members"))

    def _sign_out(self, request: HttpRequest, invitation: Invitation) -> HttpResponse:
        """Sign out, and keep the invitation in the session."""
        logout(request)
        request.session[TOKEN] = invitation.token
        return redirect("invitation")

    def _choose_password(self, request: HttpRequest, invitation: Invitation) -> HttpResponse:
        account = _account_of(invitation)
        if request.user.is_authenticated or not invitations.may_choose_password(account):
            return self.show_invitation(request)
        form = ChoosePasswordForm(account or User(email=invitation.email), request.POST)
        if not form.is_valid():
            return self.show_invitation(request, form=form)
        try:
            member = invitations.accept_with_password(
                invitation=invitation,
                name=form.cleaned_data["name"],
                password=form.cleaned_data["new_password1"],
            )
        except invitations.InvitationNotFound:
            return self.show_invitation(request)
        login(request, member.user, backend=BACKEND)
        _note_joined(request, member)
        return redirect(home_of(_person(request), default="settings-members"))


class InvitationsPage(SettingsPage):
    """A person's own invitations."""

    template = "settings/invitations.html"
    tab = "invitations"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Those that can be accepted."""
        return self.show(request, invitations=invitations.pending_of(self.principal.user))


class AnswerInvitationView(SettingsPage):
    """Accepting or declining one of them."""

    home = "settings-invitations"

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Do what the button that was pressed says."""
        mine = invitations.pending_of(self.principal.user)
        invitation = mine.filter(pk=ids.parse(id) or "").first()
        if invitation is None:
            raise invitations.InvitationNotFound
        if "decline" in request.POST:
            invitations.decline(invitation)
            messages.success(request, f"You declined to join {invitation.team.name}.")
        else:
            _join(request, invitation.team_id)
        return redirect(home_of(self.principal.user, default="settings-members"))


def _followed(request: HttpRequest) -> Invitation | None:
    """The invitation whose mail was followed, while it can be accepted."""
    return invitations.find_by_token(request.session.get(TOKEN, ""))


def _account_of(invitation: Invitation) -> User | None:
    return User.objects.with_address(invitation.email)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _is_addressee(request: HttpRequest, invitation: Invitation) -> bool:
    user = request.user
    return isinstance(user, User) and normal_address(user.email) == invitation.email


def _join(request: HttpRequest, team_id: str) -> None:
    """Accept as the person who is signed in."""
    user = _person(request)
    team = invitations.find_team(user, team_id)
    _note_joined(request, invitations.accept(team=team, user=user))


def _note_joined(request: HttpRequest, member: Member) -> None:
    """Act on the new team from now on."""
    request.session.pop(TOKEN, None)
    act_on(request, _person(request), member.team_id)
    role = member.role.value
    messages.success(request, f"You are in the team now, with the role {role}.")
