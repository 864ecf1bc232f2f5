"""The audit log: the operators' page of changes made by operators."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, display


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What operators did in this admin."""

    list_display = ("at", "who", "what", "kind", "message")
    list_filter = ("action_flag",)
    list_select_related = ("user", "content_type")
    search_fields = ("object_id", "user__email__istartswith")
    search_help_text = "Id of the changed row, or address of the operator"
    fields = ("action_time", "user", "content_type", "object_id", "object_repr", "message")

    @display(description="when")
    def at(self, entry: LogEntry) -> str:
        """When it was done."""
        return cells.moment(entry.action_time)

    @display(description="who")
    def who(self, entry: LogEntry) -> str:
        """The operator."""
        return cells.link(entry.user)

    @display(description="what")
    def what(self, entry: LogEntry) -> str:
        """The changed row."""
        url = entry.get_admin_url()
        text = entry.object_repr or str(entry.object_id)
        return cells.cut(text, 60) if entry.is_deletion() or not url else cells.anchor(url, text)

    @display(description="kind")
    def kind(self, entry: LogEntry) -> str:
        """The model of the changed row."""
        return str(entry.content_type.name) if entry.content_type else cells.EMPTY

    @display(description="change")
    def message(self, entry: LogEntry) -> str:
        """What was done."""
        return cells.cut(entry.get_change_message() or entry.get_action_flag_display(), 60)
