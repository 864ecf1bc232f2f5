"""Measure the API: what requests cost beside their floor, and pages of long lists.

    python -m benchmarks.api.run [--quick] [--requests] [--write FILE]

`make bench-api` does this. It needs `wrk`, the program redis-server and a
PostgreSQL server (`DATABASE_URL`; scratch databases are made and dropped).
Absolute figures say more about the machine; the ratios are the result.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import report
from benchmarks.api.operations import API, FLOOR, OPERATIONS, Operation
from benchmarks.databases import beside, scratch_database
from benchmarks.report import Goal, Row
from benchmarks.services import (
    LOGS,
    ROOT,
    environment,
    free_port,
    own_redis,
    process,
    until,
)

CPU = "CPU of a request in the process, in times of its floor's"
SPEED = "requests per second of the floor, in times of ours"
LONG = "the same page with {many:,} rows, in times of what it takes with 1,000"
QUERIES = {"GET evaluation": 4, "PATCH evaluation, with an event": 8}
QUERIES["PATCH evaluation, with an event and a key"] = 10

LUA = """
local paths = {{{paths}}}
local n = 0
request = function()
  n = n + 1
  return wrk.format("{method}", paths[n % #paths + 1], nil, {body})
end
wrk.headers["Authorization"] = "Bearer {token}"
wrk.headers["Content-Type"] = "application/json"
response = function(status) if status ~= 200 then print("status " .. status) end end
"""


def child(database: str, redis: str, *command: str, **env: str) -> Any:
    """Run one of our programs on a database; what it prints, as JSON."""
    ended = subprocess.run(
        [sys.executable, *command],
        env=environment(database, redis, **env),
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return json.loads(ended.stdout or b"null")


def wrk(script: str, port: int, seconds: int) -> float:
    """Requests per second of one run."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", "-c8", f"-d{seconds}s", "-s", file.name]
        command.append(f"http://127.0.0.1:{port}")
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "status " in output or "Non-2xx" in output:
        sys.exit(output)
    return float(output.split("Requests/sec:")[1].split()[0])


def single(database: str, redis: str, *, quick: bool) -> list[Row]:
    """The operations beside their floor: CPU in one process, then wrk against gunicorn."""
    settings = {"DJANGO_SETTINGS_MODULE": "benchmarks.api.settings"}
    asked = child(database, redis, "-m", "benchmarks.api.single", **settings)
    rounds, requests = ("5", "50") if quick else ("9", "200")
    whom = (asked["token"], *asked["ids"])
    found = child(database, redis, "-m", "benchmarks.api.cpu", rounds, requests, *whom, **settings)
    rows = []
    for name, pairs in found.items():
        ours, floor = (report.middle(side) for side in zip(*pairs, strict=True))
        most = OPERATIONS[name].at_most
        rows.append(
            report.judged(
                Goal(f"{name}, CPU", CPU, most, most),
                [ours / floor for ours, floor in pairs],
                f"{ours} ms, floor {floor} ms",
            )
        )
    return rows + speeds(database, redis, asked, quick=quick)


def speeds(database: str, redis: str, asked: dict[str, Any], *, quick: bool) -> list[Row]:
    """Requests per second of one gunicorn process with eight threads."""
    seconds, rounds, port = (2, 3, free_port()) if quick else (4, 5, free_port())
    settings = {"DJANGO_SETTINGS_MODULE": "benchmarks.api.settings"}
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}"]
    command += ["--threads", "8"]

    def answers() -> bool:
        with suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/openapi.json").close()
            return True
        return False

    rows = []
    with process(command, env=environment(database, redis, **settings), log="bench-api"):
        until(answers)
        for name, operation in OPERATIONS.items():
            scripts = [script(operation, prefix, asked) for prefix in (API, FLOOR)]
            pairs = [[wrk(one, port, seconds) for one in scripts] for _ in range(rounds)]
            ours, floor = (report.middle(side) for side in zip(*pairs, strict=True))
            ratios = [floor / ours for ours, floor in pairs]
            figures = f"{ours}/s, floor {floor}/s"
            rows.append(
                Row(
                    f"{name}, wrk", SPEED, statistics.median(ratios), details=figures, spread=ratios
                )
            )
    return rows


def script(operation: Operation, prefix: str, asked: dict[str, Any]) -> str:
    """What wrk is to send, to us or to the floor."""
    paths = [operation.path(prefix, pk) for pk in asked["ids"]]
    body = operation.body.format(n="' .. n .. '") if prefix == API else ""
    return LUA.format(
        paths=", ".join(f"'{path}'" for path in paths),
        method=operation.method if prefix == API else "GET",
        body=f"'{body}'" if body else "nil",
        token=asked["token"],
    )


def pages(server: str, redis: str, *, quick: bool) -> list[Row]:
    """Pages of lists: two databases, asked in turn."""
    evaluations, ratings = (100_000, 100_000) if quick else (1_000_000, 10_000_000)
    rounds, requests = (3, 20) if quick else (5, 40)
    found: dict[str, list[tuple[float, float]]] = {}
    with (
        scratch_database(server, "bench_few") as few,
        scratch_database(server, "bench_many") as many,
    ):
        asked = {}
        for database, counts in ((few, (1_000, 1_000)), (many, (evaluations, ratings))):
            migrate(database, redis)
            asked[database] = child(
                database, redis, "-m", "benchmarks.api.pages", "fill", *map(str, counts)
            )
        for _ in range(rounds):
            took = [
                child(database, redis, "-m", "benchmarks.api.pages", "time",
                      whom["token"], whom["study"], str(requests))
                for database, whom in asked.items()
            ]  # fmt: skip
            for page, milliseconds in took[0].items():
                found.setdefault(page, []).append((milliseconds, took[1][page]))
    rows = []
    for page, pairs in found.items():
        rows_there = evaluations if page.startswith("evaluations") else ratings
        goal = Goal(f"{page} page", LONG.format(many=rows_there), 1.3, 1.1)
        small, large = (statistics.median(times) for times in zip(*pairs, strict=True))
        details = f"{report.number(large)} ms, with 1,000 rows {report.number(small)} ms"
        rows.append(report.judged(goal, [b / a for a, b in pairs], details))
    return rows


def queries() -> list[Row]:
    """How many queries the test suite allows, which compares them on each run."""
    counts = json.loads((ROOT / "tests" / "api" / "query_counts.json").read_text())
    return [
        Row(name, "queries", counts[name]["postgresql"], most, most)
        for name, most in QUERIES.items()
    ]


def migrate(database: str, redis: str) -> None:
    """Make the tables."""
    child(database, redis, "manage.py", "migrate", "--verbosity", "0")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rows and repetitions")
    parser.add_argument("--requests", action="store_true", help="leave out pages of long lists")
    parser.add_argument("--write", type=Path, help="the document to write the table to")
    options = parser.parse_args()
    server = os.environ.get("DATABASE_URL") or "postgres://127.0.0.1:5432"
    with psycopg.connect(beside(server, "postgres")) as connection:
        version = str(connection.info.server_version // 10_000)
    LOGS.mkdir(exist_ok=True)
    started = time.monotonic()
    rows = queries()
    with own_redis() as redis:
        with scratch_database(server, "bench_single") as database:
            migrate(database, redis.url)
            rows += single(database, redis.url, quick=options.quick)
        if not options.requests:
            rows += pages(server, redis.url, quick=options.quick)
    print(report.table(rows))
    if options.write:
        command = "make bench-api" + (" REQUESTS=1" if options.requests else "")
        command += " QUICK=1" if options.quick else ""
        minutes = (time.monotonic() - started) / 60
        run = report.run(command, report.machine(version), minutes)
        report.write(options.write, rows, run, whole=not options.requests)


if __name__ == "__main__":
    main()
