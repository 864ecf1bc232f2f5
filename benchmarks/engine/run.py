"""Measure the delivery engine against its goals and against the baselines.

    python -m benchmarks.engine.run [--goals G1,G4] [--quick] [--write FILE]

`make bench` does this in a virtual environment of its own. It needs a
PostgreSQL server (`DATABASE_URL`; scratch databases are made and dropped) and
the program redis-server; everything else it starts itself, on 127.0.0.1.
"""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg

from benchmarks import report
from benchmarks.databases import beside
from benchmarks.engine.bench import Bench
from benchmarks.engine.goals import broker, killing, lasting, throughput, waiting, writing
from benchmarks.engine.systems import Receiver
from benchmarks.report import Row
from benchmarks.services import LOGS, own_redis

#: The measurements in their order, with the goals of each.
PARTS: list[tuple[tuple[str, ...], Callable[[Bench], list[Row]]]] = [
    (("G1", "G2", "G3"), throughput.backlog),
    (("G4",), throughput.slow_receiver),
    (("G5",), writing.transaction_cpu),
    (("SEQ",), writing.busy_team),
    (("G6",), waiting.latency),
    (("G7",), waiting.burst),
    (("G8",), waiting.fairness),
    (("G9",), killing.killed),
    (("G10",), broker.broker_down),
    (("G12",), lasting.claim_time),
    (("G11",), lasting.memory),
]
EXTRA = {"G11"}  # takes minutes: in the full run, and when asked for by name


def measure(bench: Bench, wanted: set[str]) -> tuple[list[Row], list[str]]:
    """Run the measurements of the wanted goals; returns the rows and the goals that failed."""
    rows: list[Row] = []
    failed: list[str] = []
    for goals, part in PARTS:
        if not wanted & set(goals):
            continue
        print(f"{'/'.join(goals)} …", file=sys.stderr, flush=True)
        started = time.monotonic()
        try:
            found = part(bench)
        except Exception:
            traceback.print_exc()
            failed += goals
            continue
        rows += found
        print(report.table(found).split("\n", 2)[2], file=sys.stderr)
        print(f"   took {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return rows, failed


def main() -> None:
    """Parse, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--goals", default="", help="such as G1,G4; without it, all")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller repetitions")
    parser.add_argument("--write", type=Path, help="the document to write the table to")
    options = parser.parse_args()
    every = {goal for goals, _ in PARTS for goal in goals}
    wanted = set(options.goals.upper().split(",")) if options.goals else every
    if strange := wanted - every:
        parser.error(f"unknown: {', '.join(sorted(strange))}; known: {', '.join(sorted(every))}")
    if options.quick and not options.goals:
        wanted -= EXTRA
    server = os.environ.get("DATABASE_URL") or "postgres://127.0.0.1:5432"
    with psycopg.connect(beside(server, "postgres")) as connection:
        version = str(connection.info.server_version // 10_000)
    LOGS.mkdir(exist_ok=True)
    started = time.monotonic()
    with ExitStack() as stack:
        redis = stack.enter_context(own_redis())
        receiver = stack.enter_context(Receiver().running())
        bench = Bench(server=server, redis=redis, receiver=receiver, quick=options.quick)
        rows, failed = measure(bench, wanted)
    print(report.table(rows))
    if options.write:
        command = "make bench" + (f" GOALS={options.goals}" if options.goals else "")
        command += " QUICK=1" if options.quick else ""
        minutes = (time.monotonic() - started) / 60
        run = report.run(command, report.machine(version), minutes)
        report.write(options.write, rows, run, whole=not options.goals)
    if failed:
        sys.exit(f"Not measured, because it failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
