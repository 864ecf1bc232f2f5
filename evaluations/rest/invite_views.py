"""The routes of invites."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from api.rest.lists import Listing
from api.rest.objects import ObjectView, Removal
from api.writes.idempotency import idempotent
from evaluations.models import Evaluation, Share, SharePermission
from evaluations.rest.share_serializers import (
    ACCEPTED,
    DECLINED,
    INVITE_PERMISSIONS,
    PENDING,
    WITHDRAWN,
    InviteCreateSerializer,
    InviteSerializer,
    InviteUpdateSerializer,
)
from evaluations.rest.share_views import SHARERS, SharingListView
from evaluations.sharing import invites, services
from evaluations.sharing.rights import require_to_give
from evaluations.studies.access import find_evaluation, require_role_in
from teams.auth.principals import Principal, principal_of
from teams.models import Role

ANSWERS = (ACCEPTED, DECLINED)


@extend_schema(tags=["Invites"])
class InviteListView(SharingListView):
    """The addresses that were invited to an evaluation, and inviting more."""

    listing = Listing(
        operation_id="getEvaluationsIdInvites",
        summary="List invites",
        description=(
            "Those that can be accepted, newest first. A pending share with the permission OWNER "
            "is only in the list of shares."
        ),
        serializer=InviteSerializer,
    )

    def rows(self, request: Request, id: str) -> QuerySet[Share]:
        """The invites that can still be accepted."""
        return self.shares(request, id).pending().filter(permission__in=INVITE_PERMISSIONS)

    def render(self, row: Share) -> dict[str, Any]:
        """An invite."""
        return InviteSerializer.reply(row)

    @extend_schema(
        operation_id="postEvaluationsIdInvites",
        summary="Invite by email",
        request=InviteCreateSerializer,
        responses={201: InviteSerializer},
        extensions={"x-role": SHARERS},
    )
    @idempotent
    def post(self, request: Request, evaluation: Evaluation) -> Response:
        """Mail an address. It becomes a share when the owner of the address accepts.

        Inviting an address again gives the invite more time, and sends another mail.
        """
        principal, values = principal_of(request), InviteCreateSerializer.parse(request.data)
        permission = SharePermission(values["permission"])
        held = invites.invite_of(evaluation, values["email"])
        require_to_give(principal, evaluation, permission, held=held)
        share = invites.invite(
            evaluation=evaluation,
            email=values["email"],
            permission=permission,
            by=principal.user,
        )
        return Response(InviteSerializer.reply(share), status=201)


@extend_schema(tags=["Invites"])
class InviteView(ObjectView):
    """One invite."""

    write_scope = "evaluations:write"
    reply_is_personal = True

    removal = Removal(
        operation_id="deleteEvaluationsIdInvitesInviteId",
        summary="Withdraw an invite",
        description="End it. Its mail, if it was sent already, leads to a page that says so.",
        role="Admin+",
    )

    def authorize(self, request: Request, id: str, inviteId: str) -> Share:
        """The invite, while the evaluation is locked: its addressee answers, Admins change it."""
        principal = principal_of(request)
        if _is_answer(request) and not principal.is_bearer:
            offered = invites.lock_offered(principal.user, id, inviteId)
            if offered is not None:
                return offered
        evaluation = find_evaluation(principal, id, lock=True, whole=False)
        require_role_in(principal, evaluation, Role.ADMIN)
        return invites.find_invite(evaluation, inviteId)

    @extend_schema(
        operation_id="patchEvaluationsIdInvitesInviteId",
        summary="Change or answer an invite",
        request=InviteUpdateSerializer,
        responses={200: InviteSerializer},
        extensions={"x-role": "Admin+; the addressee for accepted and declined"},
    )
    @idempotent
    def patch(self, request: Request, invite: Share) -> Response:
        """Admins change `permission`, or set `status` to `withdrawn`.

        A signed-in person with the address of the invite sets it to `accepted` or `declined`.
        """
        values = InviteUpdateSerializer.parse(request.data)
        status, shown = values.get("status", PENDING), InviteSerializer.reply(invite)
        if status in ANSWERS:
            _answer(principal_of(request), invite, status)
        elif status == WITHDRAWN:
            invites.withdraw_invite(invite)
        elif "permission" in values:
            services.change_share(invite, SharePermission(values["permission"]))
            shown = InviteSerializer.reply(invite)
        return Response({**shown, "status": status})

    def remove(self, found: Share) -> None:
        """Withdraw the invite."""
        invites.withdraw_invite(found)


def _is_answer(request: Request) -> bool:
    return (
        request.method == "PATCH"
        and isinstance(request.data, dict)
        and request.data.get("status") in ANSWERS
    )


def _answer(principal: Principal, invite: Share, status: str) -> None:
    """Accept or decline; only the person with the address may.

    Raises:
        ValidationError: when somebody else tries.
        InviteNotFound: when it is over.
    """
    if principal.is_bearer or not invites.is_addressed_to(invite, principal.user):
        raise ValidationError(
            {"status": "Only the person with the invited address, signed in, answers an invite."}
        )
    if status == ACCEPTED:
        invites.accept_invite(invite_id=invite.pk, user=principal.user)
    else:
        invites.decline_invite(invite_id=invite.pk)
