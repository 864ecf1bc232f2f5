"""The commands of workers, wherever they are written: each has a name of its own."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from config.management.commands.serve import workers

ROOT = Path(settings.BASE_DIR)

#: Files that may say how the server is started.
KINDS = (".md", ".service", ".yml", ".yaml")
SAY_HOW = [
    ROOT / "Procfile",
    *(
        path
        for folder in (".", "docs", "docs/*", "deploy")
        for path in ROOT.glob(f"{folder}/*")
        if path.suffix in KINDS
    ),
]

WORKER = re.compile(r"celery --app config .*\bworker\b.*")
NAMED = re.compile(r" -n (?P<name>\S+) .*--queues (?P<queues>\S+)")

NAMES = {"deliveries,maintenance": "deliveries@%h", "runs": "runs@%h"}


def named(text: str) -> list[tuple[str, str]]:
    """Queues and name of each worker in a text; a worker without them fails the test."""
    found = []
    for command in WORKER.findall(text):
        match = NAMED.search(command)
        assert match, command
        # A percent sign is written twice in a unit of systemd.
        found.append((match["queues"], match["name"].replace("%%", "%")))
    return found


@pytest.mark.parametrize("path", SAY_HOW, ids=lambda path: path.name)
def test_documents_give_each_worker_its_name(path: Path):
    assert all(NAMES[queues] == name for queues, name in named(path.read_text()))


@pytest.mark.parametrize("name", ["README.md", "Procfile"])
def test_each_document_starts_both(name: str):
    assert dict(named((ROOT / name).read_text())) == NAMES


def test_serve_does_the_same():
    assert dict(named("\n".join(" ".join(s.command) for s in workers()))) == NAMES
