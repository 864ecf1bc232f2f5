"""Notifications about sharing, and their recipients."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from evaluations.models import AccessRequest, Evaluation, Share, SharePermission
from evaluations.sharing.mails import MAY
from teams.models import Membership, NotificationKind, Role, User
from teams.people.notifications import notify, settle

#: People who are notified of one request for access.
MOST_TOLD = 50


def tell_shared(share: Share, *, by: User) -> None:
    """Tell the holder of a share about it."""
    may, name = MAY[SharePermission(share.permission)], _titled(share.evaluation)
    text = f"{_named(by)} shared the study {name} with you. You can {may}."
    _tell([share.user], NotificationKind.SHARED, share.evaluation, text, by)


def tell_handed_over(share: Share, *, by: User) -> None:
    """Tell the new owner of an evaluation."""
    name = _titled(share.evaluation)
    text = f"{_named(by)} handed the study {name} over to you. You are its owner now."
    _tell([share.user], NotificationKind.HANDED_OVER, share.evaluation, text, by)


def tell_accepted(share: Share, *, by: User) -> None:
    """Tell the sender of an invite that it was accepted."""
    text = f"{_named(by)} accepted your invite to the study {_titled(share.evaluation)}."
    sender = [share.granted_by]
    _tell(sender, NotificationKind.INVITE_ACCEPTED, share.evaluation, text, by)


def tell_requested(request: AccessRequest) -> None:
    """Tell those who can decide about a request for access."""
    evaluation, by = request.evaluation, request.requester
    text = f"{_named(by)} asks for access to the study {_titled(evaluation)}."
    if request.message:
        text += f" The message: “{request.message}”"
    deciding = list(_deciding(evaluation)[:MOST_TOLD])
    _tell(deciding, NotificationKind.ACCESS_REQUESTED, evaluation, text, by, about=request.pk)


def tell_decided(request: AccessRequest, *, approved: bool, by: User) -> None:
    """Notify the requester; the notifications of the people who could decide are settled."""
    settle_request(request)
    name, who = _titled(request.evaluation), _named(by)
    if approved:
        kind = NotificationKind.ACCESS_APPROVED
        text = f"{who} gave you access to the study {name}. You can see and rate it."
    else:
        kind = NotificationKind.ACCESS_DECLINED
        text = f"{who} declined your request for access to the study {name}."
    _tell([request.requester], kind, request.evaluation, text, by)


def settle_shared(evaluation: Evaluation, user: User) -> None:
    """Settle the notification of access that ended before it was read."""
    kinds = (
        NotificationKind.SHARED,
        NotificationKind.HANDED_OVER,
        NotificationKind.ACCESS_APPROVED,
    )
    settle(evaluation.pk, *kinds, user=user)


def settle_request(request: AccessRequest) -> None:
    """Settle the notifications about a request of the people who could decide."""
    settle(request.pk, NotificationKind.ACCESS_REQUESTED)


def _tell(
    people: Iterable[User | None],
    kind: NotificationKind,
    evaluation: Evaluation,
    text: str,
    by: User,
    *,
    about: str = "",
) -> None:
    page = "/share" if kind == NotificationKind.ACCESS_REQUESTED else ""
    for person in people:
        if person is not None:
            notify(
                user=person,
                kind=kind,
                team=evaluation.team,
                about=about or evaluation.pk,
                text=text,
                link=f"/evaluations/{evaluation.pk}{page}",
                by=by,
            )


def _deciding(evaluation: Evaluation) -> QuerySet[User]:
    """The Admins of the team, its Owner, and those who own the evaluation by a share."""
    admins = Membership.objects.filter(team=evaluation.team_id, role=Role.ADMIN)
    owners = evaluation.shares.filter(permission=SharePermission.OWNER)
    return User.objects.filter(
        Q(pk=evaluation.team.owner_id)
        | Q(pk__in=admins.values("user_id"))
        | Q(pk__in=owners.filter(user__isnull=False).values("user_id")),
        is_active=True,
    ).order_by("pk")


def _named(user: User) -> str:
    """A person by name and address: names can be chosen freely, addresses are proven."""
    return f"{user.name} ({user.email})" if user.name else user.email


def _titled(evaluation: Evaluation) -> str:
    return f"“{evaluation.name}” of the team “{evaluation.team.name}”"
