"""The routes of requests for access."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.rest.lists import Listing, ListView
from api.rest.objects import ObjectView, Reading
from api.rest.pagination import Place
from api.rest.views import ApiView
from api.writes.idempotency import idempotent
from evaluations.models import AccessRequest, Evaluation
from evaluations.rest.share_serializers import (
    AccessRequestCreateSerializer,
    AccessRequestSerializer,
)
from evaluations.sharing import access_requests
from evaluations.studies.access import find_evaluation, require_role_in
from teams.auth.principals import principal_of
from teams.models import Role

EMPTY = {"application/json": {"type": "object"}}


@extend_schema(tags=["Access requests"])
class AccessRequestListView(ApiView):
    """Asking for access to an evaluation."""

    write_scope = "evaluations:read"
    reply_is_personal = True

    def authorize(self, request: Request, id: str) -> Evaluation:
        """The evaluation, locked, for a person who may not see it."""
        return access_requests.find_to_ask_for(principal_of(request), id)

    @extend_schema(
        operation_id="postEvaluationsIdAccessRequests",
        summary="Ask for access",
        request=AccessRequestCreateSerializer,
        responses={201: AccessRequestSerializer},
        extensions={"x-role": "any signed-in person"},
    )
    @idempotent
    def post(self, request: Request, evaluation: Evaluation) -> Response:
        """Ask the people who manage the evaluation.

        They are notified, and you are notified of
        their decision.

        Asking again while a request waits gives that request.
        """
        values = AccessRequestCreateSerializer.parse(request.data)
        made = access_requests.request_access(
            evaluation=evaluation,
            requester=principal_of(request).user,
            message=values.get("message"),
        )
        return Response(AccessRequestSerializer.render(made), status=201)


@extend_schema(tags=["Access requests"])
class MyAccessRequestView(ObjectView):
    """The caller's own open request."""

    read_scope = "evaluations:read"

    reading = Reading(
        operation_id="getEvaluationsIdAccessRequestsMine",
        summary="Get your open request",
        description="404 if no request waits for a decision.",
        serializer=AccessRequestSerializer,
    )

    def find(self, request: Request, id: str) -> AccessRequest:
        """The pending request of the caller."""
        return access_requests.find_own(principal_of(request), id)


@extend_schema(tags=["Access requests"])
class InboxView(ListView):
    """The requests that the caller may decide."""

    read_scope = "evaluations:read"

    listing = Listing(
        operation_id="getAccessRequestsInbox",
        summary="List requests to decide",
        description="Newest first: the pending ones for evaluations that you manage.",
        serializer=AccessRequestSerializer,
    )

    def rows(self, request: Request) -> QuerySet[AccessRequest]:
        """Pending requests for evaluations that the caller is an Admin of."""
        return access_requests.inbox(principal_of(request))

    def selected(self, rows: QuerySet[AccessRequest], request: Request) -> QuerySet[AccessRequest]:
        """All of them, with the people who ask."""
        return rows.select_related("requester")

    def place(self, rows: QuerySet[AccessRequest], cursor: str) -> Place | None:
        """Where a request is in the list, or was before it was decided."""
        managed = access_requests.managed(principal_of(self.request))
        found = managed.filter(pk=ids.parse(cursor) or "")
        return found.values_list("created_at", "pk").first()


class _DecisionView(ApiView):
    """Base of the two decisions."""

    write_scope = "evaluations:write"

    def authorize(self, request: Request, id: str, requestId: str) -> AccessRequest:
        """The request, while the evaluation is locked, for those who manage it."""
        evaluation = find_evaluation(principal_of(request), id, lock=True, whole=False)
        require_role_in(principal_of(request), evaluation, Role.ADMIN)
        return access_requests.find_request(evaluation, requestId)


@extend_schema(tags=["Access requests"])
class ApproveView(_DecisionView):
    """Approving a request."""

    @extend_schema(
        operation_id="postEvaluationsIdAccessRequestsRequestIdApprove",
        summary="Approve a request",
        request=EMPTY,
        responses={200: AccessRequestSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def post(self, request: Request, asked: AccessRequest) -> Response:
        """Give the person a VIEWER share."""
        access_requests.approve(asked, by=principal_of(request).user)
        return Response(AccessRequestSerializer.render(asked))


@extend_schema(tags=["Access requests"])
class DeclineView(_DecisionView):
    """Declining a request."""

    @extend_schema(
        operation_id="postEvaluationsIdAccessRequestsRequestIdDecline",
        summary="Decline a request",
        request=EMPTY,
        responses={200: AccessRequestSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def post(self, request: Request, asked: AccessRequest) -> Response:
        """Refuse; the person is told."""
        access_requests.decline(asked, by=principal_of(request).user)
        return Response(AccessRequestSerializer.render(asked))


@extend_schema(tags=["Access requests"])
class WithdrawView(ApiView):
    """Withdrawing an own request."""

    write_scope = "evaluations:read"
    reply_is_personal = True

    def authorize(self, request: Request, id: str, requestId: str) -> AccessRequest:
        """The caller's own request, while the evaluation is locked."""
        return access_requests.lock_own(principal_of(request), id, requestId)

    @extend_schema(
        operation_id="postEvaluationsIdAccessRequestsRequestIdWithdraw",
        summary="Withdraw your request",
        request=EMPTY,
        responses={200: AccessRequestSerializer},
        extensions={"x-role": "the requester"},
    )
    @idempotent
    def post(self, request: Request, asked: AccessRequest) -> Response:
        """Take it back, before it is decided."""
        access_requests.withdraw(asked)
        return Response(AccessRequestSerializer.render(asked))
