"""People, and the networks that they signed in from."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone

from api.database.fields import CuidField
from api.email_addresses import normal_address
from teams.models.mail import AccountMail, MailKind


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
    last_team = models.ForeignKey(
        "teams.Team", models.SET_NULL, null=True, blank=True, related_name="+", editable=False,
        help_text="The team that they chose or joined last. New sessions act on it.",
    )  # fmt: skip

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
        """Save. Replacing a password queues a mail about it.

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
        """Delete networks whose last sign-in is too old."""
        self.filter(seen_at__lt=timezone.now() - KnownNetwork.KEPT).delete()

    def knows(self, email: str, network: str) -> bool:
        """Whether the person with an address signed in from a network lately."""
        if "\0" in email:  # no address has one, and PostgreSQL stores none
            return False
        since = timezone.now() - KnownNetwork.KEPT
        return self.filter(user__email=email, network=network, seen_at__gte=since).exists()


class KnownNetwork(models.Model):
    """A network from which a person signed in.

    Failed attempts from other networks do not count there (`teams/accounts/attempts.py`).
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
