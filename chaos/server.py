"""The server under test: its processes, and the ways to disturb it.

What is killed from here is started again, as a supervisor would. What ends by
itself is not: the run fails.
"""

import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import redis

from chaos import processes, steps
from chaos.database_proxy import DatabaseProxy, Lost
from chaos.processes import Program
from config.runner import Reaper
from webhooks.wakeup import wake

#: Seconds to wait until a process reaches an armed step.
PATIENCE = 4.0

#: Seconds to wait until killed processes are gone.
DYING = 0.05

#: The longest time that a process is frozen (seconds).
FROZEN = 20.0

#: Seconds after which a killed process is started again.
RESTART = 0.1

#: Seconds that the broker may be down.
GONE = 7.0


class Server:
    """Web, workers, scheduler and broker. Killed programs are started again."""

    def __init__(
        self, env: Mapping[str, str], folder: Path, *, redis_port: int, listener: socket.socket
    ) -> None:
        self.kills: Counter[str] = Counter()
        self.troubles: Counter[str] = Counter()
        #: Attempts in flight at a death. Only these may be lost.
        self.in_flight_at_deaths: set[str] = set()
        #: When a worker was frozen: the lease of its current claim may end before the commit.
        self.frozen_at: list[float] = []
        self.steps = folder / "steps"
        #: How processes ended that were not killed.
        self.died: dict[str, str] = {}
        self._database = env["DATABASE_URL"]
        self._proxies = {name: DatabaseProxy(self._database) for name in ("web", "workers")}
        web_env = {**env, "DATABASE_URL": self._proxies["web"].url}
        env = {**env, "DATABASE_URL": self._proxies["workers"].url}
        self._broker_back_at = 0.0
        self._redis_port = redis_port
        self.broker = processes.redis(redis_port, folder)
        self.web = processes.web(listener, web_env, folder)
        self.workers = [processes.worker(env, folder, name=f"worker{n}") for n in (1, 2)]
        self.runner = processes.worker(env, folder, name="runner", queues="runs")
        self.beat = processes.beat(env, folder)
        self._reaper = Reaper()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._guard = threading.Thread(target=self._keep, daemon=True)

    @property
    def programs(self) -> list[Program]:
        """All programs, the broker first."""
        return [self.broker, self.web, *self.workers, self.runner, self.beat]

    def start(self) -> None:
        """Start everything, and restart killed programs from now on."""
        self._start_dead()
        self._guard.start()

    def ended_by_themselves(self) -> list[str]:
        """The processes and children that ended without being killed."""
        children = [
            f"{program.name}: {how}"
            for program in self.programs
            for how in program.children_that_died()
        ]
        return [*self.died.values(), *children]

    def close(self) -> None:
        """Kill everything."""
        self._stop.set()
        if self._guard.is_alive():
            self._guard.join()
        for program in self.programs:
            program.kill()
        for proxy in self._proxies.values():
            proxy.close()
        self._reaper.dismiss()

    def _keep(self) -> None:
        while not self._stop.wait(RESTART):
            _ = [program.starting for program in self.programs]  # it notes when that is over
            self._start_dead()

    def _start_dead(self) -> None:
        for program in self.programs:
            if how := program.died:
                self.died.setdefault(program.name, how)
        dead = [program for program in self.programs if not program.alive and not program.died]
        if time.monotonic() < self._broker_back_at:
            dead = [program for program in dead if program is not self.broker]
        for program in dead:
            if program.children_left():  # they outlived it
                program.kill()
                self._explain(program)
            program.start()
        if dead:
            self._reaper.watch([program.pid for program in self.programs if program.alive])

    def _explain(self, program: Program | None = None) -> None:
        """Note the leased attempts right after a death, which include those of the dead process."""
        if program is not None and program not in self.workers:
            return
        time.sleep(DYING)
        with suppress(psycopg.Error), self._connect() as connection:
            rows = connection.execute(
                "SELECT attempt_id FROM webhooks_webhookdelivery WHERE leased_until IS NOT NULL"
            ).fetchall()
            with self._lock:
                self.in_flight_at_deaths.update(row[0] for row in rows)

    def _connect(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self._database, autocommit=True, application_name="chaos")

    # --- deaths ---------------------------------------------------------------

    def kill_at(self, step: str) -> bool:
        """Kill the next process that reaches a step; returns whether one did in time."""
        before = len(steps.deaths(self.steps))
        steps.arm(self.steps, step)
        deadline = time.monotonic() + PATIENCE
        while len(steps.deaths(self.steps)) == before:
            if time.monotonic() > deadline:
                steps.disarm(self.steps)
                break
            time.sleep(0.01)
        if len(steps.deaths(self.steps)) == before:
            return False
        self.kills[f"{_whose(step)}: {step}"] += 1
        if step in steps.OF_WORKER:
            self._explain()
        return True

    def kill_child(self, program: Program, chance: random.Random) -> bool:
        """Kill one child of a program."""
        children = program.children()
        if not children:
            return False
        with suppress(ProcessLookupError):
            program.kill_child(chance.choice(children))
            self._count(program, "a child")
            return True
        return False

    def kill_whole(self, program: Program) -> bool:
        """Kill a program and its children."""
        if not program.alive:
            return False
        program.signal(signal.SIGKILL)
        self._count(program, "whole")
        return True

    def kill_parent(self, program: Program) -> bool:
        """Kill a program alone; its children are orphans for a moment."""
        if not program.alive:
            return False
        program.kill_alone()
        self._count(program, "parent alone")
        return True

    def _count(self, program: Program, what: str) -> None:
        self.kills[f"{program.name.rstrip('12')}: {what}, at random"] += 1
        self._explain(program)

    # --- troubles without a death ---------------------------------------------

    def restart_redis(self, chance: random.Random) -> None:
        """Kill the broker; it restarts at once or after some seconds."""
        self.troubles["Redis killed"] += 1
        self._broker_back_at = time.monotonic() + chance.choice((0, chance.uniform(1, GONE)))
        self.broker.signal(signal.SIGKILL)

    def silence_redis(self, chance: random.Random) -> None:
        """Freeze the broker for a while: it accepts connections and does not answer."""
        self.troubles["Redis silent"] += 1
        self.broker.signal(signal.SIGSTOP)
        time.sleep(chance.uniform(0.2, 1.5))
        self.broker.signal(signal.SIGCONT)

    def lose_commit(self, chance: random.Random) -> None:
        """Lose one COMMIT of a request or of a worker, or the answer to it, as a failover does."""
        whose, proxy = chance.choice(list(self._proxies.items()))
        what = chance.choice(list(Lost))
        if not proxy.lose(what).wait(PATIENCE):
            proxy.spare()
            return
        self.troubles[f"{what} of a COMMIT lost, {whose}"] += 1
        self._explain()

    def drop_connections(self, chance: random.Random) -> None:
        """End every session of the database."""
        self.troubles["database connections dropped"] += 1
        with self._connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND application_name <> 'chaos'"
            )
        self._explain()

    def freeze_worker(self, chance: random.Random) -> None:
        """Freeze a worker for longer than a lease, so that its results come too late."""
        children = chance.choice(self.workers).children()
        if not children:
            return
        pid = chance.choice(children)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            self._frozen(pid, chance)

    def freeze_worker_at_step(self, chance: random.Random) -> None:
        """Freeze a worker at a step where it has claims or results."""
        before = set(steps.frozen(self.steps))
        steps.arm(self.steps, chance.choice(steps.TOO_LATE), steps.FREEZE)
        deadline = time.monotonic() + PATIENCE
        while not (stopped := steps.frozen(self.steps).keys() - before):
            if time.monotonic() > deadline:
                steps.disarm(self.steps)
                return
            time.sleep(0.01)
        self._frozen(steps.frozen(self.steps)[stopped.pop()], chance)

    def _frozen(self, pid: int, chance: random.Random) -> None:
        """Note that a process is frozen, and resume it after its leases have ended."""
        self.troubles["worker frozen beyond its lease"] += 1
        self.frozen_at.append(time.time())
        self._explain()
        late = chance.uniform(0.2, 1.5)
        threading.Thread(target=self._thaw, args=[pid, late], daemon=True).start()

    def _thaw(self, pid: int, late: float) -> None:
        """Resume a process a little after others have claimed its deliveries."""
        with suppress(psycopg.Error), self._connect() as connection:
            held = connection.execute(
                "SELECT array_agg(DISTINCT lease) FROM webhooks_webhookdelivery WHERE lease <> ''"
            ).fetchone()
            deadline = time.monotonic() + FROZEN
            while time.monotonic() < deadline and held and held[0]:
                time.sleep(0.1)
                held = connection.execute(
                    "SELECT array_agg(DISTINCT lease) FROM webhooks_webhookdelivery"
                    " WHERE lease = ANY(%s)",
                    held,
                ).fetchone()
        time.sleep(late)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    def fill_queue(self, chance: random.Random) -> None:
        """Send needless wake-ups and malformed messages to the broker."""
        from config.celery import app

        self.troubles["queue filled with junk"] += 1
        with suppress(Exception):  # it may be gone right now
            for _ in range(100):
                app.send_task(wake.DRAIN_TASK, retry=False, expires=10)
            app.send_task("no.such.task", queue="deliveries", retry=False)
            app.send_task(wake.DRAIN_TASK, args=["nonsense", 1, 2], retry=False)
            client = redis.Redis(port=self._redis_port, socket_timeout=2)
            client.lpush("deliveries", b"\x00 not a message", b"{}")
            client.close()


def _whose(step: str) -> str:
    """The kind of process that dies at a step."""
    if step in steps.OF_WEB:
        return "web"
    return "worker" if step in steps.OF_WORKER else "runner"
