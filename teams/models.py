"""Who calls: people, their teams and roles, and the keys that act for them."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.signing import BadSignature, Signer
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone

from api.db import CuidField
from api.email_addresses import normal_address

if TYPE_CHECKING:
    from teams.principals import Principal


class Role(models.TextChoices):
    """What a person may do in a team, from least to most."""

    VIEWER = "Viewer"
    EDITOR = "Editor"
    ADMIN = "Admin"
    OWNER = "Owner"

    def includes(self, needed: "Role") -> bool:
        """Whether this role may do all that the needed one may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


class Plan(models.TextChoices):
    """What a team has subscribed to."""

    FREE = "free", "Free"
    TEAM = "team", "Team"
    PRO = "pro", "Pro"
    ENTERPRISE = "enterprise", "Enterprise"


class Meter(models.TextChoices):
    """What is counted by the month."""

    AUTOUSER_RATINGS = "autouser_ratings", "autouser ratings"
    HUMAN_RATINGS = "human_ratings", "human ratings"
    EVALUATIONS = "evaluations", "evaluations"


class UserManager(BaseUserManager["User"]):
    """Creates people by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """Make a person; without a password they cannot sign in until they set one."""
        user = self.model(email=normal_address(email), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """Make a person who may do everything in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def of_team(self, team: "Team") -> models.QuerySet["User"]:
        """The people of a team, its Owner among them."""
        joined = Membership.objects.filter(team=team).values("user_id")
        return self.filter(models.Q(pk=team.owner_id) | models.Q(pk__in=joined))

    def get_by_natural_key(self, email: str | None) -> "User":
        """Find a person at sign-in, however the address was typed."""
        return self.get(email=normal_address(email or ""))

    def with_address(self, email: str) -> "User | None":
        """The person with an address, however it was typed."""
        return self.filter(email=normal_address(email)).first()


class User(AbstractBaseUser, PermissionsMixin):
    """A person, who signs in with an e-mail address."""

    id = CuidField(primary_key=True)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May sign in to the admin.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    _replaces_a_password = False

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="user_email_once_whatever_its_case"),
        ]

    def __str__(self) -> str:
        return self.email

    def set_password(self, raw_password: str | None) -> None:
        """Set a password, and note whether it takes the place of another one."""
        self._replaces_a_password = not self._state.adding and self.has_usable_password()
        super().set_password(raw_password)

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save. Whoever had a password is told by mail that there is a new one.

        Django also stores a password again to renew its hash, and marks that
        by an empty `_password`.
        """
        replaced = self._replaces_a_password and getattr(self, "_password", None) is not None
        super().save(*args, **kwargs)
        if replaced:
            self._replaces_a_password = False
            AccountMail.objects.create(kind=MailKind.PASSWORD_CHANGED, user=self)


class KnownNetworkManager(models.Manager["KnownNetwork"]):
    """Remembers and recognises networks."""

    def remember(self, user: User, network: str) -> None:
        """Note a sign-in."""
        seen = {"seen_at": timezone.now()}
        self.update_or_create(user=user, network=network, defaults=seen)

    def forget(self) -> None:
        """Delete what counts no longer."""
        self.filter(seen_at__lt=timezone.now() - KnownNetwork.KEPT).delete()

    def knows(self, email: str, network: str) -> bool:
        """Whether the person with an address signed in from a network lately."""
        if "\0" in email:  # no account has one, and PostgreSQL takes none
            return False
        since = timezone.now() - KnownNetwork.KEPT
        return self.filter(user__email=email, network=network, seen_at__gte=since).exists()


class KnownNetwork(models.Model):
    """A network from which a person signed in.

    Failed attempts from other networks do not count there (`teams/attempts.py`).
    """

    KEPT = timedelta(days=90)

    id = CuidField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    network = models.CharField(max_length=50, help_text="An IPv4 address, or an IPv6 /64.")
    seen_at = models.DateTimeField(help_text="The last sign-in from there.")

    objects: ClassVar[KnownNetworkManager] = KnownNetworkManager()

    class Meta:
        verbose_name = "known network"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "network"], name="known_network_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.network}"


class TeamQuerySet(models.QuerySet["Team"]):
    """Reads of teams."""

    def of_user(self, user: User) -> Self:
        """The teams a person owns or is a member of."""
        joined = Membership.objects.filter(user=user).values("team_id")
        return self.filter(models.Q(owner=user) | models.Q(pk__in=joined))

    def visible_to(self, principal: "Principal") -> Self:
        """The teams a caller may know of."""
        return self.filter(principal.team_filter("pk"))

    def with_member_count(self) -> Self:
        """Say of each team how many people are in it, its Owner included."""
        others = models.Q(memberships__isnull=False) & ~models.Q(
            memberships__user=models.F("owner")
        )
        return self.annotate(member_count=models.Count("memberships", filter=others) + 1)

    def locked(self) -> Self:
        """Locked until the transaction ends, so that changes of who is in it take turns.

        Rows that only refer to the team can be written meanwhile.
        """
        return self.select_for_update(of=("self",), no_key=True)


class Team(models.Model):
    """A tenant: everything else belongs to exactly one team.

    Its one Owner is a column, so that a team can have neither none nor two.
    """

    id = CuidField(primary_key=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    slug = models.SlugField(max_length=80, unique=True)
    is_personal = models.BooleanField(
        default=False, editable=False, help_text="The one that came with its Owner's account."
    )
    plan = models.CharField(max_length=10, choices=Plan.choices, default=Plan.PRO)
    owner = models.ForeignKey(User, models.PROTECT, related_name="owned_teams")
    # Limits of its own, which go before its plan's. Empty: the plan's.
    rpm_limit = models.PositiveIntegerField("requests per minute", null=True, blank=True)
    autouser_ratings_limit = models.PositiveIntegerField(
        "autouser ratings per month", null=True, blank=True
    )
    human_ratings_limit = models.PositiveIntegerField(
        "human ratings per month", null=True, blank=True
    )
    evaluations_limit = models.PositiveIntegerField("evaluations per month", null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(plan__in=Plan.values), name="team_plan_known"
            ),
            models.UniqueConstraint(
                fields=["owner"],
                condition=models.Q(is_personal=True),
                name="team_personal_once_per_person",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in a team they do not own."""

    MEMBER_ROLES = (Role.VIEWER, Role.EDITOR, Role.ADMIN)

    id = CuidField(primary_key=True)
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(
        max_length=10, choices=[(role.value, role.label) for role in MEMBER_ROLES]
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once_per_team"),
            models.CheckConstraint(
                condition=models.Q(role__in=[Role.VIEWER, Role.EDITOR, Role.ADMIN]),
                name="membership_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


def _invitation_signer() -> Signer:
    """Made when it is used: without a SECRET_KEY the checks could not say what is missing."""
    return Signer(salt="teams.invitations")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Reads of invitations."""

    def pending(self) -> Self:
        """Those that can be accepted: in time, and from an active Admin of the team.

        An invitation gives no more than its sender may give at this moment.
        """
        admins = Membership.objects.filter(
            team=models.OuterRef("team"), user=models.OuterRef("invited_by"), role=Role.ADMIN
        )
        return self.filter(
            models.Q(team__owner=models.F("invited_by")) | models.Exists(admins),
            invited_by__is_active=True,
            expires_at__gt=timezone.now(),
        )

    def to(self, user: User) -> Self:
        """Those to the address of a person."""
        return self.filter(email=normal_address(user.email))


class Invitation(models.Model):
    """An address that was asked into a team, and has not answered.

    Nobody is in the team by it: accepting makes it a membership with the same
    id. It refers to an address and to no account, so that inviting tells
    nothing about who has one.
    """

    GOOD_FOR = timedelta(days=14)

    id = CuidField(primary_key=True)
    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    email = models.EmailField(db_index=True, help_text="In its normal form.")
    role = models.CharField(
        max_length=10, choices=[(role.value, role.label) for role in Membership.MEMBER_ROLES]
    )
    invited_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "email"], name="invitation_once_per_team"),
            models.CheckConstraint(
                condition=models.Q(role__in=[Role.VIEWER, Role.EDITOR, Role.ADMIN]),
                name="invitation_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} ({self.role})"

    @property
    def token(self) -> str:
        """The secret that only its mail has: it shows that whoever sends it read that mail."""
        return _invitation_signer().sign(self.pk)

    @staticmethod
    def id_in(token: str) -> str | None:
        """The id of the invitation that a token was made for; None for what is no token."""
        try:
            return _invitation_signer().unsign(token)
        except BadSignature:
            return None


class DailyCount(models.Model):
    """How often something was done on one day (UTC). It outlives what was done."""

    id = CuidField(primary_key=True)
    day = models.DateField()
    what = models.CharField(max_length=120)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "daily count"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "what"], name="daily_count_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.what}"


class MailKind(models.TextChoices):
    """What a mail to a person is about."""

    SIGN_UP = "sign_up", "sign-up"
    INVITATION = "invitation", "invitation"
    PASSWORD = "password", "password reset"
    PASSWORD_CHANGED = "password_changed", "notice of a new password"
    KEY_MADE = "key_made", "notice of a new key"
    ADDRESS_CHANGED = "address_changed", "notice of a new address"


class AccountMail(models.Model):
    """A mail that a person is to get. The row is the queue; it goes when the mail does.

    A mail with a link names an address, for there may be no account yet. The
    others name a person, and an address only where it is not the person's.
    """

    id = CuidField(primary_key=True)
    kind = models.CharField(max_length=20, choices=MailKind.choices)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="+")
    to = models.EmailField(blank=True, help_text="Empty: the person's address.")
    details = models.JSONField(default=dict, blank=True, help_text="What the text mentions.")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+")
    invitation = models.ForeignKey(
        Invitation, models.CASCADE, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "mail to a person"
        verbose_name_plural = "mails to people"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "to"],
                condition=models.Q(kind__in=[MailKind.SIGN_UP, MailKind.PASSWORD]),
                name="account_mail_one_link_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) | ~models.Q(to=""),
                name="account_mail_to_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.to or self.user}"


class QuotaCounter(models.Model):
    """How much of one meter a team used, and set aside, in one calendar month (UTC)."""

    id = CuidField(primary_key=True)
    team = models.ForeignKey(Team, models.CASCADE, related_name="+", db_index=False)
    month = models.DateField(help_text="Its first day.")
    meter = models.CharField(max_length=20, choices=Meter.choices)
    used = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0, help_text="By runs that have not ended.")

    class Meta:
        verbose_name = "quota counter"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "month", "meter"], name="quota_counter_once_per_month"
            ),
            models.CheckConstraint(
                condition=models.Q(used__gte=0, reserved__gte=0), name="quota_never_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(meter__in=Meter.values), name="quota_meter_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.month:%Y-%m} {self.meter}"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Reads of keys."""

    def with_role(self) -> Self:
        """Fetch with each key its maker, its team and the maker's role there, in one query."""
        membership = Membership.objects.filter(
            team_id=models.OuterRef("team_id"), user_id=models.OuterRef("user_id")
        )
        return self.select_related("user", "team").annotate(
            member_role=models.Subquery(membership.values("role")[:1])
        )

    def visible_to(self, principal: "Principal") -> Self:
        """The keys a caller may know of: their own, and all of a team they are Admin of."""
        administered = [
            team_id for team_id, role in principal.roles.items() if role.includes(Role.ADMIN)
        ]
        own = models.Q(user=principal.user) & principal.team_filter()
        return self.filter(own | models.Q(team_id__in=administered))

    def locked(self) -> Self:
        """Locked until the transaction ends, so that of two changes one waits for the other."""
        return self.select_for_update(of=("self",))

    def end(self) -> int:
        """Revoke those that are not revoked yet; how many that were."""
        return self.filter(revoked_at=None).update(revoked_at=timezone.now())


class ApiKey(models.Model):
    """A credential that acts as its maker, on one team, within its scopes.

    Only the sha256 of the key is kept: it has 256 random bits, so a slow hash
    would add nothing. It is shown once, when it is made.
    """

    MARK = "ak_live_"
    SHOWN = 6  # random characters that stay visible, so that people can tell keys apart
    LAST_USED_EVERY = timedelta(minutes=1)

    id = CuidField(primary_key=True)
    team = models.ForeignKey(Team, models.CASCADE, related_name="api_keys")
    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=20, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_address = models.GenericIPAddressField(null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        permissions: ClassVar = [("revoke_apikey", "Can revoke API key")]
        indexes: ClassVar = [models.Index(fields=["team", "created_at"])]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"

    @classmethod
    def new_token(cls) -> str:
        """Make the text of a new key: `ak_live_` and 43 random characters."""
        return cls.MARK + secrets.token_urlsafe(32)

    @staticmethod
    def digest_of(token: str) -> str:
        """What is stored in place of the key."""
        return hashlib.sha256(token.encode()).hexdigest()

    @property
    def role(self) -> Role | None:
        """The role its maker has in its team now; needs `with_role()`."""
        if self.team.owner_id == self.user_id:
            return Role.OWNER
        role: str | None = getattr(self, "member_role", None)
        return None if role is None else Role(role)

    def is_expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now

    def revoke(self) -> None:
        """Make the key useless, at once and for good."""
        self.revoked_at = timezone.now()
        self.save(update_fields=["revoked_at"])

    def note_use(self, address: str | None, now: datetime) -> None:
        """Remember when and from where the key was last used, at most once a minute."""
        if self.last_used_at and now - self.last_used_at < self.LAST_USED_EVERY:
            return
        ApiKey.objects.filter(pk=self.pk).update(last_used_at=now, last_used_address=address)


def default_plan() -> str:
    """The plan of a new team: what the installation says."""
    return str(settings.DEFAULT_PLAN)
