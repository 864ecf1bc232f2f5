"""The pages of the rows that `api` itself keeps."""

from django.contrib import admin

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, display
from api.admin.lists import SinceFilter
from api.models import DeletedRow, EncryptionKey, Heartbeat, IdempotencyRecord


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    """Which idempotency keys are taken. The stored reply is never shown: it may hold a secret."""

    never_shown = ("body",)
    list_display = ("key", "owner", "status", "request_id", "made")
    list_filter = (SinceFilter,)
    search_fields = ("pk", "key", "owner__startswith")
    search_help_text = "Key, id, or team:… / user:…"
    fields = ("id", "owner", "key", "status", "request_id", "fingerprint", "created_at")

    @display(description="made")
    def made(self, record: IdempotencyRecord) -> str:
        """The time of its first use."""
        return cells.moment(record.created_at)


@admin.register(DeletedRow)
class DeletedRowAdmin(ReadOnlyAdmin):
    """Rows deleted in the last day, and their places in their lists."""

    list_display = ("id", "resource", "team", "gone")
    list_filter = ("resource",)
    search_fields = ("pk", "team_id")
    search_help_text = "Id, or id of the team"
    ordering = ("-deleted_at",)

    @display(description="team")
    def team(self, row: DeletedRow) -> str:
        """The team it belonged to."""
        return cells.link_to("teams.team", row.team_id)

    @display(description="deleted")
    def gone(self, row: DeletedRow) -> str:
        """When it was deleted."""
        return cells.moment(row.deleted_at)


@admin.register(EncryptionKey)
class EncryptionKeyAdmin(ReadOnlyAdmin):
    """The encryption keys that stored values need, by their fingerprints."""

    list_display = ("number", "fingerprint", "since")
    search_fields = ("fingerprint__iexact",)
    search_help_text = "Fingerprint"


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """The processes of the server, by their heartbeats."""

    list_display = ("name", "kind", "version", "started", "beat")
    search_fields = ("pk",)
    search_help_text = "Name: kind@host:process number"
    ordering = ("name",)

    @display(description="started")
    def started(self, process: Heartbeat) -> str:
        """The time of its first heartbeat."""
        return cells.moment(process.started_at)

    @display(description="last heartbeat")
    def beat(self, process: Heartbeat) -> str:
        """The time of its last heartbeat."""
        return cells.moment(process.beat_at)
