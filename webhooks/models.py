"""Endpoints, events, deliveries and attempts.

The rows are the queue: a delivery is due when its `next_attempt_at` has come, even if no
message told a worker.
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
SHOWN_OF_SECRET = 6  # characters after `whsec_`

#: How long the previous secret also signs after a rotation.
ROTATION_WINDOW = timedelta(hours=24)


class EndpointStatus(models.TextChoices):
    """Whether new events are sent to an endpoint."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class SignatureOrder(models.TextChoices):
    """The order of the two signatures in a header during a rotation."""

    OLD_NEW = "old,new", "old, then new"
    NEW_OLD = "new,old", "new, then old"


class Notice(models.TextChoices):
    """The mail about an endpoint that the team's Owner has to get."""

    WARNING = "warning"
    DISABLED = "disabled"


class EndpointQuerySet(TenantQuerySet["WebhookEndpoint"]):
    """Reads of endpoints."""

    def existing(self) -> Self:
        """Endpoints that are not deleted."""
        return self.filter(deleted_at__isnull=True)

    def visible_to(self, caller: Caller) -> Self:
        """The endpoints that a caller may see."""
        return self.existing().in_teams_of(caller)

    def locked(self) -> Self:
        """Lock the rows until the transaction ends, without their keys.

        A lock of the key would block every transaction that inserts a delivery.
        """
        return self.select_for_update(of=("self",), no_key=True)


class WebhookEndpoint(models.Model):
    """A customer's URL that events are sent to.

    Deletion is soft, because deliveries refer to the endpoint: its secrets are erased and
    its deliveries are abandoned.
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
            # The mails that are due: rarely a row.
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
        """Replace the secret and return the new one, to be shown only now. The caller saves.

        The previous secret also signs for `ROTATION_WINDOW`; an older one is erased.
        """
        self.encrypted_previous_secret = self.encrypted_secret
        self.previous_secret_until = now + ROTATION_WINDOW
        self.signature_order = ""  # it was about another pair of secrets
        return self.set_new_secret()

    def set_new_secret(self) -> str:
        """Give the endpoint a new signing secret and return it, to be shown only now."""
        secret = signing.new_secret()
        self.encrypted_secret = encryption.encrypt(secret)
        self.secret_prefix = secret[: len(signing.SECRET_PREFIX) + SHOWN_OF_SECRET]
        return secret

    @property
    def secret(self) -> str:
        """The decrypted signing secret, only for signing."""
        return encryption.decrypt(self.encrypted_secret)

    @property
    def previous_secret(self) -> str:
        """The decrypted secret from before the last rotation, or ""."""
        old = self.encrypted_previous_secret
        return encryption.decrypt(old) if old else ""


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
    """The status of a delivery. A superseded one gets no further attempt: a replay replaced it."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    ABANDONED = "abandoned"
    SUPERSEDED = "superseded"


class DeliveryQuerySet(TenantQuerySet["WebhookDelivery"]):
    """Reads of deliveries. Those to an endpoint that was deleted stay visible."""

    team_path = "endpoint__team_id"

    def with_status(self, status: str) -> Self:
        """The deliveries with a status, by an index where there are few."""
        found = self.filter(status=status)
        if status == DeliveryStatus.PENDING:
            return found.filter(next_attempt_at__isnull=False)  # always true; selects the index
        return found

    def with_event_type(self) -> Self:
        """With the annotation `event_type`, without reading the event's payload."""
        return self.annotate(event_type=models.F("event__type"))

    def newest_replays(self) -> Self:
        """The newest delivery of each event and endpoint."""
        later = WebhookDelivery.objects.filter(
            event_id=models.OuterRef("event_id"),
            endpoint_id=models.OuterRef("endpoint_id"),
            replay__gt=models.OuterRef("replay"),
        )
        return self.filter(~models.Exists(later))

    def due(self, now: datetime) -> Self:
        """The deliveries that may be claimed: due and without a valid lease."""
        return self.filter(next_attempt_at__lte=now).filter(
            models.Q(leased_until__isnull=True) | models.Q(leased_until__lte=now)
        )


class WebhookDelivery(models.Model):
    """The delivery of an event to one endpoint.

    `next_attempt_at` is null when there is no further attempt; a superseded delivery keeps it
    while its request is in flight. A claim sets a lease: `lease` is the id of the claim, and
    after `leased_until` the delivery is due again, so that a worker that dies loses nothing.
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
        """The number of the newest attempt, or 1 before the first."""
        return max(1, self.attempt)


class AttemptResult(models.TextChoices):
    """How an attempt ended."""

    DELIVERED = "delivered"
    FAILED = "failed"
    LOST = "lost", "worker lost"


class WebhookAttempt(models.Model):
    """One attempt of a delivery: the answer, the duration, the error."""

    id = CuidField(primary_key=True, prefix=DELIVERY_PREFIX, max_length=40)
    # Without constraint and index of its own: the delivery has them.
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
        """Save with the event of the delivery."""
        if not self.event_id:
            self.event_id = self.delivery.event_id
        super().save(*args, **options)
