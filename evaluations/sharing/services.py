"""Shares of an evaluation: granting, changing, revoking, and handing the evaluation over.

The caller has locked the evaluation's row (`find_evaluation(…, lock=True)`) and checked the rights
(`evaluations/sharing/rights.py`). So concurrent changes run one after the other. If a share is
revoked while its holder changes something, `rights.confirm` refuses that change.

`evaluations/sharing/invites.py` has what concerns addresses, and
`evaluations/sharing/access_requests.py` has requests for access.
"""

from django.utils import timezone

from api import ids
from api.exceptions import InvalidRequest, NotFound
from api.models import DeletedRow
from evaluations.models import AccessRequestStatus, Evaluation, Share, SharePermission
from evaluations.sharing import notices
from evaluations.studies import places
from teams.models import User


class SharedWithSelf(InvalidRequest):
    """The request names the caller. Name another person."""

    code = "shared_with_self"
    message = "This is you. Name somebody else."


class ShareNotFound(NotFound):
    """The evaluation has no such share."""

    code = "share_not_found"
    message = "This evaluation has no such share."


def find_share(evaluation: Evaluation, raw_id: str) -> Share:
    """A share of an evaluation, granted or pending.

    Raises:
        ShareNotFound: when there is none.
    """
    shares = evaluation.shares.listed().select_related("user")
    share = shares.filter(pk=ids.parse(raw_id) or "").first()
    if share is None:
        raise ShareNotFound
    return share


def share_of(evaluation: Evaluation, user: User) -> Share | None:
    """The share that a person holds; None if they hold none."""
    return evaluation.shares.filter(user=user).select_related("user").first()


def grant_share(
    *, evaluation: Evaluation, user: User, permission: SharePermission, by: User
) -> Share:
    """Give a person this permission in place of their present one, and notify them.

    Raises:
        SharedWithSelf: when it would be to the granting person.
    """
    if user == by:
        raise SharedWithSelf
    held = share_of(evaluation, user)
    share = set_share(evaluation=evaluation, user=user, permission=permission, by=by)
    if held is None or held.permission != permission:
        notices.tell_shared(share, by=by)
    return share


def set_share(
    *, evaluation: Evaluation, user: User, permission: SharePermission, by: User
) -> Share:
    """Give a person this permission in place of their present one.

    It replaces an invite to their address, and approves their request for access.
    """
    evaluation.shares.to(user).delete()
    share = share_of(evaluation, user)
    if share is None:
        share = Share.objects.create(
            evaluation=evaluation, user=user, permission=permission, granted_by=by
        )
    else:
        change_share(share, permission)
    answer_request(evaluation, user, by=by)
    return share


def change_share(share: Share, permission: SharePermission) -> None:
    """Give a share, granted or pending, another permission."""
    if share.permission != permission:
        share.permission = permission
        share.save(update_fields=["permission"])


def revoke_share(share: Share) -> None:
    """End a share, or withdraw an invite. Cursors that refer to it work for another day."""
    DeletedRow.objects.create(
        id=share.pk,
        resource=list_name(share.evaluation_id),
        team_id=share.evaluation.team_id,
        sort_at=share.created_at,
    )
    if share.user is not None:
        places.keep(share.evaluation, [share.user.pk])
        notices.settle_shared(share.evaluation, share.user)
    share.delete()


def end_shares_in(*, team_id: str, user: User) -> None:
    """End all shares of a team's evaluations that a person holds.

    Removing a member from a team ends their shares, too. The team is locked and the evaluations are
    not: a share that is granted at the same moment stays.
    """
    held = Share.objects.filter(user=user, evaluation__team=team_id)
    for share in held.select_related("evaluation", "user"):
        revoke_share(share)


def hand_over(*, evaluation: Evaluation, to: User, by: User) -> Share:
    """Make a person the owner: they get an OWNER share, and the share of `by` becomes EDITOR.

    A role in the team is not touched. `owner` in replies is the new one.

    Raises:
        SharedWithSelf: when that is `by`.
    """
    if to == by:
        raise SharedWithSelf
    own = share_of(evaluation, by)
    if own is not None:
        change_share(own, SharePermission.EDITOR)
        evaluation.share_permission = own.permission
    share = set_share(evaluation=evaluation, user=to, permission=SharePermission.OWNER, by=by)
    evaluation.created_by = to
    evaluation.updated_at = timezone.now()
    evaluation.save(update_fields=["created_by", "updated_at"])
    notices.tell_handed_over(share, by=by)
    return share


def list_name(evaluation_id: str) -> str:
    """The name of the list of an evaluation's shares in `DeletedRow`."""
    return f"share/{evaluation_id}"


def answer_request(evaluation: Evaluation, user: User, *, by: User | None) -> None:
    """Approve the pending request of somebody who was given a share."""
    pending = evaluation.access_requests.filter(status=AccessRequestStatus.PENDING)
    for request in pending.filter(requester=user):
        request.decide(AccessRequestStatus.APPROVED, by=by)
        notices.settle_request(request)
