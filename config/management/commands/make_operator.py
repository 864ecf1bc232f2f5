"""`manage.py make_operator`: give a person a role in the admin."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from config.operators import roles
from teams.models import MailKind, User
from teams.people import services
from teams.people.notices import queue_link


class Command(BaseCommand):
    """Make somebody an operator: a new person, or one who has an account."""

    help = "Give a person a role in the admin. Without an account they get one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--role", required=True, choices=roles.ROLES)
        parser.add_argument(
            "--password",
            help="for a new person; asked for when left out; without a terminal a link is mailed",
        )

    def handle(self, **options: Any) -> None:
        """Find or register the person, then give the role."""
        user = User.objects.with_address(options["email"])
        if user is not None and not user.is_active:
            raise CommandError(f"{user} was deactivated. Activate the account first.")
        password = "" if user else self._password(options["email"], options["password"])
        with transaction.atomic():
            if user is None:
                user = self._register(options["email"], password)
            roles.give(user, options["role"])
        self.stdout.write(f"{user} is an operator with the role {options['role']}.")
        self.stdout.write(f"Sign in at {settings.PUBLIC_URL}/admin/")

    def _password(self, email: str, given: str | None) -> str:
        """The password of a new person, or nothing."""
        if given is None and sys.stdin.isatty():
            given = getpass.getpass(f"Password for {email} (empty: mail a link to choose one): ")
        try:
            validate_email(email)
            if given:
                validate_password(given)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return given or ""

    def _register(self, email: str, password: str) -> User:
        user = services.register_user(email=email, password=password or None)
        if not password:
            queue_link(user.email, MailKind.SIGN_UP)
            self.stdout.write(f"{user} gets a mail with a link to choose a password.")
        return user
