"""The operators' pages of invitations and of daily counts."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, display
from api.admin.lists import NewestRelatedFilter
from teams.models import DailyCount, Invitation
from teams.people import invitations


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations to teams. The secret of the mail is never shown."""

    list_display = ("email", "team_link", "role", "sender", "state", "ends")
    list_filter = ("role", ("team", NewestRelatedFilter))
    list_select_related = ("team", "invited_by")
    search_fields = ("pk", "team", "email__istartswith", "invited_by__email__istartswith")
    search_help_text = "Id, id of the team, or address of either side"
    fields = ("id", "team", "email", "role", "invited_by", "state", "created_at", "expires_at")
    actions = ("withdraw",)
    page_actions = ("withdraw",)

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        """Operators who may change memberships may withdraw invitations."""
        return bool(request.user.has_perm("teams.delete_invitation"))

    @admin.action(description="Withdraw", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, rows: QuerySet[Invitation]) -> None:
        """End invitations, as the API does."""
        found = list(rows)
        for invitation in found:
            with self.change(request) as note:
                note(invitation, "Withdrawn.")
                invitations.decline(invitation)
        self.report(request, f"Withdrawn: {len(found)}.", [])

    @display(description="team")
    def team_link(self, invitation: Invitation) -> str:
        """The team it is to."""
        return cells.link(invitation.team)

    @display(description="from")
    def sender(self, invitation: Invitation) -> str:
        """Who invites."""
        return cells.link(invitation.invited_by)

    @display(description="state", label={"pending": "info", "over": "warning"})
    def state(self, invitation: Invitation) -> str:
        """Whether its time is over."""
        return "over" if invitation.expires_at <= timezone.now() else "pending"

    @display(description="ends")
    def ends(self, invitation: Invitation) -> str:
        """Until when it can be accepted."""
        return cells.moment(invitation.expires_at)


@admin.register(DailyCount)
class DailyCountAdmin(ReadOnlyAdmin):
    """Daily counts of limited actions: invitations mailed, teams made."""

    list_display = ("day", "what", "count")
    search_fields = ("pk", "what__icontains")
    search_help_text = "Id, or part of what is counted, for example the id of a person"
    fields = ("id", "day", "what", "count")
