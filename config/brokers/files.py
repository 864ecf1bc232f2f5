"""A Celery broker made of files, for the embedded default.

kombu's own filesystem transport loses messages: a reader may take a file that is not complete, and
takes it by a move that may be a copy. Here a message appears complete, by a rename, and belongs to
the reader that removes its file.

One folder per queue below the transport option `folder`. There is no fan-out,
so Celery's remote control and worker events do not work on it.
"""

import json
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import virtual

SUFFIX = ".json"
LONGEST_WAIT = 0.4  # seconds


class Channel(virtual.Channel):
    """Queues as folders, messages as files whose names sort by time."""

    def _folder(self, queue: str) -> Path:
        return Path(self.connection.client.transport_options["folder"]) / queue

    def _messages(self, queue: str) -> list[Path]:
        """List the messages of a queue, oldest first."""
        return sorted(self._folder(queue).glob(f"*{SUFFIX}"))

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        """Add a message; no reader sees it before the rename."""
        folder = self._folder(queue)
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{time.time_ns():020}-{uuid.uuid4().hex}"
        draft = folder / f"{name}.draft"
        draft.write_text(json.dumps(message))
        draft.rename(folder / f"{name}{SUFFIX}")

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        """Take the oldest message."""
        for path in self._messages(queue):
            try:
                text = path.read_text()
                path.unlink()  # succeeds for one reader only: the message is its own
            except FileNotFoundError:
                continue
            message: dict[str, Any] = json.loads(text)
            return message
        raise Empty

    def _size(self, queue: str) -> int:
        """Count the waiting messages."""
        return len(self._messages(queue))

    def _purge(self, queue: str) -> int:
        """Remove the waiting messages and count them."""
        messages = self._messages(queue)
        for path in messages:
            path.unlink(missing_ok=True)
        return len(messages)


class Transport(virtual.Transport):
    """The transport behind `files://`; `config/celery.py` registers that name."""

    Channel = Channel
    driver_type = "files"
    driver_name = "files"

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Wait for a message, but never long.

        Celery checks for a stop only between two waits, and waits once more afterwards: with its
        two seconds, a stop took four.
        """
        super().drain_events(connection, timeout and min(timeout, LONGEST_WAIT))

    def driver_version(self) -> str:
        """Say that there is no driver to have a version."""
        return "N/A"
