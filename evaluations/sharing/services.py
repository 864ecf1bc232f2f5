"""Shares of an evaluation: granting, changing, revoking, and handing the evaluation over.

Whoever calls has locked the evaluation's row (`find_evaluation(…, lock=True)`) and checked the
rights (`evaluations/sharing/rights.py`). So of two changes at once each sees what the other
did, and a share that is revoked while its holder changes something is seen by
`rights.confirm`.

`evaluations/sharing/invites.py` has what concerns addresses, and
`evaluations/sharing/access_requests.py` has requests for access.
"""

from django.utils import timezone

from api import ids
from api.exceptions import NotFound
from api.models import DeletedRow
from evaluations.models import (
    AccessRequest,
    AccessRequestStatus,
    Evaluation,
    Share,
    SharePermission,
)
from evaluations.studies import places
from teams.models import User


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
    """Give a person this permission, whatever they held before.

    It takes the place of an invite to their address, and approves their request for access.
    """
    evaluation.shares.to(user).delete()
    share = share_of(evaluation, user)
    if share is None:
        share = Share.objects.create(
            evaluation=evaluation, user=user, permission=permission, granted_by=by
        )
    else:
        change_share(share, permission)
    _approve_request(evaluation, user, by)
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
    if share.user_id:
        places.keep(share.evaluation, [share.user_id])
    share.delete()


def hand_over(*, evaluation: Evaluation, to: User, by: User) -> Share:
    """Make a person the owner: they get an OWNER share, and the share of `by` becomes EDITOR.

    A role in the team is not touched. `owner` in replies is the new one.
    """
    own = share_of(evaluation, by)
    if own is not None:
        change_share(own, SharePermission.EDITOR)
    share = grant_share(evaluation=evaluation, user=to, permission=SharePermission.OWNER, by=by)
    evaluation.created_by = to
    evaluation.updated_at = timezone.now()
    evaluation.save(update_fields=["created_by", "updated_at"])
    return share


def list_name(evaluation_id: str) -> str:
    """The name of the list of an evaluation's shares in `DeletedRow`."""
    return f"share/{evaluation_id}"


def _approve_request(evaluation: Evaluation, user: User, by: User) -> None:
    AccessRequest.objects.filter(
        evaluation=evaluation, requester=user, status=AccessRequestStatus.PENDING
    ).update(status=AccessRequestStatus.APPROVED, decided_by=by, decided_at=timezone.now())
