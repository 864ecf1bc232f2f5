"""The page of a person's notifications."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.exceptions import ApiError
from teams.pages.team_page import TeamPage
from teams.people import notifications

#: Notifications on the page; the API lists all.
MOST_SHOWN = 100


class NotificationsPage(TeamPage):
    """What the person was told, newest first."""

    template = "notifications.html"
    section = ""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        rows = notifications.notifications_of(self.principal).select_related("team")
        shown = list(rows.order_by("-created_at", "-pk")[:MOST_SHOWN])
        return self.show(request, rows=shown, unread=any(not row.read_at for row in shown))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Mark all as read."""
        notifications.read_all(self.principal.user)
        return redirect("notifications-page")


class OpenNotificationView(TeamPage):
    """Going to the page that a notification is about."""

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Mark it as read, and go there."""
        found = notifications.find_notification(self.principal, id)
        notifications.mark_read(found)
        return redirect(found.link)

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """Back to the list, which no longer shows a deleted notification."""
        if isinstance(error, notifications.NotificationNotFound):
            return redirect("notifications-page")
        return super().refuse(request, error)
