"""A writer: changes evaluations like a PATCH, and prints when each change was committed.

    python -m benchmarks.engine.programs.writer COUNT PER_SECOND EVALUATION...

COUNT changes, evaluation after evaluation in turn; PER_SECOND 0 means as fast
as it goes. Each change bears a mark (`mark-17`) that its event carries. Prints
a JSON list of [mark, moment it was committed, seconds the transaction took].
"""

import json
import sys
import time

from django.db import transaction

import benchmarks.django  # noqa: F401 - sets up Django
from evaluations.models import Evaluation
from evaluations.studies.services import update_evaluation

FLIPPED = {"Running": "Ended", "Ended": "Running"}


def change(evaluation_id: str, name: str) -> float:
    """Change the status in a transaction like that of a PATCH; returns the time of the commit."""
    committed: list[float] = []
    with transaction.atomic():
        transaction.on_commit(lambda: committed.append(time.monotonic()))  # before all others
        evaluation = Evaluation.objects.locked().whole().get(pk=evaluation_id)
        update_evaluation(
            evaluation=evaluation, changes={"name": name, "status": FLIPPED[evaluation.status]}
        )
    return committed[0]


def write(count: int, per_second: float, evaluations: list[str]) -> list[tuple[int, float, float]]:
    """Make the changes."""
    done = []
    begun = time.monotonic()
    for number in range(count):
        if per_second:
            time.sleep(max(0.0, begun + number / per_second - time.monotonic()))
        started = time.monotonic()
        committed = change(evaluations[number % len(evaluations)], f"mark-{number}")
        done.append((number, committed, time.monotonic() - started))
    return done


if __name__ == "__main__":
    change(sys.argv[3], "warm")
    change(sys.argv[3], "warm again")
    print(json.dumps(write(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])))
