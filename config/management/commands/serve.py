"""`manage.py serve`: the whole server in one command; `make run` calls it."""

import errno
import http.client
import os
import socket
import sys
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from autousers.engine import engine_name
from autousers.engine.browser.availability import why_no_browser
from config import embedded
from config.runner import Runner, Service

FIRST_ANSWER_SECONDS = 180  # many times what a small machine under load needs
GRACE_SECONDS = 2  # for requests under way when the server stops
WELCOME = """
Autousers is running; Ctrl-C stops it.

  Base URL   {url}
  API docs   {url}/api/docs
  Admin      {url}/admin/
  Engine     {engine}

Next, in another terminal:  {next}
To use the admin:           {operator}
"""


class Command(BaseCommand):
    """Migrate, then run web, workers and scheduler together until stopped."""

    help = "Migrate the database and run web, workers and scheduler together."

    def handle(self, **options: Any) -> None:
        """Start everything, and say where it is once it answers."""
        listener = listen(settings.HOST, settings.PORT)
        embedded.prepare(settings.DATA_DIR)
        claimed = embedded.claim(settings.DATA_DIR) if settings.EMBEDDED else None
        self.stdout.write("Preparing the database ...")
        call_command("migrate", interactive=False, verbosity=0)
        connections.close_all()  # the services have their own

        runner = Runner(
            [web(listener), *workers(), beat()], {**os.environ, "PYTHONUNBUFFERED": "1"}
        )
        failed = threading.Event()

        def announce() -> None:
            if first_answer():
                runner.say(welcome())
            else:
                failed.set()
                runner.stop()

        threading.Thread(target=announce, daemon=True).start()
        runner.run()
        if claimed is not None:
            claimed.close()
        if failed.is_set():
            raise CommandError("The web server did not answer; what it said stands above.")


def welcome() -> str:
    """Where the server is, what rates designs, and what to type next."""
    return WELCOME.format(
        url=settings.PUBLIC_URL,
        engine=engine(),
        next=next_command(),
        operator=operator_command(),
    )


def engine() -> str:
    """Which engine rates designs, and how to get the other one."""
    name = engine_name()
    if name == "browser":
        return "browser: Chromium looks at designs (AUTOUSERS_ENGINE=markup: without it)"
    if name == "markup":
        why = why_no_browser(settings.BROWSER) or "AUTOUSERS_ENGINE says so."
        return f"markup: no browser looks at designs. {why}"
    return name


def listen(host: str, port: int) -> socket.socket:
    """Open the socket that every web process serves.

    It is the runner's, so that callers wait while a dead web process is
    replaced, instead of being refused.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                f"Port {port} on {host} is in use by another program. "
                f"Stop that one, or choose another port: make run PORT={port + 1}"
            ) from error
        raise CommandError(f"Cannot listen on {host}, port {port}: {error.strerror}") from error


def web(listener: socket.socket) -> Service:
    """Describe the web server: one process, with threads."""
    command = _python_module(
        f"gunicorn config.wsgi --bind fd://{listener.fileno()}"
        f" --graceful-timeout {GRACE_SECONDS} --log-level warning"
    )
    return Service("web", command, pass_fds=(listener.fileno(),))


def workers() -> list[Service]:
    """Describe the workers: one that delivers, and one for runs, so that neither waits.

    Each is one process, because its threads hear of a shutdown and can finish.
    A delivery or a run waits for the network nearly all of its time, so threads
    cost it little; and there is no child that could outlive a killed parent.
    """
    return [worker("worker", "deliveries,maintenance", 4), worker("runner", "runs", 2)]


def worker(name: str, queues: str, concurrency: int) -> Service:
    """Describe a worker of some queues."""
    return Service(
        name,
        _python_module(
            f"celery --app config --quiet worker -n {queues.partition(',')[0]}@%h --queues {queues}"
            f" --pool threads --concurrency {concurrency}"
            " --without-gossip --without-mingle --without-heartbeat"
        ),
    )


def beat() -> Service:
    """Describe the scheduler; it writes no pid file, so a killed one leaves none behind."""
    return Service("beat", _python_module("celery --app config --quiet beat --pidfile="))


def _python_module(command: str) -> list[str]:
    return [sys.executable, "-m", *command.split()]


def first_answer() -> bool:
    """Wait for any answer of the web server; False if there is none."""
    host, public_name = settings.HOST.strip("[]"), urlsplit(settings.PUBLIC_URL).netloc
    deadline = time.monotonic() + FIRST_ANSWER_SECONDS
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(host, settings.PORT, timeout=10)
        try:
            connection.request("GET", "/api/docs", headers={"Host": public_name})
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
        else:
            return True
        finally:
            connection.close()
    return False


def next_command() -> str:
    """Say what to type next, with the settings this server was started with."""
    return " ".join(["make demo", *given_settings()])


def operator_command() -> str:
    """Say how somebody becomes an operator of this server."""
    command = ".venv/bin/python manage.py make_operator you@example.com --role admin"
    return " ".join([*given_settings(), command])


def given_settings() -> list[str]:
    """The settings that this server was started with, as a shell takes them."""
    return [f"{name}={os.environ[name]}" for name in ("PORT", "DATA_DIR") if os.environ.get(name)]
