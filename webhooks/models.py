"""Endpoints, events, deliveries and attempts.

The rows are the queue: a delivery whose `next_attempt_at` has come is work to
do, whatever happened to the message that should have said so.
"""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.utils import timezone

from api.database.fields import CuidField, EncryptedTextField
from api.security import encryption
from teams.models import Caller, Team, TenantQuerySet, User
from webhooks.http import signing

ENDPOINT_PREFIX = "whe_"
EVENT_PREFIX = "event_"
DELIVERY_PREFIX = "whd_"
TEST_EVENT_PREFIX = "event_test_"
TEST_DELIVERY_PREFIX = "whd_test_"
SHOWN_OF_SECRET = 6  # characters after whsec_ that stay visible

#: How long the old secret stays good after a rotation.
ROTATION_WINDOW = timedelta(hours=24)


class EndpointStatus(models.TextChoices):
    """Whether new events are sent to an endpoint."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class SignatureOrder(models.TextChoices):
    """In which order the signatures of two live secrets stand in a header."""

    OLD_NEW = "old,new", "old, then new"
    NEW_OLD = "new,old", "new, then old"


class Notice(models.TextChoices):
    """What the Owner of a team is to be told about an endpoint."""

    WARNING = "warning"
    DISABLED = "disabled"


class EndpointQuerySet(TenantQuerySet["WebhookEndpoint"]):
    """Reads of endpoints."""

    def existing(self) -> Self:
        """Without the deleted ones."""
        return self.filter(deleted_at__isnull=True)

    def visible_to(self, caller: Caller) -> Self:
        """The endpoints a caller may know of."""
        return self.existing().in_teams_of(caller)

    def locked(self) -> Self:
        """Locked until the transaction ends, against changes and not against being referred to.

        A plain lock would hold up the commit of every event that is delivered there.
        """
        return self.select_for_update(of=("self",), no_key=True)


class WebhookEndpoint(models.Model):
    """An address of a customer that events are sent to.

    Deleting is soft, because deliveries refer to it: the secret is wiped and
    what is due is abandoned.
    """

    id = CuidField(primary_key=True, prefix=ENDPOINT_PREFIX)
    # `endpoint_list` below begins with the team.
    team = models.ForeignKey(Team, models.CASCADE, related_name="webhook_endpoints", db_index=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    url = models.TextField()
    description = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001 - the API tells null from ""
    enabled_events = models.JSONField(default=list)
    api_version = models.CharField(max_length=32, null=True, blank=True)  # noqa: DJ001 - null: the newest
    status = models.CharField(
        max_length=8, choices=EndpointStatus.choices, default=EndpointStatus.ENABLED
    )
    encrypted_secret = EncryptedTextField(editable=False)
    secret_prefix = models.CharField(max_length=20, editable=False)
    encrypted_previous_secret = EncryptedTextField(blank=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    signature_order = models.CharField(
        max_length=7,
        choices=SignatureOrder.choices,
        blank=True,
        editable=False,
        help_text="During a rotation: the order of signatures that the receiver last accepted.",
    )
    failures = models.PositiveIntegerField(
        default=0, editable=False, help_text="Attempts that failed since the last success."
    )
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    gone_in_a_row = models.PositiveIntegerField(
        default=0, editable=False, help_text="410 answers in a row."
    )
    warned_at_failures = models.PositiveIntegerField(
        default=0, editable=False, help_text="How many deliveries were failing at the last warning."
    )
    notice = models.CharField(
        max_length=8,
        choices=Notice.choices,
        blank=True,
        editable=False,
        help_text="The mail that the Owner is to get, and has not got yet.",
    )
    disabled_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When it was last disabled; kept when it is enabled, for catching up from there.",
    )
    disabled_reason = models.TextField(blank=True, editable=False)
    last_delivered_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_failed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = "endpoint"
        indexes: ClassVar = [
            # Fan-out: the enabled endpoints of a team.
            models.Index(
                fields=["team"],
                condition=models.Q(status=EndpointStatus.ENABLED, deleted_at__isnull=True),
                name="endpoint_fan_out",
            ),
            models.Index(fields=["team", "-created_at", "-id"], name="endpoint_list"),
            # The mails that are to be sent: hardly ever a row.
            models.Index(fields=["id"], condition=~models.Q(notice=""), name="endpoint_notice"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=EndpointStatus.values), name="endpoint_status_known"
            ),
        ]

    def __str__(self) -> str:
        return self.url

    def rotate_secret(self, now: datetime) -> str:
        """Replace the secret, and return the new one: it is shown this once. The caller saves.

        The one before stays good for a while; of one still older nothing is left.
        """
        self.encrypted_previous_secret = self.encrypted_secret
        self.previous_secret_until = now + ROTATION_WINDOW
        self.signature_order = ""  # what the receiver accepted was another pair
        return self.set_new_secret()

    def set_new_secret(self) -> str:
        """Give the endpoint a new signing secret, and return it: it is shown this once."""
        secret = signing.new_secret()
        self.encrypted_secret = encryption.encrypt(secret)
        self.secret_prefix = secret[: len(signing.SECRET_PREFIX) + SHOWN_OF_SECRET]
        return secret

    @property
    def secret(self) -> str:
        """The signing secret in clear, for signing alone."""
        return encryption.decrypt(self.encrypted_secret)

    @property
    def previous_secret(self) -> str:
        """The secret before the last rotation in clear, or nothing."""
        old = self.encrypted_previous_secret
        return encryption.decrypt(old) if old else ""


class EventCounter(models.Model):
    """The last `sequence` of a team's events.

    Its row is locked from the moment an event takes a number until that
    transaction ends. So numbers follow commits and have no gaps.
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
        """The events a caller may know of."""
        return self.in_teams_of(caller).filter(synthetic=False)

    def kept(self) -> bool:
        """Whether there are any, and keep them until the transaction ends.

        While an old event is being removed this waits for the end of that.
        """
        return bool(self.select_for_update(no_key=True).values_list("pk"))


class WebhookEvent(models.Model):
    """One state change that happened. Never altered.

    `transition` numbers the changes of one object; with the type and the
    object's id it is unique, which is what makes "exactly one event per state
    change" a fact of the database. The object may be deleted later: there is
    no foreign key to it.
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
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["object_id", "type", "transition"], name="event_once_per_change"
            ),
            models.UniqueConstraint(fields=["team", "sequence"], name="event_sequence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id}"


class DeliveryStatus(models.TextChoices):
    """How far a delivery is. A superseded one gets no further attempt: a replay took its place."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    ABANDONED = "abandoned"
    SUPERSEDED = "superseded"


class DeliveryQuerySet(TenantQuerySet["WebhookDelivery"]):
    """Reads of deliveries. Those to an endpoint that was deleted stay visible."""

    team_path = "endpoint__team_id"

    def with_status(self, status: str) -> Self:
        """Those with one status, found by an index wherever they are few."""
        found = self.filter(status=status)
        if status == DeliveryStatus.PENDING:
            return found.filter(next_attempt_at__isnull=False)  # true of all; names the index
        return found

    def with_event_type(self) -> Self:
        """With `event_type`, and without the bytes of the event."""
        return self.annotate(event_type=models.F("event__type"))

    def newest_replays(self) -> Self:
        """Those that were not replayed since: one per event and endpoint."""
        later = WebhookDelivery.objects.filter(
            event_id=models.OuterRef("event_id"),
            endpoint_id=models.OuterRef("endpoint_id"),
            replay__gt=models.OuterRef("replay"),
        )
        return self.filter(~models.Exists(later))

    def due(self, now: datetime) -> Self:
        """What may be tried now: its time has come, and nobody holds it."""
        return self.filter(next_attempt_at__lte=now).filter(
            models.Q(leased_until__isnull=True) | models.Q(leased_until__lte=now)
        )


class WebhookDelivery(models.Model):
    """An event on its way to one endpoint.

    `next_attempt_at` is null once nothing more is to be done, but for a
    superseded delivery whose request is still on its way. Whoever works on
    it holds a lease: `lease` names the claim, and after `leased_until` the row
    is due again by itself, so a worker that dies loses nothing.
    """

    id = CuidField(primary_key=True, prefix=DELIVERY_PREFIX, max_length=40)
    # Constraints and indexes below begin with these two; one index each is enough.
    event = models.ForeignKey(
        WebhookEvent, models.CASCADE, related_name="deliveries", db_index=False
    )
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries", db_index=False
    )
    replay = models.PositiveIntegerField(default=0, help_text="0, or which replay this is.")
    replays_delivery_id = models.CharField(max_length=40, blank=True)
    superseded_by_delivery_id = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="The replay that took its place.",
    )
    synthetic = models.BooleanField(default=False, help_text="Made by a test.")
    api_version = models.CharField(
        max_length=32, blank=True, help_text="The endpoint's when the event happened."
    )
    status = models.CharField(
        max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING
    )
    attempt = models.PositiveIntegerField(default=0, help_text="Attempts started so far.")
    attempt_id = models.CharField(max_length=40, blank=True, help_text="Of the newest attempt.")
    scheduled_for = models.DateTimeField(
        help_text="When the next attempt is due; once finished, when the last one was."
    )
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease = models.CharField(max_length=25, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    last_attempt_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the receiver failed it last; null again once it is delivered.",
    )
    response_status = models.PositiveIntegerField(null=True, blank=True)
    response_ms = models.PositiveIntegerField(null=True, blank=True)
    response_body = models.TextField(blank=True)
    error = models.TextField(blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        permissions: ClassVar = [("retry_webhookdelivery", "Can retry delivery")]
        indexes: ClassVar = [
            # The queue: what is due, soonest first. Finished rows are not in it.
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="delivery_due",
            ),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="delivery_of_endpoint"),
            # The same for what did not arrive, which is little and what people look for.
            models.Index(
                fields=["endpoint", "-created_at", "-id"],
                condition=models.Q(status__in=["failed", "abandoned", "superseded"]),
                name="delivery_not_arrived",
            ),
            # Auto-disable: how many of an endpoint's deliveries fail. Delivered rows are not in it.
            models.Index(
                fields=["endpoint", "failed_at"],
                condition=models.Q(failed_at__isnull=False),
                name="delivery_failing",
            ),
            # The operators' lists of what failed. Few rows are in it.
            models.Index(
                fields=["status", "-id"],
                condition=models.Q(status__in=["failed", "abandoned", "superseded"]),
                name="delivery_in_trouble",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["event", "endpoint", "replay"], name="delivery_once_per_endpoint"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=DeliveryStatus.values), name="delivery_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.status})"

    @property
    def current_attempt(self) -> int:
        """The newest attempt, or the first while that is still to come."""
        return max(1, self.attempt)


class AttemptResult(models.TextChoices):
    """How an attempt ended."""

    DELIVERED = "delivered"
    FAILED = "failed"
    LOST = "lost", "worker lost"


class WebhookAttempt(models.Model):
    """One try of one delivery: what was answered, how long it took, what went wrong."""

    id = CuidField(primary_key=True, prefix=DELIVERY_PREFIX, max_length=40)
    # Goes with its delivery, which is constrained and indexed: once is enough for every attempt.
    event = models.ForeignKey(
        WebhookEvent,
        models.DO_NOTHING,
        related_name="attempts",
        db_constraint=False,
        db_index=False,
    )
    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    result = models.CharField(max_length=9, choices=AttemptResult.choices)
    response_status = models.PositiveIntegerField(null=True, blank=True)
    response_headers = models.JSONField(default=list)
    response_body = models.TextField(blank=True)
    error = models.TextField(blank=True)
    signature_order = models.CharField(max_length=7, choices=SignatureOrder.choices, blank=True)
    lookup_ms = models.PositiveIntegerField(null=True, blank=True)
    connect_ms = models.PositiveIntegerField(null=True, blank=True)
    tls_ms = models.PositiveIntegerField(null=True, blank=True)
    first_byte_ms = models.PositiveIntegerField(null=True, blank=True)
    total_ms = models.PositiveIntegerField(null=True, blank=True)
    started_at = models.DateTimeField()

    class Meta:
        verbose_name = "attempt"

    def __str__(self) -> str:
        return f"#{self.number} {self.result}"

    def save(self, *args: Any, **options: Any) -> None:
        """Save; an attempt follows the event of its delivery."""
        if not self.event_id:
            self.event_id = self.delivery.event_id
        super().save(*args, **options)
