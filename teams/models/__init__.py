"""Who calls: people, their teams and roles, and the keys that act for them."""

from teams.models.api_key import ApiKey, ApiKeyQuerySet
from teams.models.counters import DailyCount, Meter, QuotaCounter
from teams.models.invitation import Invitation, InvitationQuerySet
from teams.models.mail import AccountMail, MailKind
from teams.models.notification import Notification, NotificationKind
from teams.models.people import KnownNetwork, User, UserManager
from teams.models.roles import Role
from teams.models.team import Membership, Plan, Team, TeamQuerySet, default_plan
from teams.models.tenancy import Caller, TenantQuerySet, in_teams_of

__all__ = [
    "AccountMail",
    "ApiKey",
    "ApiKeyQuerySet",
    "Caller",
    "DailyCount",
    "Invitation",
    "InvitationQuerySet",
    "KnownNetwork",
    "MailKind",
    "Membership",
    "Meter",
    "Notification",
    "NotificationKind",
    "Plan",
    "QuotaCounter",
    "Role",
    "Team",
    "TeamQuerySet",
    "TenantQuerySet",
    "User",
    "UserManager",
    "default_plan",
    "in_teams_of",
]
