"""Queueing of mails, in the transaction of the change.

So nothing is sent for a change that was rolled back, and requests do not wait for the mail server.
`teams/accounts/mails.py` sends the queued mails.
"""

from teams.models import AccountMail, ApiKey, Invitation, MailKind, User


def queue_link(email: str, kind: MailKind, *, name: str = "") -> None:
    """Send a link that lets somebody choose a password, unless one to them is waiting.

    The account is looked up when the mail is sent. The request does the same work in both cases, so
    its duration reveals nothing.
    """
    mail = AccountMail(kind=kind, to=email, details={"name": name})
    AccountMail.objects.bulk_create([mail], ignore_conflicts=True)


def queue_key_made(key: ApiKey) -> None:
    """Tell a person that there is a new key that acts as them."""
    details = {"name": key.name, "prefix": key.prefix, "scopes": list(key.scopes)}
    AccountMail.objects.create(
        kind=MailKind.KEY_MADE, user_id=key.user_id, team_id=key.team_id, details=details
    )


def queue_address_changed(user: User, *, before: str) -> None:
    """Tell the old address that an operator gave the account another one."""
    AccountMail.objects.create(kind=MailKind.ADDRESS_CHANGED, user=user, to=before)


def queue_invitation(invitation: Invitation) -> None:
    """Queue the mail of an invitation. If the invitation ends first, it is not sent."""
    AccountMail.objects.create(kind=MailKind.INVITATION, to=invitation.email, invitation=invitation)
