"""The event log and the counter of its `sequence`."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from api.database.fields import CuidField
from teams.models import Caller, Team, TenantQuerySet

EVENT_PREFIX = "event_"
TEST_EVENT_PREFIX = "event_test_"


class EventCounter(models.Model):
    """The last `sequence` of a team's events.

    The row is locked from the use of a number until that transaction ends. So the numbers
    are in the order of commits and have no gaps.
    """

    team = models.OneToOneField(Team, models.CASCADE, primary_key=True, related_name="+")
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "event counter"

    def __str__(self) -> str:
        return f"{self.team_id}: {self.last}"


class EventQuerySet(TenantQuerySet["WebhookEvent"]):
    """Reads of the event log."""

    def visible_to(self, caller: Caller) -> Self:
        """The events that a caller may see."""
        return self.in_teams_of(caller).filter(synthetic=False)

    def kept(self) -> bool:
        """Lock the events against removal; returns whether there are any.

        Waits for a removal that is under way.
        """
        return bool(self.select_for_update(no_key=True).values_list("pk"))


class WebhookEvent(models.Model):
    """One state change. Rows are never changed.

    `transition` numbers the changes of one object. It is unique together with the type and
    the object's id; this constraint guarantees exactly one event per state change. There is
    no foreign key to the object, which may be deleted later.
    """

    id = CuidField(primary_key=True, prefix=EVENT_PREFIX, max_length=40)
    # `event_sequence_once` below begins with the team.
    team = models.ForeignKey(Team, models.CASCADE, related_name="+", db_index=False)
    type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=40)
    transition = models.PositiveIntegerField(default=0)
    sequence = models.PositiveBigIntegerField(
        null=True, help_text="1, 2, 3, … within the team; synthetic events have none."
    )
    synthetic = models.BooleanField(default=False, help_text="Made by a test, and not in the log.")
    api_version = models.CharField(max_length=32)
    payload = models.BinaryField(help_text="The bytes that are sent, every time.")
    request_id = models.CharField(max_length=36, null=True)  # noqa: DJ001 - null: background work
    idempotency_key = models.CharField(max_length=255, null=True)  # noqa: DJ001 - null: none sent
    created_at = models.DateTimeField(default=timezone.now)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "event"
        indexes: ClassVar = [
            # Retention: a team's oldest events. Ids are in the order of time.
            models.Index(fields=["team", "id"], name="event_oldest"),
            # Support: what a request caused. Background work has no request.
            models.Index(
                fields=["request_id"],
                name="event_request",
                condition=models.Q(request_id__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["object_id", "type", "transition"], name="event_once_per_change"
            ),
            models.UniqueConstraint(fields=["team", "sequence"], name="event_sequence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id}"
