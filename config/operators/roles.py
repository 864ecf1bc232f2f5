"""The roles of operators: groups with the permissions below, and superusers for `admin`.

`migrate` brings the groups up to date, so that a role gets the permissions of a new version. It
undoes manual changes of these groups, and leaves other groups alone.
"""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q, QuerySet

from teams.models import User

SUPPORT, OPERATOR, AUDITOR, ADMIN = "support", "operator", "auditor", "admin"
ROLES = (SUPPORT, OPERATOR, AUDITOR, ADMIN)

#: The prefix of these groups. Groups without it belong to the operators of the installation.
PREFIX = "role: "

#: The apps whose rows every role sees.
SEEN = ("teams", "evaluations", "ratings", "autousers", "webhooks", "api")

#: The actions of support for customers.
_HELP = ("webhooks.retry_webhookdelivery", "autousers.operate_autouserrun")

#: The permissions of each role besides viewing.
POWERS: dict[str, tuple[str, ...]] = {
    SUPPORT: _HELP,
    OPERATOR: (
        *_HELP,
        "teams.revoke_apikey",
        "teams.add_user",
        "teams.change_user",
        "teams.change_team",
        "teams.delete_invitation",
        "evaluations.change_evaluation",
        "evaluations.delete_share",
        "webhooks.change_webhookendpoint",
        "admin.view_logentry",
    ),
    AUDITOR: ("admin.view_logentry", "auth.view_group"),
}


def permissions_of(role: str) -> QuerySet[Permission]:
    """The permissions of a role that is a group."""
    wanted = Q(content_type__app_label__in=SEEN, codename__startswith="view_")
    for name in POWERS[role]:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return Permission.objects.filter(wanted)


@transaction.atomic
def update_groups() -> None:
    """Bring the groups of the roles up to date. Two at once leave the same rows."""
    for role in POWERS:
        group, _ = Group.objects.get_or_create(name=PREFIX + role)
        group.permissions.set(permissions_of(role))


@transaction.atomic
def give(user: User, role: str) -> None:
    """Make a person an operator with this role, and with no other one.

    The row of the person is locked, so that of two at once the later one wins as a whole.
    """
    update_groups()
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.is_staff = True
    locked.is_superuser = role == ADMIN
    locked.save(update_fields=["is_staff", "is_superuser"])
    locked.groups.remove(*Group.objects.filter(name__startswith=PREFIX))
    if role != ADMIN:
        locked.groups.add(Group.objects.get(name=PREFIX + role))
