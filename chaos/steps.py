"""Named steps of a change and of its delivery at which a process can die.

A step is armed by a file of its name. The first process that reaches it renames the
file and kills or stops itself, so that one file causes one death. This module patches
the steps in: the product has no hooks for it.
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

#: The content of a file that stops the process instead of killing it.
FREEZE = "freeze"

#: Steps at which a stopped worker has claims or results that become too old.
TOO_LATE = ("after_claim", "before_record")

#: Seconds from the start of a request to the death of its sender.
SENDING = 0.003


def arm(folder: Path, step: str, what: str = "") -> None:
    """Kill or freeze the next process that reaches a step."""
    made = folder / f"new.{step}"
    made.write_text(what)
    made.rename(folder / step)


def disarm(folder: Path) -> None:
    """Disarm all steps."""
    for step in STEPS:
        (folder / step).unlink(missing_ok=True)


def deaths(folder: Path) -> list[str]:
    """The steps at which a process has died so far."""
    return sorted(path.name.partition(".")[2].partition(".")[0] for path in folder.glob("died.*"))


def frozen(folder: Path) -> dict[str, int]:
    """The freezes so far, with the id of the process. A process may freeze more than once."""
    return {path.name: int(path.name.split(".")[2]) for path in folder.glob("froze.*")}


def install(folder: Path) -> None:
    """Patch the steps into the loaded modules."""
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
    """Replaces functions by ones that die at armed steps."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def reached(self, step: str) -> None:
        """Die or stop if the step is armed."""
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
        """Die after a function has returned a value for which `when` is true."""
        real = getattr(owner, name)

        @wraps(real)
        def replaced(*args: Any, **kwargs: Any) -> Any:
            result = real(*args, **kwargs)
            if when(result):
                self.reached(step)
            return result

        setattr(owner, name, replaced)

    def during(self, owner: type[Client], name: str, step: str) -> None:
        """Die while requests are in flight."""
        real = getattr(owner, name)

        @wraps(real)
        def replaced(client: Client, timeout: float) -> Any:
            if client.in_flight and (self._folder / step).exists():
                real(client, min(timeout, SENDING))
                self.reached(step)
            return real(client, timeout)

        setattr(owner, name, replaced)
