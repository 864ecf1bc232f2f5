"""The routes of shares."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.models import DeletedRow
from api.rest.lists import Listing, ListView
from api.rest.objects import ObjectView, Removal
from api.rest.pagination import Place
from api.writes.idempotency import idempotent
from evaluations.models import Evaluation, Share, SharePermission, ShareQuerySet
from evaluations.rest.share_serializers import (
    ShareCreateSerializer,
    ShareSerializer,
    ShareUpdateSerializer,
)
from evaluations.sharing import services
from evaluations.sharing.invites import share_with_address
from evaluations.sharing.people import find_person
from evaluations.sharing.rights import needed_to_share, require_to_give
from evaluations.studies.access import find_evaluation, require_role_in
from teams.auth.principals import principal_of
from teams.models import Role

SHARERS = "Admin+; Editor+ while editorsCanShare is true"


class SharingListView(ListView):
    """Base of the lists of an evaluation's shares and invites: Admins see them."""

    read_scope = "evaluations:read"
    write_scope = "evaluations:write"
    evaluation: Evaluation

    def shares(self, request: Request, id: str) -> ShareQuerySet:
        """All shares of an evaluation that the caller manages."""
        self.evaluation = find_evaluation(principal_of(request), id, whole=False)
        require_role_in(principal_of(request), self.evaluation, Role.ADMIN)
        return self.evaluation.shares.all()

    def selected(self, rows: QuerySet[Share], request: Request) -> QuerySet[Share]:
        """All of them, with their holders."""
        return rows.select_related("user")

    def place(self, rows: QuerySet[Share], cursor: str) -> Place | None:
        """Where a share is in the list, or was until it was revoked or its invite ended."""
        pk = ids.parse(cursor) or ""
        present = self.evaluation.shares.filter(pk=pk).values_list("created_at", "pk")
        name = services.list_name(self.evaluation.pk)
        gone = DeletedRow.objects.filter(pk=pk, resource=name)
        return present.first() or gone.values_list("sort_at", "pk").first()

    def authorize(self, request: Request, id: str) -> Evaluation:
        """The evaluation, locked, for those who may share it."""
        evaluation = find_evaluation(principal_of(request), id, lock=True, whole=False)
        require_role_in(principal_of(request), evaluation, needed_to_share(evaluation))
        return evaluation


@extend_schema(tags=["Shares"])
class ShareListView(SharingListView):
    """The people with whom an evaluation is shared, and sharing it with more."""

    mirrored_methods = frozenset({"POST"})

    listing = Listing(
        operation_id="getEvaluationsIdShares",
        summary="List shares",
        description="Newest first, with those that wait to be accepted.",
        serializer=ShareSerializer,
    )

    def rows(self, request: Request, id: str) -> QuerySet[Share]:
        """Granted shares, and invites that can still be accepted."""
        return self.shares(request, id).listed()

    def render(self, row: Share) -> dict[str, Any]:
        """A share."""
        return ShareSerializer.reply(row)

    @extend_schema(
        operation_id="postEvaluationsIdShares",
        summary="Grant a share",
        request=ShareCreateSerializer,
        responses={201: ShareSerializer},
        extensions={"x-role": SHARERS},
    )
    @idempotent
    def post(self, request: Request, evaluation: Evaluation) -> Response:
        """Share with a person; the holder of a share gets the new permission.

        A person is named by their id, or by an address. With people of your teams the share counts
        at once. Any other address gets a mail, and the share is pending until it accepts.
        """
        principal, values = principal_of(request), ShareCreateSerializer.parse(request.data)
        permission: SharePermission = values["permission"]
        if "email" in values:
            share = share_with_address(
                principal=principal,
                evaluation=evaluation,
                email=values["email"],
                permission=permission,
            )
        else:
            person = find_person(principal, evaluation, values["userId"])
            require_to_give(
                principal, evaluation, permission, held=services.share_of(evaluation, person)
            )
            share = services.grant_share(
                evaluation=evaluation, user=person, permission=permission, by=principal.user
            )
        return Response(ShareSerializer.reply(share), status=201)


@extend_schema(tags=["Shares"])
class ShareView(ObjectView):
    """One share."""

    write_scope = "evaluations:write"

    removal = Removal(
        operation_id="deleteEvaluationsIdSharesShareId",
        summary="Revoke a share",
        description="End a share at once, or withdraw one that is pending.",
        role="Admin+",
    )

    def authorize(self, request: Request, id: str, shareId: str) -> Share:
        """The share, while the evaluation is locked, for those who manage it."""
        principal = principal_of(request)
        evaluation = find_evaluation(principal, id, lock=True, whole=False)
        require_role_in(principal, evaluation, Role.ADMIN)
        share = services.find_share(evaluation, shareId)
        self.lowers_own_rights = share.user_id == principal.person
        return share

    @extend_schema(
        operation_id="patchEvaluationsIdSharesShareId",
        summary="Change a share",
        request=ShareUpdateSerializer,
        responses={200: ShareSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def patch(self, request: Request, share: Share) -> Response:
        """Give it another permission, also while it is pending."""
        values = ShareUpdateSerializer.parse(request.data)
        services.change_share(share, SharePermission(values["permission"]))
        return Response(ShareSerializer.reply(share))

    def remove(self, found: Share) -> None:
        """End the share."""
        services.revoke_share(found)
