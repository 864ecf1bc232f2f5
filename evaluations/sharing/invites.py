"""Invites: shares that wait for the owner of an address to accept them.

Every change holds the lock on the evaluation's row. The invite is read again behind that lock, so
one that was withdrawn or accepted meanwhile is not found.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from api import ids
from api.email_addresses import normal_address
from api.exceptions import InvalidRequest, NotFound
from api.models import KEPT_HOURS
from evaluations.models import Evaluation, Share, SharePermission
from evaluations.sharing import notices, services
from evaluations.sharing.people import find_by_address
from evaluations.sharing.rights import may_still_give, require_to_give
from teams.auth.principals import Principal
from teams.models import User
from teams.people.invitations import choose_password, count_mail


class InviteNotFound(NotFound):
    """The invite does not exist, or it was accepted or withdrawn, or is older than 14 days."""

    code = "invite_not_found"
    message = "There is no such invite, or it is over. Ask whoever sent it for another one."


class AlreadyShared(InvalidRequest):
    """The evaluation is already shared with the address. Change that share instead."""

    code = "already_shared"
    message = "The evaluation is shared with this address already. Change that share instead."

    def __init__(self) -> None:
        super().__init__(param="email")


def invite(*, evaluation: Evaluation, email: str, permission: SharePermission, by: User) -> Share:
    """Offer a share of a locked evaluation to an address, and mail it.

    An address that was invited before gets the new permission, more time, and another mail.
    Whether it has an account is neither looked up nor told.

    Raises:
        AlreadyShared: when the address is that of somebody who holds a share.
        TooManyInvitations: when it got enough mails for today, or `by` sent enough.
    """
    email = normal_address(email)
    if evaluation.shares.filter(user__email=email).exists():
        raise AlreadyShared
    count_mail(evaluation.team, email, by)
    now = timezone.now()
    share, _ = Share.objects.update_or_create(
        evaluation=evaluation,
        email=email,
        user=None,
        defaults={
            "permission": permission,
            "granted_by": by,
            "created_at": now,
            "expires_at": now + Share.GOOD_FOR,
            "mail_due": True,
        },
    )
    return share


def share_with_address(
    *, principal: Principal, evaluation: Evaluation, email: str, permission: SharePermission
) -> Share:
    """Share with the person of an address: at once if the caller knows them, else by invite.

    Raises:
        InsufficientRole: when the caller may not give that.
        SharedWithSelf, AlreadyShared, TooManyInvitations: as granting and inviting do.
    """
    person, by = find_by_address(principal, evaluation, email), principal.user
    held = services.share_of(evaluation, person) if person else invite_of(evaluation, email)
    require_to_give(principal, evaluation, permission, held=held)
    if person is None:
        return invite(evaluation=evaluation, email=email, permission=permission, by=by)
    return services.grant_share(evaluation=evaluation, user=person, permission=permission, by=by)


def invite_of(evaluation: Evaluation, email: str) -> Share | None:
    """The invite of an address, while it can be accepted."""
    return evaluation.shares.pending().filter(email=normal_address(email)).first()


def is_addressed_to(invite: Share, user: User) -> bool:
    """Whether an invite is to the address of a person, or was accepted by them."""
    return invite.user_id == user.pk or invite.email == normal_address(user.email)


def lock_offered(user: User, raw_evaluation: str, raw_id: str) -> Share | None:
    """An invite to a person's address, while its evaluation is locked; None if there is none.

    One that the person has accepted is found too.
    """
    pk, evaluation = ids.parse(raw_id) or "", ids.parse(raw_evaluation) or ""
    offered = Share.objects.offered_to(user).filter(pk=pk, evaluation=evaluation)
    if not offered.exists():
        return None
    _lock_evaluation_of(pk)
    return offered.first()


def find_invite(evaluation: Evaluation, raw_id: str) -> Share:
    """An invite of an evaluation.

    Raises:
        InviteNotFound: when there is none.
    """
    found = evaluation.shares.pending().filter(pk=ids.parse(raw_id) or "").first()
    if found is None:
        raise InviteNotFound
    return found


def pending_of(user: User) -> list[Share]:
    """The invites that a person can accept, newest first."""
    invites = Share.objects.pending().to(user).select_related("evaluation__team", "granted_by")
    return [one for one in invites.order_by("-created_at", "-pk") if may_still_give(one)]


def find_by_token(token: str) -> Share | None:
    """The invite of a token from a mail, while it can be accepted."""
    pk = Share.id_in(token)
    return _good(pk) if pk else None


@transaction.atomic
def accept_invite(*, invite_id: str, user: User) -> Share:
    """Make an invite the share of the person with its address.

    The holder of a share keeps the higher permission. Accepting twice is no error: the
    second time finds the share, which has the id of the invite.

    Raises:
        InviteNotFound: when it is over, to another address, or its sender may not give it now.
    """
    evaluation = _lock_evaluation_of(invite_id)
    accepted = evaluation.shares.filter(pk=invite_id, user=user).first()
    if accepted is not None:
        return accepted
    offer = _good(invite_id)
    if offer is None or not is_addressed_to(offer, user):
        raise InviteNotFound
    held = services.share_of(evaluation, user)
    if held is not None:
        if offer.role.includes(held.role):
            services.change_share(held, SharePermission(offer.permission))
        offer.delete()
        share = held
    else:
        offer.user, offer.email, offer.expires_at, offer.mail_due = user, "", None, False
        offer.save(update_fields=["user", "email", "expires_at", "mail_due"])
        share = offer
    services.answer_request(evaluation, user, by=offer.granted_by)
    notices.tell_accepted(offer, by=user)
    return share


@transaction.atomic
def accept_with_password(*, invite: Share, name: str, password: str) -> Share:
    """Accept as the reader of the mails of an address that has no password yet.

    Raises:
        InviteNotFound: when it is over, or the address got a password meanwhile.
    """
    _lock_evaluation_of(invite.pk)
    user = choose_password(invite.email, name=name, password=password) if _good(invite.pk) else None
    if user is None:
        raise InviteNotFound
    return accept_invite(invite_id=invite.pk, user=user)


@transaction.atomic
def decline_invite(*, invite_id: str) -> None:
    """End an invite at the request of its addressee.

    Raises:
        InviteNotFound: when it is over.
    """
    evaluation = _lock_evaluation_of(invite_id)
    services.revoke_share(find_invite(evaluation, invite_id))


def withdraw_invite(share: Share) -> None:
    """End an invite of a locked evaluation at the request of the evaluation's people."""
    services.revoke_share(share)


def forget() -> int:
    """Delete invites that ended a day ago; cursors on them end too. Returns the number."""
    before = timezone.now() - timedelta(hours=KEPT_HOURS)
    return Share.objects.filter(Q(user__isnull=True), expires_at__lt=before).delete()[0]


def _good(pk: str) -> Share | None:
    """The invite with an id, if it is in time and its sender may give it now."""
    invites = Share.objects.pending().select_related("evaluation__team", "granted_by")
    found = invites.filter(pk=pk).first()
    return found if found and may_still_give(found) else None


def _lock_evaluation_of(share_id: str) -> Evaluation:
    """Lock the evaluation that a share belongs to.

    Raises:
        InviteNotFound: when there is none.
    """
    shares = Share.objects.filter(pk=share_id)
    locked = Evaluation.objects.bare().locked().filter(pk__in=shares.values("evaluation_id"))
    evaluation = locked.first()
    if evaluation is None:
        raise InviteNotFound
    return evaluation
