"""A stack of real processes, and a receiver that remembers, for each test."""

import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from teams.models import Team
from tests.conftest import make_key
from tests.services.stack import Caller, Stack
from tests.webhooks.engine import make_endpoint
from webhooks.http.receiver import Received, ReceiverServer, serving


class Receiver:
    """Counts the events that arrive with a good signature; answers after `delay` seconds."""

    def __init__(self, *, delay: float = 0.0) -> None:
        self.delay = delay
        self.secrets: list[str] = []
        self.events: Counter[str] = Counter()
        self.times: dict[str, float] = {}
        self._lock = threading.Lock()

    def answer(self, received: Received) -> int:
        """Verify, remember and answer."""
        time.sleep(self.delay)
        received.verify(self.secrets[0])
        with self._lock:
            self.events[received.event_id] += 1
            self.times.setdefault(received.event_id, time.monotonic())
        return 200

    @property
    def repeats(self) -> int:
        """How many requests brought an event that was known already."""
        return sum(self.events.values()) - len(self.events)


@pytest.fixture
def stack(transactional_db: None, tmp_path: Path) -> Iterator[Stack]:
    """Everything may be started; Redis runs."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs the redis-server program")
    stack = Stack(tmp_path)
    try:
        stack.start_redis()
        yield stack
    finally:
        stack.close()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def listener(receiver: Receiver, team: Team) -> Iterator[ReceiverServer]:
    """The receiver's server, subscribed to everything of `team`."""
    with serving(receiver.answer) as listener:
        receiver.secrets.append(make_endpoint(team, listener.url).secret)
        yield listener


@pytest.fixture
def caller(stack: Stack, team: Team) -> Caller:
    """A client with a key of `team`; start a web server to use it."""
    return Caller(stack.port, make_key(team))
