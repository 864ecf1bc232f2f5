"""A restored dump is a working server: the commands of the docs, the old key, what waited."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.databases import scratch_database
from chaos.processes import wait_until
from tests.real_server import ROOT
from tests.services.stack import Stack
from tests.webhooks.engine import make_deliveries
from webhooks.models import WebhookEvent

pytestmark = [
    pytest.mark.slow,
    pytest.mark.services,
    pytest.mark.skipif(shutil.which("pg_dump") is None, reason="needs pg_dump and pg_restore"),
]

PAGE = ROOT / "docs" / "operate" / "backups.md"


def documented(program: str) -> str:
    """The command of the page that calls a program."""
    [command] = re.findall(rf"^    ({program} .+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return command


def run_documented(program: str, folder: Path, **addresses: str) -> None:
    """Run it with the addresses that it names."""
    words = [os.path.expandvars(word) for word in shlex.split(documented(program))]
    for name, address in addresses.items():
        words = [word.replace(f"${name}", address) for word in words]
    subprocess.run(words, cwd=folder, check=True, timeout=60)


def test_what_waited_is_delivered_and_the_old_key_works(
    stack: Stack, team, listener, receiver, caller, tmp_path, monkeypatch
):
    [_delivery] = make_deliveries(team, 1)  # no worker runs: it waits
    event_id = WebhookEvent.objects.get().pk
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("RESTORED_URL", raising=False)
    run_documented("pg_dump", tmp_path, DATABASE_URL=stack.env["DATABASE_URL"])

    with scratch_database(stack.env["DATABASE_URL"], "autousers_restored") as restored:
        run_documented("pg_restore", tmp_path, RESTORED_URL=restored)
        stack.web(DATABASE_URL=restored)
        status, body = caller.call("GET", f"/events/{event_id}")
        assert (status, body["id"]) == (200, event_id)

        stack.beat(DATABASE_URL=restored)
        stack.worker(DATABASE_URL=restored)
        wait_until(lambda: event_id in receiver.events, 60, what="the delivery")
        assert receiver.events == {event_id: 1}
