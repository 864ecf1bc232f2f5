"""Named steps of a change and of its delivery, at which a process can be made to die.

A step is armed by a file of its name; the first process that reaches it takes
the file and kills itself, or stops until somebody lets it go on, so that one
arming is one death. Everything is patched in from here: the product has no
hooks for it.
"""

import os
import signal
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from autousers.runs import lifecycle
from webhooks import receivers
from webhooks.delivery import claims, recording
from webhooks.endpoints import health
from webhooks.http.client import Client
from webhooks.wakeup import wake

#: Steps of the web process.
OF_WEB = ("before_commit", "after_commit")

#: Steps of the worker, in their order.
OF_WORKER = (
    "in_claim",
    "after_claim",
    "during_send",
    "after_send",
    "before_record",
    "in_record",
    "after_record",
)

#: Steps of the worker of runs.
OF_RUNNER = ("run_claimed", "run_rated", "run_over")

STEPS = (*OF_WEB, *OF_WORKER, *OF_RUNNER)

#: What the file says when the process is to stop and not to die.
FREEZE = "freeze"

#: Steps at which a worker that stops comes too late: with claims, and with results in hand.
TOO_LATE = ("after_claim", "before_record")

#: Seconds that a request is under way when its sender dies.
SENDING = 0.003


def arm(folder: Path, step: str, what: str = "") -> None:
    """Let the next process that reaches a step die there, or freeze."""
    made = folder / f"new.{step}"
    made.write_text(what)
    made.rename(folder / step)


def disarm(folder: Path) -> None:
    """Let everybody live."""
    for step in STEPS:
        (folder / step).unlink(missing_ok=True)


def deaths(folder: Path) -> list[str]:
    """The steps at which somebody died so far."""
    return sorted(path.name.partition(".")[2].partition(".")[0] for path in folder.glob("died.*"))


def frozen(folder: Path) -> dict[str, int]:
    """Each time that somebody froze so far, and which process it was; one may freeze again."""
    return {path.name: int(path.name.split(".")[2]) for path in folder.glob("froze.*")}


def install(folder: Path) -> None:
    """Put the places to die at into the loaded modules."""
    places = _Places(folder)
    places.after(receivers, "record_event", "before_commit")
    places.before(wake, "workers", "after_commit")
    places.after(claims, "_lease_rows", "in_claim", when=bool)
    places.after(claims, "claim", "after_claim", when=bool)
    places.after(claims, "claim_first_attempts", "after_claim", when=bool)
    places.during(Client, "wait", "during_send")
    places.after(Client, "wait", "after_send", when=bool)
    places.before(recording, "record", "before_record")
    places.after(health, "note", "in_record")
    places.after(recording, "record", "after_record")
    places.after(lifecycle, "claim", "run_claimed", when=bool)
    places.after(lifecycle, "insert_rating", "run_rated")
    places.after(lifecycle, "complete", "run_over")


class _Places:
    """Functions replaced by ones that die."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def reached(self, step: str) -> None:
        """Die, if somebody is to die here."""
        armed = self._folder / step
        if not armed.exists():
            return
        name = f"{step}.{os.getpid()}.{os.urandom(4).hex()}"
        try:
            freeze = armed.read_text() == FREEZE
            armed.rename(self._folder / f"{'froze' if freeze else 'died'}.{name}")
        except FileNotFoundError:
            return  # another process dies in our place
        os.kill(os.getpid(), signal.SIGSTOP if freeze else signal.SIGKILL)

    def before(self, owner: Any, name: str, step: str) -> None:
        """Die before a function is called."""
        real = getattr(owner, name)

        @wraps(real)
        def replaced(*args: Any, **kwargs: Any) -> Any:
            self.reached(step)
            return real(*args, **kwargs)

        setattr(owner, name, replaced)

    def after(
        self, owner: Any, name: str, step: str, *, when: Callable[[Any], bool] = lambda _: True
    ) -> None:
        """Die when a function has returned something of the right kind."""
        real = getattr(owner, name)

        @wraps(real)
        def replaced(*args: Any, **kwargs: Any) -> Any:
            result = real(*args, **kwargs)
            if when(result):
                self.reached(step)
            return result

        setattr(owner, name, replaced)

    def during(self, owner: type[Client], name: str, step: str) -> None:
        """Die while requests are on their way."""
        real = getattr(owner, name)

        @wraps(real)
        def replaced(client: Client, timeout: float) -> Any:
            if client.in_flight and (self._folder / step).exists():
                real(client, min(timeout, SENDING))
                self.reached(step)
            return real(client, timeout)

        setattr(owner, name, replaced)
