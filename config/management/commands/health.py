"""`manage.py health`: the pulse of the server in the terminal."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from config.health import pulse, readiness
from config.health.pulse import Pulse


class Command(BaseCommand):
    """Print waiting work, failures and living processes."""

    help = "Print whether the server is healthy, and why not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--exit-code", action="store_true", help="end with 1 when there is a problem"
        )

    def handle(self, **options: Any) -> None:
        """Read the pulse and print it."""
        try:
            now = pulse.take()
        except Error as error:
            raise CommandError(f"The database does not answer: {error}") from error
        problems = [str(problem) for problem in now.problems]
        self.stdout.write("Healthy." if not problems else "Not healthy:")
        for problem in problems:
            self.stdout.write(f"- {problem}")
        if not readiness.broker_answers():
            self.stdout.write("Warning: the broker does not answer.")
        for line in _figures(now):
            self.stdout.write(line)
        if problems and options["exit_code"]:
            sys.exit(1)


def _figures(now: Pulse) -> list[str]:
    figures = [
        ("Oldest due delivery", f"{now.oldest_delivery:.0f} s"),
        ("Waiting for failing receivers", str(now.waiting_for_receivers)),
        ("Failed on our side, waiting", str(now.failed_by_us)),
        ("Runs waiting", str(now.runs_waiting)),
        ("Oldest due run", f"{now.oldest_run:.0f} s"),
    ]
    processes = [
        (one.name, f"{one.version}, {'alive' if one.is_alive else 'silent'}, {one.age:.0f} s ago")
        for one in now.processes
    ]
    return [f"{label:<40} {value}" for label, value in figures + processes]
