"""The operators' page of notifications."""

from django.contrib import admin

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, display
from teams.models import Notification


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """What people were told, and whether its mail was sent."""

    list_display = ("id", "kind", "user_link", "mail_due", "is_read", "made")
    list_filter = ("kind", "mail_due")
    list_select_related = ("user",)
    search_fields = ("pk", "user", "user__email__istartswith", "about")
    search_help_text = "Id, id or address of the person, or id of the evaluation or request"
    fields = ("id", "kind", "user", "team", "text", "link", "mail_due", "created_at", "read_at")

    @display(description="person")
    def user_link(self, notification: Notification) -> str:
        """Who is told."""
        return cells.link(notification.user)

    @display(description="read", boolean=True)
    def is_read(self, notification: Notification) -> bool:
        """Whether the person has read it."""
        return notification.read_at is not None

    @display(description="made")
    def made(self, notification: Notification) -> str:
        """When it was made."""
        return cells.moment(notification.created_at)
