"""CPU of a change of status with its event recorded, and of the same change without.

    python -m benchmarks.engine.programs.transaction_cpu BLOCKS CHANGES EVALUATION

Blocks of both alternate. Counted is the CPU time of this process, all its
threads included, and of the PostgreSQL backends that serve it (read from
/proc, so the server must be on this machine). Prints µs per change as JSON.
"""

import json
import sys
import time
from pathlib import Path

from django.db import connection

import benchmarks.django  # noqa: F401 - sets up Django
from api.database.announced import announces
from benchmarks.engine.programs.writer import change
from evaluations.models import Evaluation
from webhooks.receivers import announce_evaluation


def _backends() -> list[int]:
    """The PostgreSQL processes of this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def _database_cpu(pids: list[int]) -> float:
    """The CPU seconds of those processes so far."""
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9 for pid in pids)


def _announce(on: bool) -> None:
    options = {"sender": Evaluation, "dispatch_uid": "announce_evaluation"}
    if on:
        announces.connect(announce_evaluation, **options)
    else:
        announces.disconnect(**options)


def _block(changes: int, evaluation: str) -> dict[str, float]:
    change(evaluation, "warm")
    change(evaluation, "warm again")
    pids = _backends()
    python, database = time.process_time(), _database_cpu(pids)
    for number in range(changes):
        change(evaluation, f"mark-{number}")
    python, database = time.process_time() - python, _database_cpu(pids) - database
    each = 1e6 / changes
    return {
        "python": python * each, "database": database * each, "all": (python + database) * each,
    }  # fmt: skip


def compare(blocks: int, changes: int, evaluation: str) -> list[dict[str, dict[str, float]]]:
    """Alternate between both, so that other load affects both alike."""
    measured = []
    for _ in range(blocks):
        pair = {}
        for side in ("with", "without"):
            _announce(side == "with")
            pair[side] = _block(changes, evaluation)
        measured.append(pair)
    return measured


if __name__ == "__main__":
    _announce(True)
    change(sys.argv[3], "warm")  # makes the thread that wakes workers, with its connection
    change(sys.argv[3], "warm again")
    time.sleep(0.5)
    print(json.dumps(compare(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
