"""`manage.py reencrypt`: bring everything that is encrypted to the newest key."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from api import key_rotation
from api.key_rotation import Needs
from api.security import encryption

#: A value may move between columns during a pass, so passes are repeated.
PASSES = 3


class Command(BaseCommand):
    """Encrypt with the first of `AUTOUSERS_ENCRYPTION_KEYS` what an older one encrypted.

    May run beside the servers, be interrupted and be repeated.
    """

    help = "Encrypt everything with the newest key, and count what still needs which key."
    # One of the checks refuses when a key is missing; `--lost` is the way out of that.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--dry-run", action="store_true", help="only count what needs which key"
        )
        parser.add_argument(
            "--lost", metavar="FINGERPRINT", help="give up a key that nobody has any more"
        )

    def handle(self, **options: Any) -> None:
        """Re-encrypt and count; fail while anything needs another key than the newest."""
        if options["lost"]:
            self._give_up(options["lost"])
        elif missing := key_rotation.missing():
            raise CommandError(
                f"AUTOUSERS_ENCRYPTION_KEYS lacks the key {', '.join(missing)}, which stored "
                "values need. For one that nobody has any more: reencrypt --lost FINGERPRINT"
            )
        newest, *older = encryption.fingerprints()
        if options["dry_run"]:
            self._count(newest)
            return
        key_rotation.note(newest)
        for _ in range(PASSES):
            for column in key_rotation.columns():
                self.stdout.write(f"{column}: {key_rotation.reencrypt(column)} re-encrypted")
            needed = self._count(newest)
            if not any(needed[key] for key in older):
                break
        self._judge(needed, newest)

    def _give_up(self, fingerprint: str) -> None:
        if fingerprint in encryption.fingerprints():
            raise CommandError(f"The key {fingerprint} is in AUTOUSERS_ENCRYPTION_KEYS.")
        key_rotation.forget([fingerprint])
        self.stdout.write(f"Gave up the key {fingerprint}: what needs it stays unreadable")

    def _count(self, newest: str) -> Needs:
        """Count again, with the values written meanwhile, and print the counts."""
        total: Needs = Counter()
        for column in key_rotation.columns():
            needed = key_rotation.needs(column)
            total += needed
            parts = [f"{needed[newest]} with the newest key {newest}"]
            parts += [f"{needed[key]} with {key}" for key in encryption.fingerprints()[1:]]
            parts += [f"{needed[None]} with a key that is not here"] * bool(needed[None])
            self.stdout.write(f"{column}: {', '.join(parts)}")
        return total

    def _judge(self, needed: Needs, newest: str) -> None:
        older = [key for key in encryption.fingerprints()[1:] if needed[key]]
        key_rotation.forget([key for key in encryption.fingerprints()[1:] if key not in older])
        if older:
            raise CommandError(
                f"Some values were written with {', '.join(older)} meanwhile: a process still has "
                "that key in front. Restart all of them with the newest key in front, and repeat."
            )
        if needed[None]:
            raise CommandError(
                f"{needed[None]} values need a key that is not here. Nothing can read them."
            )
        self.stdout.write(f"Everything is encrypted with {newest}; older keys can be removed.")
