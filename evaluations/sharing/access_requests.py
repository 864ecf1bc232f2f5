"""Requests for access to an evaluation: asking, withdrawing, and deciding.

Every change holds the lock on the evaluation's row, so that a request is decided once.
"""

from django.db.models import Q, QuerySet

from api import ids
from api.exceptions import InvalidRequest, NotFound, RateLimitError
from evaluations.models import (
    AccessRequest,
    AccessRequestStatus,
    Evaluation,
    Share,
    SharePermission,
)
from evaluations.sharing import notices, services
from evaluations.studies.access import EvaluationNotFound
from teams.auth.principals import Principal
from teams.limits import daily
from teams.models import Role, User

#: Requests of one person for one evaluation on one day.
REQUESTS_PER_DAY = 3


class AccessRequestNotFound(NotFound):
    """The request for access does not exist, or another person made it."""

    code = "access_request_not_found"
    message = "There is no such request for access."


class AlreadyHasAccess(InvalidRequest):
    """The caller already has access to the evaluation."""

    code = "already_has_access"
    message = "You have access to this evaluation already."


class TooManyRequests(RateLimitError):
    """This person asked for access to this evaluation often enough today."""

    code = "access_request_limit_reached"
    message = (
        f"You asked for access to this evaluation {REQUESTS_PER_DAY} times today, which is the "
        "most for one day (UTC). Go on tomorrow."
    )


def find_to_ask_for(principal: Principal, raw_id: str) -> Evaluation:
    """The evaluation that a caller asks for, locked: also one that they may not see.

    A person is told about an evaluation they may not see (`evaluation_no_access`), so they may
    ask for it. A key never learns of an evaluation outside of its team.

    Raises:
        EvaluationNotFound: when there is none.
        AlreadyHasAccess: when the caller sees it.
    """
    evaluations = Evaluation.objects.bare().locked()
    if principal.is_bearer or principal.team is None:
        evaluations = evaluations.visible_to(principal)
    evaluation = evaluations.filter(pk=ids.parse(raw_id) or "").first()
    if evaluation is None:
        raise EvaluationNotFound
    if Evaluation.objects.visible_to(principal).filter(pk=evaluation.pk).exists():
        raise AlreadyHasAccess
    return evaluation


def request_access(
    *, evaluation: Evaluation, requester: User, message: str | None = None
) -> AccessRequest:
    """Ask for access to a locked evaluation. Asking again while a request is pending gives that.

    Raises:
        TooManyRequests: when the person asked often enough today.
    """
    pending = pending_for(evaluation).filter(requester=requester).first()
    if pending is not None:
        return pending
    if not daily.count(f"access {evaluation.pk} {requester.pk}", REQUESTS_PER_DAY):
        raise TooManyRequests
    request = AccessRequest.objects.create(
        evaluation=evaluation, requester=requester, message=message or None
    )
    notices.tell_requested(request)
    return request


def approve(request: AccessRequest, *, by: User) -> Share:
    """Give the requester a VIEWER share, unless they hold more; the evaluation is locked.

    Raises:
        RequestNotPending: when it was decided or withdrawn.
    """
    request.decide(AccessRequestStatus.APPROVED, by=by)
    notices.tell_decided(request, approved=True, by=by)
    held = services.share_of(request.evaluation, request.requester)
    return held or services.set_share(
        evaluation=request.evaluation,
        user=request.requester,
        permission=SharePermission.VIEWER,
        by=by,
    )


def decline(request: AccessRequest, *, by: User) -> None:
    """Refuse a request; the evaluation is locked.

    Raises:
        RequestNotPending: when it was decided or withdrawn.
    """
    request.decide(AccessRequestStatus.DECLINED, by=by)
    notices.tell_decided(request, approved=False, by=by)


def withdraw(request: AccessRequest) -> None:
    """Withdraw an own request; the evaluation is locked.

    Raises:
        RequestNotPending: when it was decided or withdrawn.
    """
    request.decide(AccessRequestStatus.WITHDRAWN, by=None)
    notices.settle_request(request)


def find_request(evaluation: Evaluation, raw_id: str) -> AccessRequest:
    """A request for access to an evaluation.

    Raises:
        AccessRequestNotFound: when there is none.
    """
    requests = evaluation.access_requests.select_related("requester")
    request = requests.filter(pk=ids.parse(raw_id) or "").first()
    if request is None:
        raise AccessRequestNotFound
    return request


def pending_for(evaluation: Evaluation) -> QuerySet[AccessRequest]:
    """The requests for access to an evaluation that wait for a decision."""
    return evaluation.access_requests.filter(status=AccessRequestStatus.PENDING).select_related(
        "requester"
    )


def inbox(principal: Principal) -> QuerySet[AccessRequest]:
    """The requests that wait for a caller's decision."""
    return managed(principal).filter(status=AccessRequestStatus.PENDING)


def managed(principal: Principal) -> QuerySet[AccessRequest]:
    """All requests for evaluations that a caller is an Admin of, by the team or by a share."""
    teams = [team for team, role in principal.roles.items() if role.includes(Role.ADMIN)]
    owned = Share.objects.filter(user=principal.user, permission=SharePermission.OWNER)
    if principal.is_bearer:
        owned = owned.filter(evaluation__team__in=principal.roles)
    return AccessRequest.objects.filter(
        Q(evaluation__team__in=teams) | Q(evaluation__in=owned.values("evaluation_id"))
    )


def find_own(principal: Principal, raw_evaluation: str) -> AccessRequest:
    """The caller's pending request for an evaluation.

    Raises:
        AccessRequestNotFound: when there is none.
    """
    own = _own(principal, raw_evaluation).filter(status=AccessRequestStatus.PENDING)
    request = own.first()
    if request is None:
        raise AccessRequestNotFound
    return request


def lock_own(principal: Principal, raw_evaluation: str, raw_id: str) -> AccessRequest:
    """A request of the caller, while its evaluation is locked.

    Raises:
        AccessRequestNotFound: when there is none.
    """
    own = _own(principal, raw_evaluation).filter(pk=ids.parse(raw_id) or "")
    evaluations = Evaluation.objects.bare().locked()
    evaluation = evaluations.filter(pk__in=own.values("evaluation_id")).first()
    if evaluation is None:
        raise AccessRequestNotFound
    return find_request(evaluation, raw_id)


def _own(principal: Principal, raw_evaluation: str) -> QuerySet[AccessRequest]:
    """The requests of a caller for an evaluation; a key's are those within its team."""
    own = AccessRequest.objects.filter(
        requester=principal.user, evaluation=ids.parse(raw_evaluation) or ""
    ).select_related("requester")
    return own.filter(evaluation__team__in=principal.roles) if principal.is_bearer else own
