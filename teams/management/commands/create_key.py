"""`manage.py create_key`: make an API key for a member of a team."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from api import ids
from teams.auth.scopes import SCOPES
from teams.models import Team, User
from teams.people import services


class Command(BaseCommand):
    """Make an API key. Prints it, the only time it can be read."""

    help = "Make an API key that acts as a member of a team. Prints the key, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--team", required=True, metavar="ID")
        parser.add_argument("--user", required=True, metavar="EMAIL")
        parser.add_argument("--name", required=True, help="what it is for")
        parser.add_argument(
            "--scope",
            required=True,
            action="append",
            choices=SCOPES,
            metavar="SCOPE",
            help="may be repeated: %(choices)s",
        )

    def handle(self, **options: Any) -> None:
        """Find the team and its member, then make the key."""
        team = Team.objects.filter(pk=ids.parse(options["team"])).first()
        if team is None:
            raise CommandError(f"There is no team {options['team']}.")
        user = User.objects.with_address(options["user"])
        if user is None or not Team.objects.of_user(user).filter(pk=team.pk).exists():
            raise CommandError(f"{options['user']} is not a member of {team.name}.")
        _key, token = services.create_key(
            team=team, user=user, name=options["name"], scopes=options["scope"]
        )
        self.stderr.write("Keep this key; it cannot be shown again:")
        self.stdout.write(token)
