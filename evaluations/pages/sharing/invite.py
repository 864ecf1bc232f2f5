"""The page that the mail of an invite leads to: who shares what, and the answer."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.exceptions import ApiError
from api.writes import rights
from evaluations.models import Share, SharePermission
from evaluations.sharing import invites
from evaluations.sharing.mails import MAY
from teams.auth.authentication import session_principal
from teams.models import User
from teams.pages.accounts import BACKEND, AccountPage
from teams.pages.forms import ChoosePasswordForm
from teams.people.invitations import may_choose_password

#: The session's key for the secret of the mail that was followed.
TOKEN = "evaluation_invite_token"  # noqa: S105 - the name of a key


class InvitePage(AccountPage):
    """An invite to an evaluation, and the answer to it.

    The mail's secret moves into the session at once, so that it stays neither in the address bar
    nor in a Referer header. It proves that the visitor reads the mails of the address: they may
    decline, and choose a password if the address has none. Accepting with an existing account needs
    a sign-in.
    """

    template = "account/evaluation_invite.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Who shares what."""
        if "token" in request.GET:
            request.session[TOKEN] = request.GET["token"]
            return redirect("evaluation-invite")
        return self.show_invite(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do what the button that was pressed says."""
        invite = _followed(request)
        if invite is None:
            return self.show_invite(request)
        answer = {"decline": self._decline, "accept": self._accept, "leave": self._sign_out}.get(
            request.POST.get("answer", ""), self._choose_password
        )
        return answer(request, invite)

    def show_invite(self, request: HttpRequest, **context: Any) -> HttpResponse:
        """The page; 404 when the invite is over."""
        invite = _followed(request)
        if invite is None:
            response = self.show(request, invite=None, **context)
            response.status_code = HTTPStatus.NOT_FOUND
            return response
        common = {
            "invite": invite,
            "may": MAY[SharePermission(invite.permission)],
            "is_addressee": _is_addressee(request, invite),
            "form": None,
        }
        if _may_choose_password(request, invite):
            common["form"] = ChoosePasswordForm(_account_of(invite))
        return self.show(request, **{**common, **context})

    def _decline(self, request: HttpRequest, invite: Share) -> HttpResponse:
        try:
            invites.decline_invite(invite_id=invite.pk)
        except invites.InviteNotFound:  # answered or withdrawn meanwhile
            return self.show_invite(request)
        request.session.pop(TOKEN, None)
        return self.show(request, declined=invite)

    def _accept(self, request: HttpRequest, invite: Share) -> HttpResponse:
        principal = session_principal(request)
        if principal is None or not _is_addressee(request, invite):
            return self.show_invite(request)
        try:
            with transaction.atomic():
                share = invites.accept_invite(invite_id=invite.pk, user=principal.user)
                rights.confirm(principal)
        except ApiError:  # over by now, as is perhaps the session
            return self.show_invite(request)
        return _to_the_evaluation(request, share)

    def _sign_out(self, request: HttpRequest, invite: Share) -> HttpResponse:
        """Sign out, and keep the invite in the session."""
        logout(request)
        request.session[TOKEN] = invite.token
        return redirect("evaluation-invite")

    def _choose_password(self, request: HttpRequest, invite: Share) -> HttpResponse:
        if not _may_choose_password(request, invite):
            return self.show_invite(request)
        form = ChoosePasswordForm(_account_of(invite), request.POST)
        if not form.is_valid():
            return self.show_invite(request, form=form)
        values = form.cleaned_data
        try:
            share = invites.accept_with_password(
                invite=invite, name=values["name"], password=values["new_password1"]
            )
        except invites.InviteNotFound:
            return self.show_invite(request)
        login(request, share.user, backend=BACKEND)
        return _to_the_evaluation(request, share)


def _to_the_evaluation(request: HttpRequest, share: Share) -> HttpResponse:
    request.session.pop(TOKEN, None)
    messages.success(request, f"You can {MAY[SharePermission(share.permission)]} now.")
    return redirect(f"/evaluations/{share.evaluation_id}")


def _followed(request: HttpRequest) -> Share | None:
    """The invite whose mail was followed, while it can be accepted."""
    return invites.find_by_token(request.session.get(TOKEN, ""))


def _account_of(invite: Share) -> User:
    """The account of the address, or one that is not made yet."""
    return User.objects.with_address(invite.email) or User(email=invite.email)


def _may_choose_password(request: HttpRequest, invite: Share) -> bool:
    return not request.user.is_authenticated and may_choose_password(
        User.objects.with_address(invite.email)
    )


def _is_addressee(request: HttpRequest, invite: Share) -> bool:
    user = request.user
    return isinstance(user, User) and invites.is_addressed_to(invite, user)
