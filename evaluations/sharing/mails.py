"""The mail of an invite."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode

from evaluations.models import Share, SharePermission
from teams.accounts.marked import send_marked

#: What a permission allows, in the words of mails and notifications.
MAY = {
    SharePermission.VIEWER: "see and rate it",
    SharePermission.EDITOR: "see, rate and change it",
    SharePermission.OWNER: "see, rate, change and share it",
}

#: A subject is a header, so it holds no text written by users.
SUBJECT = "You were invited to a study"


def send_due() -> int:
    """Send the mails of invites that are due; returns their number."""
    pending = Share.objects.pending().filter(granted_by__isnull=False)
    return send_marked(pending.select_related("evaluation__team", "granted_by"), _send)


def _send(invite: Share) -> None:
    context = {
        "invite": invite,
        "may": MAY[SharePermission(invite.permission)],
        "link": invite_link(invite),
        "server": settings.PUBLIC_URL,
    }
    body = render_to_string("emails/evaluation_invite.txt", context)
    EmailMessage(subject=SUBJECT, body=body, to=[invite.email]).send()


def invite_link(invite: Share) -> str:
    """The address where an invite is accepted or declined."""
    # In the query, because paths are logged.
    query = urlencode({"token": invite.token})
    return f"{settings.PUBLIC_URL}{reverse('evaluation-invite')}?{query}"
