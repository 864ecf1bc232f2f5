"""Waking the workers of runs, best effort: the rows are the queue, and a sweep finds the rest."""

from api.background import Background, Publishing, send

#: The task by name: the tasks import what is woken here, not the other way round.
WORK = "autousers.tasks.work"

#: Seconds after which a message that nobody took is dropped; the sweep sends new ones.
MESSAGE_LIFE = 10

#: Seconds between two messages; what comes in between shares one.
PAUSE = 0.05


def publish() -> None:
    """Send a message that lets one more worker look for a run."""
    send(WORK, life=MESSAGE_LIFE)


_publisher = Background("run-publisher", Publishing(WORK, life=MESSAGE_LIFE, pause=lambda: PAUSE))


def worker() -> None:
    """Wake a worker; each that finds a run wakes the next, while there are more."""
    _publisher.ask()
