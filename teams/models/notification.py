"""Notifications: what a person is told, on the pages and by mail."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from api.database.fields import CuidField
from teams.models.people import User
from teams.models.team import Team
from teams.models.tenancy import TenantQuerySet


class NotificationKind(models.TextChoices):
    """What a notification is about. The label is the subject of its mail.

    A subject is a header, so it holds no text written by users.
    """

    SHARED = "evaluation.shared", "A study was shared with you"
    HANDED_OVER = "evaluation.handed_over", "A study was handed over to you"
    INVITE_ACCEPTED = "evaluation.invite_accepted", "Your invite to a study was accepted"
    ACCESS_REQUESTED = "evaluation.access_requested", "Somebody asks for access to a study"
    ACCESS_APPROVED = "evaluation.access_approved", "You have access to a study"
    ACCESS_DECLINED = "evaluation.access_declined", "Your request for access was declined"

    @property
    def why(self) -> str:
        """The reason why the person gets its mail."""
        return WHY[self]


_ASKED = "You get this mail because you asked for access."
WHY = {
    NotificationKind.SHARED: "You get this mail because somebody gave you access.",
    NotificationKind.HANDED_OVER: "You get this mail because somebody made you the owner.",
    NotificationKind.INVITE_ACCEPTED: "You get this mail because you sent the invite.",
    NotificationKind.ACCESS_REQUESTED: "You get this mail because you can decide about access.",
    NotificationKind.ACCESS_APPROVED: _ASKED,
    NotificationKind.ACCESS_DECLINED: _ASKED,
}


class Notification(models.Model):
    """A message to a person, unread at first.

    `team` is the team that it is about; a key of another team does not see it.
    """

    KEPT = timedelta(days=90)

    id = CuidField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="notifications", db_index=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40, choices=NotificationKind.choices)
    text = models.TextField(help_text="One or two sentences of plain text.")
    link = models.CharField(max_length=200, help_text="The path of the page about it.")
    about = models.CharField(
        max_length=25, help_text="The id of the evaluation, or of the request for access."
    )
    mail_due = models.BooleanField(default=False, help_text="Whether its mail is to be sent.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TenantQuerySet["Notification"].as_manager()

    class Meta:
        indexes: ClassVar = [
            # GET /notifications: newest first.
            models.Index(fields=["user", "-created_at", "-id"], name="notification_list"),
            # The number of unread ones in the bar of the pages, and settling them.
            models.Index(fields=["about"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=["id"], condition=Q(mail_due=True), name="notification_mail_due"),
            models.Index(fields=["created_at"], name="notification_age"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=NotificationKind.values), name="notification_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.user}"
