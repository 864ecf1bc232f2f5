"""API keys: credentials that act for a person, on one team."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from api.database.fields import CuidField
from teams.models.people import User
from teams.models.roles import Role
from teams.models.team import Membership, Team
from teams.models.tenancy import Caller, TenantQuerySet, in_teams_of


class ApiKeyQuerySet(TenantQuerySet["ApiKey"]):
    """Reads of keys."""

    def with_role(self) -> Self:
        """Fetch with each key its maker, its team and the maker's role there, in one query."""
        membership = Membership.objects.filter(
            team_id=models.OuterRef("team_id"), user_id=models.OuterRef("user_id")
        )
        return self.select_related("user", "team").annotate(
            member_role=models.Subquery(membership.values("role")[:1])
        )

    def visible_to(self, caller: Caller) -> Self:
        """The keys a caller may see: their own, and all keys of teams they administer."""
        administered = [team for team, role in caller.roles.items() if role.includes(Role.ADMIN)]
        own = models.Q(user=caller.person) & in_teams_of(caller)
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
        indexes: ClassVar = [
            models.Index(fields=["team", "created_at"]),
            models.Index(fields=["prefix"], name="api_key_prefix"),  # support
        ]

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
        """Revoke the key, at once and for good."""
        self.revoked_at = timezone.now()
        self.save(update_fields=["revoked_at"])

    def note_use(self, address: str | None, now: datetime) -> None:
        """Remember when and from where the key was last used, at most once a minute."""
        if self.last_used_at and now - self.last_used_at < self.LAST_USED_EVERY:
            return
        ApiKey.objects.filter(pk=self.pk).update(last_used_at=now, last_used_address=address)
