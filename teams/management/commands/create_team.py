"""`manage.py create_team`: make a team, and its Owner where they are new."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from teams.models import Plan, User
from teams.people import services


class Command(BaseCommand):
    """Make a team. Prints its id."""

    help = "Make a team, and its Owner where no such user exists. Prints the team's id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--name", required=True)
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("--plan", choices=Plan.values, help="default: AUTOUSERS_DEFAULT_PLAN")
        parser.add_argument(
            "--password", help="for a new user; asked for when left out, none without a terminal"
        )

    def handle(self, **options: Any) -> None:
        """Find or register the Owner, then make the team."""
        owner = User.objects.with_address(options["owner"])
        if owner is None:
            owner = self._register(options["owner"], options["password"])
        team = services.create_team(name=options["name"], owner=owner, plan=options["plan"])
        self.stderr.write(f"Made the team {team.name} ({team.plan}), owned by {owner}. Its id:")
        self.stdout.write(team.pk)

    def _register(self, email: str, password: str | None) -> User:
        if password is None and sys.stdin.isatty():
            password = getpass.getpass(f"Password for {email} (empty: none yet): ")
        try:
            validate_email(email)
            if password:
                validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stderr.write(f"Registered {email}.")
        return services.register_user(email=email, password=password or None)
