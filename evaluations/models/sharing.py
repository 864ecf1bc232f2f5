"""Models of sharing: shares of an evaluation, and requests for access."""

from datetime import timedelta
from typing import ClassVar, Self

from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models import Q
from django.utils import timezone

from api.database.fields import CuidField
from api.email_addresses import normal_address
from api.exceptions import InvalidRequest
from evaluations.models.choices import MESSAGE_LIMIT, AccessRequestStatus, SharePermission
from evaluations.models.evaluation import Evaluation
from teams.models import Role, User


def _invite_signer() -> Signer:
    """Made when it is used: without a SECRET_KEY the checks could not say what is missing."""
    return Signer(salt="evaluations.invites")


class ShareQuerySet(models.QuerySet["Share"]):
    """Reads of shares."""

    def granted(self) -> Self:
        """Those that somebody holds."""
        return self.filter(user__isnull=False)

    def pending(self) -> Self:
        """The invites: those of an address that can still accept."""
        return self.filter(user__isnull=True, expires_at__gt=timezone.now())

    def listed(self) -> Self:
        """Those that somebody holds, and the invites that can still be accepted."""
        return self.filter(Q(user__isnull=False) | Q(expires_at__gt=timezone.now()))

    def offered_to(self, user: User) -> Self:
        """Those that a person holds, and the invites that they can accept."""
        return self.filter(
            Q(user=user) | Q(email=normal_address(user.email), expires_at__gt=timezone.now())
        )

    def to(self, user: User) -> Self:
        """Those to the address of a person."""
        return self.filter(email=normal_address(user.email))


class Share(models.Model):
    """The right of one person to one evaluation, apart from their role in its team.

    It is granted to a person, or pending: an invite to an address. An invite gives no rights and
    refers to no account. Accepting it makes it a granted share with the same id.
    """

    GOOD_FOR = timedelta(days=14)

    id = CuidField(primary_key=True)
    evaluation = models.ForeignKey(
        Evaluation, models.CASCADE, related_name="shares", db_index=False
    )
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="+")
    email = models.EmailField(
        blank=True, db_index=True, help_text="The address of an invite, in its normal form."
    )
    permission = models.CharField(max_length=6, choices=SharePermission.choices)
    granted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    mail_due = models.BooleanField(
        default=False, help_text="Whether the mail of an invite is to be sent."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Of an invite.")

    objects = ShareQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(mail_due=True), name="share_mail_due"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["evaluation", "user"], name="share_once_per_person"),
            models.UniqueConstraint(
                fields=["evaluation", "email"],
                condition=Q(user__isnull=True),
                name="share_once_per_address",
            ),
            models.CheckConstraint(
                condition=Q(permission__in=SharePermission.values), name="share_permission_known"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, email="", expires_at__isnull=True)
                | (Q(user__isnull=True, expires_at__isnull=False) & ~Q(email="")),
                name="share_granted_or_pending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email or self.user} ({self.permission})"

    @property
    def role(self) -> Role:
        """The role that it gives in its evaluation."""
        return SharePermission(self.permission).role

    @property
    def is_pending(self) -> bool:
        """Whether it is an invite."""
        return self.user_id is None

    @property
    def address(self) -> str:
        """The address of its holder, or of the invite."""
        return self.user.email if self.user else self.email

    @property
    def token(self) -> str:
        """The secret in the mail of an invite: sending it proves that the mail was read."""
        return _invite_signer().sign(self.pk)

    @staticmethod
    def id_in(token: str) -> str | None:
        """The id of the invite that a token was made for; None for an invalid token."""
        try:
            return _invite_signer().unsign(token)
        except BadSignature:
            return None


class RequestNotPending(InvalidRequest):
    """The request for access was decided or withdrawn already."""

    code = "access_request_not_pending"

    def __init__(self, status: str) -> None:
        super().__init__(f"This request for access is {status} already.")


class AccessRequest(models.Model):
    """The request of a person for access to an evaluation."""

    id = CuidField(primary_key=True)
    evaluation = models.ForeignKey(
        Evaluation, models.CASCADE, related_name="access_requests", db_index=False
    )
    requester = models.ForeignKey(User, models.CASCADE, related_name="+")
    message = models.TextField(null=True, blank=True, max_length=MESSAGE_LIMIT)  # noqa: DJ001 - the API tells null from ""
    status = models.CharField(
        max_length=9, choices=AccessRequestStatus.choices, default=AccessRequestStatus.PENDING
    )
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "access request"
        indexes: ClassVar = [
            # GET /access-requests/inbox, and the requests of one evaluation.
            models.Index(
                fields=["evaluation", "-created_at", "-id"],
                condition=Q(status=AccessRequestStatus.PENDING),
                name="access_request_pending",
            ),
            # Deleting an evaluation.
            models.Index(fields=["evaluation"], name="access_request_evaluation"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["evaluation", "requester"],
                condition=Q(status=AccessRequestStatus.PENDING),
                name="access_request_pending_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=AccessRequestStatus.values),
                name="access_request_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requester} ({self.status})"

    def decide(self, status: AccessRequestStatus, *, by: User | None) -> None:
        """End a pending request; the caller has locked the evaluation.

        Raises:
            RequestNotPending: when it was decided or withdrawn.
        """
        if self.status != AccessRequestStatus.PENDING:
            raise RequestNotPending(self.status)
        self.status, self.decided_by, self.decided_at = status, by, timezone.now()
        self.save(update_fields=["status", "decided_by", "decided_at"])
