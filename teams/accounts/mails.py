"""Mails to people. Their links prove the address, and lead to the choice of a password.

Requests only queue mails (`teams/people/notices.py`).
Accounts and links are made here, when the mail is sent.
"""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlencode, urlsafe_base64_encode

from teams.models import AccountMail, Invitation, MailKind, User
from teams.people import services

log = logging.getLogger("autousers.mails")

TRIED_FOR = timedelta(days=1)

#: Subjects are headers, so they hold no text written by users.
SUBJECTS = {
    MailKind.SIGN_UP: "Finish signing up",
    MailKind.INVITATION: "You were invited to a team",
    MailKind.PASSWORD: "Choose a new password",
    MailKind.PASSWORD_CHANGED: "Your password was changed",
    MailKind.KEY_MADE: "A new API key acts as you",
    MailKind.ADDRESS_CHANGED: "The address of your account was changed",
}


def send_due() -> int:
    """Send the mails that are waiting; returns their number.

    Each is taken by deleting its row, so several workers send it once. The first failure ends the
    round, for the mail server may be down; what was not sent is put back, for a day. The order is
    random so that one bad address does not hold up the others. A mail may be lost if its worker
    dies after deleting the row, or if the database does not confirm the deletion. The recipient can
    ask for another one; nobody gets two.
    """
    sent = 0
    waiting = AccountMail.objects.order_by("?").select_related(
        "user", "team", "invitation__team", "invitation__invited_by"
    )
    for mail in waiting:
        if not AccountMail.objects.filter(pk=mail.pk).delete()[0]:
            continue
        try:
            sent += _send(mail)
        except Exception:
            log.exception("The mail %s could not be sent", mail.pk)
            _put_back(mail)
            break
    return sent


def _put_back(mail: AccountMail) -> None:
    """Queue a mail again, unless it is a day old, or its invitation has ended."""
    if timezone.now() - mail.created_at >= TRIED_FOR:
        return
    with transaction.atomic():
        invitations = Invitation.objects.select_for_update().filter(pk=mail.invitation_id)
        if mail.invitation is None or invitations.first():
            # The same mail may have been queued again meanwhile; one is enough.
            AccountMail.objects.bulk_create([mail], ignore_conflicts=True)


def _send(mail: AccountMail) -> bool:
    """Send a mail; False if it has no recipient any more."""
    if mail.invitation:
        link = invitation_link(mail.invitation)
        _message(mail, mail.to, invitation=mail.invitation, link=link).send()
        return True
    user = mail.user or _account_of(mail)
    if user is None:
        return False
    _message(mail, mail.to or user.email, user=user, link=password_link(user)).send()
    return True


def _account_of(mail: AccountMail) -> User | None:
    """The active person with the address of a mail. A sign-up makes the person."""
    if mail.kind == MailKind.SIGN_UP:
        user: User | None = services.find_or_register(mail.to, name=mail.details.get("name", ""))
    else:
        user = User.objects.with_address(mail.to)
    return user if user and user.is_active else None


def _message(mail: AccountMail, to: str, **about: Any) -> EmailMessage:
    kind = MailKind(mail.kind)
    context = {
        "details": mail.details,
        "team": mail.team,
        "at": mail.created_at,
        "keys_page": f"{settings.PUBLIC_URL}{reverse('settings-api-keys')}",
        "forgot": f"{settings.PUBLIC_URL}{reverse('forgot-password')}",
        "sign_in": f"{settings.PUBLIC_URL}{reverse('sign-in')}",
        "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
        "server": settings.PUBLIC_URL,
        **about,
    }
    return EmailMessage(
        subject=SUBJECTS[kind],
        body=render_to_string(f"emails/{kind.value}.txt", context),
        to=[to],
    )


def invitation_link(invitation: Invitation) -> str:
    """The address where an invitation is accepted or declined."""
    # In the query, because paths are logged.
    query = urlencode({"token": invitation.token})
    return f"{settings.PUBLIC_URL}{reverse('invitation')}?{query}"


def password_link(user: User) -> str:
    """The address where a person chooses a password; it works once, and not for long."""
    # In the query, because paths are logged.
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    query = urlencode({"user": uid, "token": default_token_generator.make_token(user)})
    return f"{settings.PUBLIC_URL}{reverse('choose-password')}?{query}"
