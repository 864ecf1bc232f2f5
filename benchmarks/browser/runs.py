"""1,000 runs on one design under three conditions: how long after they were queued all have ended.

The runner of the Procfile with its two processes and their browsers, the worker of the other
queues, and the scheduler, on a scratch database of PostgreSQL and a Redis of our own. No team has
an endpoint, so no webhook is delivered meanwhile; the events are recorded all the same.
"""

import json
import os
import shlex
import subprocess
import sys
from contextlib import ExitStack
from typing import Any

import psycopg

from autousers.engine.browser.running import tree
from benchmarks.browser.page import served
from benchmarks.databases import scratch_database
from benchmarks.services import ROOT, environment, own_redis, process, until

SECONDS = 300.0
"""Seconds after which the measurement is given up."""

_TICKS = os.sysconf("SC_CLK_TCK")
_CELERY = [sys.executable, "-m", "celery"]


def measure() -> dict[str, Any]:
    """Queue the runs and wait for their end."""
    with ExitStack() as stack:
        url = stack.enter_context(served())
        redis = stack.enter_context(own_redis())
        database = stack.enter_context(scratch_database(os.environ["DATABASE_URL"], "runs"))
        env = environment(database, f"{redis.url}/0", AUTOUSERS_ENGINE="browser")
        _python("manage.py", "migrate", "-v0", "--skip-checks", env=env)
        services = {
            name: stack.enter_context(process([*_CELERY, *command], env=env, log=f"runs-{name}"))
            for name, command in _procfile().items()
        }
        with psycopg.connect(database, autocommit=True) as connection:
            until(lambda: _beats(connection), pause=0.2)
            queued = json.loads(_python("-m", "benchmarks.browser.queueing", url, env=env))
            until(lambda: not _active(connection), seconds=SECONDS, pause=0.2)
            found = _result(connection, queued)
        return found | _cpu(services["runner"].pid)


def _procfile() -> dict[str, list[str]]:
    """The workers and the scheduler as production has them."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    commands = {name: shlex.split(rest) for name, _, rest in (one.partition(":") for one in lines)}
    return {name: words[1:] for name, words in commands.items() if words[0] == "celery"}


def _python(*args: str, env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *args], env=env, cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{args[:2]} failed: {done.stderr[-3000:]}")
    return done.stdout


def _beats(connection: psycopg.Connection[Any]) -> bool:
    query = "SELECT 1 FROM api_heartbeat WHERE kind = 'runs'"
    return connection.execute(query).fetchone() is not None


def _active(connection: psycopg.Connection[Any]) -> bool:
    query = "SELECT 1 FROM autousers_autouserrun WHERE due_at IS NOT NULL LIMIT 1"
    return connection.execute(query).fetchone() is not None


def _result(connection: psycopg.Connection[Any], queued: dict[str, Any]) -> dict[str, Any]:
    """What became of the runs and the visits, in seconds after the commit that queued them."""

    def ask(query: str) -> list[Any]:
        return connection.execute(query).fetchall()

    [(completed, last)] = ask(
        "SELECT count(*) FILTER (WHERE status = 'completed'), extract(epoch FROM max(completed_at))"
        " FROM autousers_autouserrun"
    )
    visits = ask("SELECT extract(epoch FROM max(ended_at)) FROM autousers_observation GROUP BY id")
    [(events,)] = ask("SELECT count(*) FROM webhooks_webhookevent")
    pids = ask("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    return {
        "runs": queued["runs"],
        "completed": completed,
        "seconds": float(last) - queued["queued"],
        "visits": len(visits),
        "seen": max(float(ended) for (ended,) in visits) - queued["queued"],
        "events": events,
        "database_cpu": sum(_seconds(pid) for (pid,) in pids),
    }


def _cpu(runner: int) -> dict[str, float]:
    """CPU of the runner, and of its browsers: those that run, and those that have ended."""
    processes = [runner, *tree.descendants(runner)]
    workers = [runner, *(pid for pid in processes if tree.parent_of(pid) == runner)]
    own = sum(_seconds(pid, ended=False) for pid in workers)
    return {"worker_cpu": own, "browser_cpu": sum(map(_seconds, processes)) - own}


def _seconds(pid: int, *, ended: bool = True) -> float:
    """CPU of a process; with that of its children that have `ended`."""
    stat = tree.stat_of(pid)
    return sum(map(int, stat[11 : 15 if ended else 13])) / _TICKS if stat else 0.0
