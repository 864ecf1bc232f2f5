"""Endpoints and their secrets."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from api.database.fields import CuidField, EncryptedTextField
from api.security import encryption
from teams.models import Caller, Team, TenantQuerySet, User
from webhooks.http import signing

ENDPOINT_PREFIX = "whe_"
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
        self.signature_order = ""  # it belonged to the former pair of secrets
        return self.set_new_secret()

    def set_new_secret(self) -> str:
        """Give the endpoint a new signing secret and return it, to be shown only now."""
        secret = signing.new_secret()
        self.encrypted_secret = encryption.encrypt(secret)
        self.secret_prefix = secret[: len(signing.SECRET_PREFIX) + SHOWN_OF_SECRET]
        return secret

    @property
    def is_rotating(self) -> bool:
        """Whether two secrets sign at present."""
        until = self.previous_secret_until
        return until is not None and until > timezone.now()

    @property
    def secret(self) -> str:
        """The decrypted signing secret, only for signing."""
        return encryption.decrypt(self.encrypted_secret)

    @property
    def previous_secret(self) -> str:
        """The decrypted secret from before the last rotation, or ""."""
        old = self.encrypted_previous_secret
        return encryption.decrypt(old) if old else ""
