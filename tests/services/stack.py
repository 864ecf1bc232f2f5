"""The server as in production, on the test database: real processes, and a Redis of its own."""

import http.client
import json
import os
import signal
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import connection

from chaos import processes
from chaos.processes import Program, free_port, wait_until
from config.runner import Reaper

#: Seconds after which the web server may have closed a connection that nobody used.
KEPT = 1.0


class Stack:
    """Starts what a test needs, and ends it all with the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.redis_port = free_port()
        self.redis = processes.redis(self.redis_port, folder)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self.listener.getsockname()[1])
        self.steps = folder / "steps"
        self.steps.mkdir()
        self.env = environment(folder, self.redis_port) | {"CHAOS_STEPS": str(self.steps)}
        self._programs: list[Program] = [self.redis]
        self._reaper = Reaper()  # should the tests themselves be killed

    def start_redis(self) -> None:
        """Start Redis, for the first time or again."""
        self._run(self.redis)
        client = redis.Redis(port=self.redis_port)

        def answers() -> bool:
            with suppress(redis.RedisError):
                return bool(client.ping())
            return False

        wait_until(answers, 30, what="Redis")
        client.close()

    def web(self, **env: str) -> Program:
        """A started web server."""
        program = processes.web(self.listener, self.env | env, self.folder)
        return self._start(program)

    def worker(self, *, queues: str = "deliveries,maintenance", **env: str) -> Program:
        """A started worker."""
        return self._start(processes.worker(self.env | env, self.folder, queues=queues))

    def beat(self, **env: str) -> Program:
        """A started scheduler."""
        return self._start(processes.beat(self.env | env, self.folder))

    def run(self, name: str, command: str, **env: str) -> Program:
        """A started program of Python, by its command."""
        return self._start(
            Program(name, processes.python(command), env=self.env | env, folder=self.folder)
        )

    def _start(self, program: Program) -> Program:
        self._programs.append(program)
        self._run(program)
        return program

    def _run(self, program: Program) -> None:
        program.start()
        self._reaper.watch([program.pid for program in self._programs if program.alive])

    def close(self) -> None:
        """Kill everything."""
        for program in self._programs:
            program.kill()
        self._reaper.dismiss()
        self.listener.close()


def environment(folder: Path, redis_port: int) -> dict[str, str]:
    """The environment of a production server on the test database."""
    database = settings.DATABASES["default"]
    user, host, port = (database[name] for name in ("USER", "HOST", "PORT"))
    password = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "chaos.settings",
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": f"postgres://{user}{password}@{host}:{port}/{connection.settings_dict['NAME']}",
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "SECRET_KEY": settings.SECRET_KEY,
        "AUTOUSERS_ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        "AUTOUSERS_PUBLIC_URL": "http://127.0.0.1",
        "AUTOUSERS_FILES_DIR": str(folder / "files"),
        "AUTOUSERS_ALLOW_PRIVATE_TARGETS": "true",
        "CHAOS_HURRY": "100",
        "AUTOUSERS_WEBHOOK_SWEEP_SECONDS": "0.5",
        "AUTOUSERS_RATE_LIMIT_MODE": "log",
        "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
        "LOG_FORMAT": "console",
    }


class Caller:
    """A client of the API on one kept connection."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0.0

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the JSON of a reply; OSError when there is none."""
        idle, self._used = time.monotonic() - self._used, time.monotonic()
        if self._connection is None or idle > KEPT:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            self._connection.request(
                method, f"/api/v1{path}", None if body is None else json.dumps(body), headers
            )
            reply = self._connection.getresponse()
            return reply.status, json.loads(reply.read())
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            self._connection = None
            raise OSError(str(error)) from error

    def create(self) -> str:
        """The id of a new evaluation."""
        status, body = self.call("POST", "/evaluations", {"name": "Kiosk"})
        assert status == 201, body
        return str(body["id"])

    def toggle(self, evaluation: str, count: int) -> list[float]:
        """Change the status so many times; the seconds each change took."""
        spent = []
        for number in range(count):
            started = time.perf_counter()
            status, body = self.call(
                "PATCH", f"/evaluations/{evaluation}", {"status": ("Running", "Ended")[number % 2]}
            )
            spent.append(time.perf_counter() - started)
            assert status == 200, body
        return spent


@contextmanager
def paused(program: Program) -> Iterator[None]:
    """A program that still accepts connections, and answers nothing."""
    program.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        program.signal(signal.SIGCONT)


def median_ms(spent: list[float]) -> float:
    """The median of some times, in milliseconds."""
    return statistics.median(spent) * 1000
