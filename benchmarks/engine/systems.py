"""The systems under comparison: the contender, the baselines, and the receiver of both."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from celery import Celery

from benchmarks.services import ROOT, Redis, environment, free_port, process, until

CHANNEL = "autousers_deliveries"


def run_python(module: str, *args: object, env: dict[str, str]) -> str:
    """Run a module and return its output."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, args)],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


class Receiver:
    """The receiver process and its log."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator["Receiver"]:
        """Run it for the duration of the context."""
        command = [sys.executable, "-m", "benchmarks.engine.programs.receiver", str(self.port)]
        with process(command, env=environment("", ""), log="receiver"):
            until(self._answers)
            yield self

    def _answers(self) -> bool:
        try:
            return bool(self.count()) or True
        except OSError:
            return False

    def _get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(self.url + path, timeout=30) as reply:
            return dict(json.load(reply))

    def count(self) -> int:
        """The requests since the log was taken."""
        return int(self._get("/_count")["count"])

    def take(self) -> dict[str, Any]:
        """Take the log: count, times of the first and last request, marks."""
        return self._get("/_log")

    def per_second(self, count: int, *, seconds: float = 300.0) -> float:
        """Wait for so many requests; returns the rate from the first to the last."""
        until(lambda: self.count() >= count, seconds=seconds, pause=0.2)
        log = self.take()
        return float((log["count"] - 1) / (log["last"] - log["first"]))


@dataclass
class Contender:
    """The contender, our server: a migrated scratch database, workers and writers."""

    database: str
    redis: Redis
    env: dict[str, str] = field(default_factory=dict)
    rounds: int = 0

    def __post_init__(self) -> None:
        self.env = environment(self.database, f"{self.redis.url}/0")
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"],
            env=self.env,
            cwd=ROOT,
            check=True,
        )

    def seed(self, teams: int, *urls: str) -> dict[str, Any]:
        """Create teams with an endpoint for each URL."""
        world: dict[str, Any] = json.loads(
            run_python("benchmarks.seed", teams, *urls, env=self.env)
        )
        return world

    def sql(self, statement: str, *values: object) -> list[Any]:
        """Run a statement and return its rows."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def backlog(self, count: int) -> None:
        """Make that many due deliveries, each of an event of its own, and wake who listens.

        The endpoints take turns; all of it becomes visible at once.
        """
        self.rounds += 1
        with psycopg.connect(self.database) as connection:
            connection.execute(
                f"""
                CREATE TEMPORARY TABLE made ON COMMIT DROP AS
                SELECT endpoint.id AS endpoint_id, endpoint.team_id, sample.payload,
                       lpad('{self.rounds}', 8, '0') || lpad(n::text, 16, '0') AS tail
                FROM generate_series(1, {count}) AS n
                JOIN (SELECT id, team_id, row_number() OVER (ORDER BY id) - 1 AS place
                      FROM webhooks_webhookendpoint) AS endpoint
                  ON endpoint.place = n % (SELECT count(*) FROM webhooks_webhookendpoint),
                  (SELECT payload FROM webhooks_webhookevent ORDER BY id LIMIT 1) AS sample
                """
            )
            connection.execute(
                """
                INSERT INTO webhooks_webhookevent
                    (id, team_id, type, object_id, transition, synthetic, api_version, payload,
                     created_at)
                SELECT 'event_c' || tail, team_id, 'evaluation.status_changed', 'c' || tail, 0,
                       false, '2026-05-04', payload, now()
                FROM made ORDER BY tail
                """
            )
            connection.execute(
                """
                INSERT INTO webhooks_webhookdelivery
                    (id, event_id, endpoint_id, replay, replays_delivery_id, synthetic,
                     api_version, status, attempt, attempt_id, scheduled_for, next_attempt_at,
                     lease, response_body, error, created_at)
                SELECT 'whd_c' || tail, 'event_c' || tail, endpoint_id, 0, '', false, '',
                       'pending', 0, '', now(), clock_timestamp(), '', '', '', now()
                FROM made ORDER BY tail
                """
            )
            connection.commit()
            connection.autocommit = True
            # As autovacuum does within a minute, so that all rounds start from the same state.
            connection.execute("ANALYZE webhooks_webhookdelivery, webhooks_webhookevent")
            connection.execute(f"NOTIFY {CHANNEL}")

    def due(self) -> int:
        """The deliveries with a further attempt."""
        [(count,)] = self.sql(
            "SELECT count(*) FROM webhooks_webhookdelivery WHERE next_attempt_at IS NOT NULL"
        )
        return int(count)

    @contextmanager
    def workers(self, processes: int, **env: str) -> Iterator["subprocess.Popen[bytes]"]:
        """The scheduler and a worker with so many processes, one of which drains."""
        celery = [sys.executable, "-m", "celery", "-A", "config"]
        options = ["-Q", "deliveries,maintenance", "-c", str(processes), "-l", "WARNING"]
        options += ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # see Procfile
        self.redis.client.flushall()
        with (
            process([*celery, "worker", *options], env={**self.env, **env}, log="worker") as worker,
            process([*celery, "beat", "-l", "WARNING"], env=self.env, log="beat"),
        ):
            self.start_leader()
            yield worker

    def start_leader(self) -> None:
        """Start a drain, which stays as the leader; a backlog starts the others."""
        app = Celery(broker=f"{self.redis.url}/0")

        def draining() -> bool:
            with app.connection_for_write() as broker:  # a new one: this Redis may have been killed
                active = app.control.inspect(timeout=0.5, connection=broker).active() or {}
                tasks = [task["name"] for one in active.values() for task in one]
                if "webhooks.tasks.drain" in tasks:
                    return True
                app.send_task(
                    "webhooks.tasks.drain", queue="deliveries", expires=5, connection=broker
                )
            return False

        until(draining, pause=0.5)

    def write(self, count: int, per_second: float, *evaluations: str) -> list[list[float]]:
        """Change evaluations; returns [mark, time of commit, duration] of each change."""
        printed = run_python(
            "benchmarks.engine.programs.writer", count, per_second, *evaluations, env=self.env
        )
        written: list[list[float]] = json.loads(printed)
        return written


@dataclass
class Baseline:
    """A baseline: a scratch database and Celery workers with its best pool."""

    name: str
    database: str
    redis: Redis
    payload: Path
    number: int
    pool: tuple[str, int] = ("prefork", 2)

    def __post_init__(self) -> None:
        self.env = environment(
            self.database,
            f"{self.redis.url}/{self.number}",
            DJANGO_SETTINGS_MODULE=f"benchmarks.engine.baselines.{self.name}.settings",
            BENCH_PAYLOAD=str(self.payload),
        )
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "-v0", "--run-syncdb", "--skip-checks"],
            env=self.env,
            cwd=ROOT,
            check=True,
        )

    def python(self, module: str, *args: object) -> str:
        """Run a module of the baseline."""
        return run_python(f"benchmarks.engine.baselines.{self.name}.{module}", *args, env=self.env)

    @contextmanager
    def workers(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Its Celery workers."""
        pool, concurrency = self.pool
        command = [
            sys.executable, "-m", "celery", "-A", "benchmarks.engine.baselines.celery", "worker",
            "-P", pool, "-c", str(concurrency), "-l", "ERROR",
        ]  # fmt: skip
        with process(command, env=self.env, log=self.name) as worker:
            yield worker
