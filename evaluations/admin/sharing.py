"""The operators' pages of shares and of requests for access."""

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, display
from evaluations.models import AccessRequest, Evaluation, Share
from evaluations.sharing.services import revoke_share


@admin.register(Share)
class ShareAdmin(ReadOnlyAdmin):
    """People outside the team who may see an evaluation. The secret of a mail is never shown."""

    list_display = ("whom", "evaluation_link", "permission", "state", "granted_by", "created")
    list_filter = ("permission",)
    list_select_related = ("evaluation", "user", "granted_by")
    search_fields = ("pk", "evaluation", "user", "user__email__istartswith", "email__istartswith")
    search_help_text = "Id, id of the evaluation or person, or address"
    fields = (
        "id",
        "evaluation",
        "user",
        "email",
        "permission",
        "state",
        "granted_by",
        "created_at",
        "expires_at",
    )
    actions = ("revoke",)
    page_actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Operators who may delete shares may revoke them."""
        return bool(request.user.has_perm("evaluations.delete_share"))

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, rows: QuerySet[Share]) -> None:
        """End shares and invites, as the API does."""
        revoked = 0
        for pk in rows.values_list("pk", flat=True):
            with self.change(request) as note, transaction.atomic():
                share = _locked(pk)
                if share is not None:
                    note(share, "Revoked.")
                    revoke_share(share)
                    revoked += 1
        self.report(request, f"Revoked: {revoked}.", [])

    @display(description="whom")
    def whom(self, share: Share) -> str:
        """The address of the holder, or of the invite."""
        return share.address

    @display(description="evaluation")
    def evaluation_link(self, share: Share) -> str:
        """What is shared."""
        return cells.link(share.evaluation)

    @display(
        description="state", label={"granted": "success", "pending": "info", "over": "warning"}
    )
    def state(self, share: Share) -> str:
        """Granted, or an invite."""
        if share.expires_at is None:
            return "granted"
        return "over" if share.expires_at <= timezone.now() else "pending"

    @display(description="created")
    def created(self, share: Share) -> str:
        """When it was granted or offered."""
        return cells.moment(share.created_at)


@admin.register(AccessRequest)
class AccessRequestAdmin(ReadOnlyAdmin):
    """Requests for access to evaluations, and the decisions."""

    list_display = ("requester", "evaluation_link", "status", "decided_by", "created")
    list_filter = ("status",)
    list_select_related = ("evaluation", "requester", "decided_by")
    search_fields = ("pk", "evaluation", "requester", "requester__email__istartswith")
    search_help_text = "Id, id of the evaluation or person, or address"
    fields = (
        "id",
        "evaluation",
        "requester",
        "message",
        "status",
        "decided_by",
        "created_at",
        "decided_at",
    )

    @display(description="evaluation")
    def evaluation_link(self, request: AccessRequest) -> str:
        """What is asked for."""
        return cells.link(request.evaluation)

    @display(description="created")
    def created(self, request: AccessRequest) -> str:
        """When it was made."""
        return cells.moment(request.created_at)


def _locked(pk: str) -> Share | None:
    """A share, while its evaluation is locked; None if it is gone."""
    shares = Share.objects.filter(pk=pk)
    Evaluation.objects.bare().locked().filter(pk__in=shares.values("evaluation")).first()
    return shares.select_related("evaluation").first()
