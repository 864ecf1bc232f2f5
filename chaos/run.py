"""`python -m chaos.run`: kill processes again and again, and check that nothing is lost.

Needs PostgreSQL (`DATABASE_URL`, whose server it makes a scratch database on)
and the `redis-server` program. Everything else it makes itself, in a temporary
folder, and removes.
"""

import argparse
import os
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

from benchmarks.databases import scratch_database
from chaos.processes import free_port
from chaos.scale import DEADLINE, HURRY, LEASE_MARGIN, RUN_LEASE, SLOTS


def main() -> int:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--pause", type=float, default=0.25, help="seconds between calls")
    parser.add_argument("--minutes", type=float, default=120, help="end after so long at the most")
    parser.add_argument("--report", type=Path, help="write the figures to this file as well")
    parser.add_argument("--keep", action="store_true", help="keep the folder with all logs")
    options = parser.parse_args()

    # It cleans up after every signal to stop.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit("Stopped."))
    folder = Path(tempfile.mkdtemp(prefix="autousers-chaos-"))
    try:
        with scratch_database(os.environ["DATABASE_URL"], "autousers_chaos") as database:
            prepare(database, folder)
            from chaos.scene import play  # what needs the settings

            report, summary, violations = play(options, folder)
    finally:
        if options.keep:
            print(f"Logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(report)
    if options.report:
        options.report.write_text(report)
    print(summary)
    return 1 if violations else 0


def prepare(database: str, folder: Path) -> None:
    """Set the environment of the run, and migrate the database."""
    for name in [name for name in os.environ if name.startswith(("AUTOUSERS_", "CHAOS_"))]:
        del os.environ[name]
    os.environ.update(
        DJANGO_SETTINGS_MODULE="chaos.settings",
        ENV_FILE=os.devnull,
        DATA_DIR=str(folder / "data"),
        DATABASE_URL=database,
        REDIS_URL=f"redis://127.0.0.1:{free_port()}/0",
        SECRET_KEY=secrets.token_urlsafe(50),
        AUTOUSERS_ENCRYPTION_KEYS=Fernet.generate_key().decode(),
        AUTOUSERS_PUBLIC_URL="http://127.0.0.1",
        AUTOUSERS_FILES_DIR=str(folder / "files"),
        AUTOUSERS_ALLOW_PRIVATE_TARGETS="true",
        AUTOUSERS_WEBHOOK_LEASE_MARGIN=str(LEASE_MARGIN),
        AUTOUSERS_WEBHOOK_MAX_IN_FLIGHT=str(SLOTS),
        AUTOUSERS_WEBHOOK_DISABLE_AFTER_SECONDS="86400",
        AUTOUSERS_WEBHOOK_SWEEP_SECONDS="0.5",
        AUTOUSERS_RATE_LIMIT_MODE="log",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        AUTOUSERS_QUOTA_MODE="log",
        AUTOUSERS_ENGINE="fake",
        AUTOUSERS_RUN_LEASE_SECONDS=str(RUN_LEASE),
        AUTOUSERS_RUN_MAX_ATTEMPTS="50",
        CHAOS_DEADLINE=str(DEADLINE),
        CHAOS_HURRY=str(HURRY),
        LOG_FORMAT="console",
        LOG_LEVEL="WARNING",
        PGAPPNAME="chaos",
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
