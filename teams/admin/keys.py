"""The operators' pages of API keys."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, display
from api.admin.lists import NewestRelatedFilter
from teams.models import ApiKey


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys, told apart by their prefix; they are made by their owners, and revoked here."""

    never_shown = ("digest",)
    list_display = ("name", "prefix", "team_link", "user_link", "state", "last_use", "made")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), ("team", NewestRelatedFilter))
    list_select_related = ("user", "team")
    search_fields = (
        "pk",
        "team",
        "prefix__startswith",
        "name__icontains",
        "user__email__istartswith",
    )
    search_help_text = "Id, prefix, name, or its maker's address"
    fields = (
        "id",
        "name",
        "prefix",
        "team",
        "user",
        "scope_list",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
        "last_used_address",
        "requests",
    )
    actions = ("revoke",)
    page_actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Revoking has a permission of its own."""
        return bool(request.user.has_perm("teams.revoke_apikey"))

    @admin.action(description="Revoke, for good", permissions=["revoke"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """Revoke keys; one that is revoked already keeps its date."""
        live = [key for key in keys if key.revoked_at is None]
        for key in live:
            with self.change(request) as note:
                key.revoke()
                note(key, "Revoked.")
        self.report(request, f"Revoked: {len(live)}.", _already(len(keys) - len(live)))

    @display(description="scopes")
    def scope_list(self, key: ApiKey) -> str:
        """What it may do."""
        return " ".join(key.scopes) or cells.EMPTY

    @display(description="team")
    def team_link(self, key: ApiKey) -> str:
        """The team it acts on."""
        return cells.link(key.team)

    @display(description="maker")
    def user_link(self, key: ApiKey) -> str:
        """The person it acts as."""
        return cells.link(key.user)

    @display(description="requests")
    def requests(self, key: ApiKey) -> str:
        """What it was used for, as far as the request log goes."""
        kept = {"team_id": key.team_id, "key_prefix": key.prefix}
        return cells.link_to_list("api.requestlog", "Show", **kept)

    @display(
        description="state", label={"live": "success", "expired": "warning", "revoked": "danger"}
    )
    def state(self, key: ApiKey) -> str:
        """Whether it still works, as far as the key itself goes."""
        if key.revoked_at is not None:
            return "revoked"
        return "expired" if key.is_expired(timezone.now()) else "live"

    @display(description="last used")
    def last_use(self, key: ApiKey) -> str:
        """When it was used last, to the minute."""
        return cells.moment(key.last_used_at)

    @display(description="made")
    def made(self, key: ApiKey) -> str:
        """When it was made."""
        return cells.moment(key.created_at)


def _already(count: int) -> list[str]:
    return [f"Revoked before: {count}."] if count else []
