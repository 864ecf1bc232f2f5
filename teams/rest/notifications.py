"""The routes of notifications."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.fields import Moment, Text
from api.rest.lists import Listing, ListView
from api.rest.shapes import Shape
from api.rest.views import ApiView
from api.writes.idempotency import idempotent
from teams.auth.principals import principal_of
from teams.models import Notification, NotificationKind
from teams.people import notifications


class NotificationSerializer(Shape):
    """Something that a person is told."""

    id = Text(help_text="The notification.")
    userId = Text(source="user_id", help_text="The person who is told.")
    type = Text(source="kind", help_text=f"What it is about: {', '.join(NotificationKind.values)}.")
    createdAt = Moment(source="created_at", help_text="Time of the change.")
    readAt = Moment(source="read_at", allow_null=True, required=False, help_text="Time of reading.")
    teamId = Text(source="team_id", required=False, help_text="The team that it is about.")
    text = Text(required=False, help_text="One or two sentences of plain text.")
    link = serializers.URLField(required=False, help_text="The page about it.")

    def to_representation(self, instance: Notification) -> dict[str, Any]:
        """With the whole address of the page."""
        body = super().to_representation(instance)
        return {**body, "link": f"{settings.PUBLIC_URL}{instance.link}"}


@extend_schema(tags=["Notifications"])
class NotificationListView(ListView):
    """What the caller was told."""

    listing = Listing(
        operation_id="getNotifications",
        summary="List notifications",
        description=(
            "Your own, newest first, for 90 days. A key lists those about its team, to the person "
            "who made it."
        ),
        serializer=NotificationSerializer,
    )

    def rows(self, request: Request) -> QuerySet[Notification]:
        """The notifications of the caller."""
        return notifications.notifications_of(principal_of(request))


@extend_schema(tags=["Notifications"])
class NotificationReadView(ApiView):
    """Noting that a notification was read."""

    reply_is_personal = True

    def authorize(self, request: Request, id: str) -> Notification:
        """One of the caller's notifications."""
        return notifications.find_notification(principal_of(request), id)

    @extend_schema(
        operation_id="postNotificationsIdRead",
        summary="Mark a notification as read",
        request={"application/json": {"type": "object"}},
        responses={200: NotificationSerializer},
        extensions={"x-role": "its person"},
    )
    @idempotent
    def post(self, request: Request, notification: Notification) -> Response:
        """It keeps the time of the first reading."""
        notifications.mark_read(notification)
        return Response(NotificationSerializer.render(notification))
