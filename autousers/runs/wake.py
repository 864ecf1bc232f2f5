"""Messages that wake workers. They may get lost: the rows are the queue, and a sweep finds them."""

from api.background import Background, Publishing, send

#: The task's name: this module cannot import the tasks, because they import it.
WORK = "autousers.tasks.work"

#: Seconds until an unread message expires; the sweep sends new ones.
MESSAGE_LIFE = 10

#: Seconds between two messages; wake-ups in between share one.
PAUSE = 0.05


def publish() -> None:
    """Send a message to one worker."""
    send(WORK, life=MESSAGE_LIFE)


_publisher = Background("run-publisher", Publishing(WORK, life=MESSAGE_LIFE, pause=lambda: PAUSE))


def worker() -> None:
    """Wake a worker. It wakes the next one if more runs are due."""
    _publisher.ask()
