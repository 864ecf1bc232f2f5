"""`manage.py seed_demo`: people, teams and keys to try the server with."""

import json
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.crypto import salted_hmac

from teams.auth.scopes import EVERYTHING, READ_SCOPES
from teams.models import Plan, Team, User
from teams.people import services

ADMIN_EMAIL = "admin@example.com"
OTHER_EMAIL = "other@example.com"
TEAMS = (
    ("Demo Pro", Plan.PRO, ADMIN_EMAIL),
    ("Demo Free", Plan.FREE, ADMIN_EMAIL),
    ("Demo Other", Plan.PRO, OTHER_EMAIL),
)


@dataclass(frozen=True)
class SeededTeam:
    """A team to try, with two keys of its Owner that were just made."""

    id: str
    name: str
    plan: str
    apiKey: str
    readOnlyKey: str


class Command(BaseCommand):
    """Make the demo's users and teams where they are missing, and fresh keys each time."""

    help = "Make users, teams and keys to try the embedded server with. Keys are fresh each time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the option."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        """Seed, and print what was seeded."""
        if not settings.EMBEDDED:
            raise CommandError(
                "seed_demo makes an administrator and keys for trying things out. It refuses to "
                "run on a server with a DATABASE_URL; use create_team and create_key there."
            )
        with transaction.atomic():
            password = demo_password()
            users = {
                ADMIN_EMAIL: find_or_make_user(ADMIN_EMAIL, password, is_administrator=True),
                OTHER_EMAIL: find_or_make_user(OTHER_EMAIL, password, is_administrator=False),
            }
            teams = [seed_team(name, plan, users[owner]) for name, plan, owner in TEAMS]
        if options["json"]:
            seeded = {
                "baseUrl": settings.PUBLIC_URL,
                "adminEmail": ADMIN_EMAIL,
                "adminPassword": password,
                "teams": [asdict(team) for team in teams],
            }
            self.stdout.write(json.dumps(seeded))
            return
        self.stdout.write(f"Admin: {settings.PUBLIC_URL}/admin/  {ADMIN_EMAIL}  {password}")
        for team in teams:
            self.stdout.write(f"{team.name} ({team.plan}): {team.id}")
            self.stdout.write(f"  key {team.apiKey}\n  read-only key {team.readOnlyKey}")


def demo_password() -> str:
    """The same on each call, and another on each installation."""
    return salted_hmac("autousers.demo", ADMIN_EMAIL).hexdigest()[:20]


def find_or_make_user(email: str, password: str, *, is_administrator: bool) -> User:
    """A user who can sign in with the password, whatever was changed meanwhile."""
    user = User.objects.filter(email=email).first() or services.register_user(email=email)
    if not user.check_password(password):
        user.set_password(password)
    user.is_active = True
    user.is_staff = user.is_superuser = is_administrator
    user.save()
    return user


def seed_team(name: str, plan: Plan, owner: User) -> SeededTeam:
    """A team of this plan, reused where the owner has it, with two fresh keys."""
    team = Team.objects.filter(name=name, owner=owner).first() or services.create_team(
        name=name, owner=owner, plan=plan
    )
    if team.plan != plan:
        team.plan = plan
        team.save(update_fields=["plan"])

    def key(label: str, scopes: tuple[str, ...]) -> str:
        return services.create_key(team=team, user=owner, name=label, scopes=scopes)[1]

    return SeededTeam(
        id=team.pk,
        name=team.name,
        plan=team.plan,
        apiKey=key("Demo", (EVERYTHING,)),
        readOnlyKey=key("Demo, read only", READ_SCOPES),
    )
