"""Waking workers costs the request that causes it nothing, whatever the broker does."""

import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from django.db import OperationalError

from api import background
from tests.waiting import wait_for
from webhooks.wakeup import pg_notify, wake


@pytest.fixture(autouse=True)
def nobody_is_woken() -> None:
    """Here somebody is."""


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A broker that accepts and does not answer until the event is set."""
    answers = threading.Event()

    def publish() -> float:
        answers.wait(20)
        return 0.0

    monkeypatch.setattr(wake, "_publisher", background.Background("publisher", publish))
    yield answers
    answers.set()


class TestABackgroundThread:
    def test_asking_many_times_is_done_a_few_times_and_once_after_the_last(self):
        done: list[float] = []

        def act() -> float:
            done.append(time.monotonic())
            return pause

        pause = 0.05
        thread = background.Background("test", act)
        asked = 0.0
        for _ in range(50):
            thread.ask()
            asked = time.monotonic()
            time.sleep(0.002)

        assert wait_for(lambda: done and done[-1] >= asked)
        assert all(later - earlier >= pause for earlier, later in pairwise(done))

    def test_asking_never_waits(self):
        release = threading.Event()
        thread = background.Background("test", lambda: float(release.wait(20)) * 0)
        started, worked = time.monotonic(), time.thread_time()
        for _ in range(1000):
            thread.ask()

        assert time.thread_time() - worked < 0.5
        assert time.monotonic() - started < 10  # it is not released yet
        release.set()


class TestAMessage:
    @pytest.fixture
    def sent(self, monkeypatch) -> list[str]:
        sent: list[str] = []
        monkeypatch.setattr(wake._publisher, "ask", lambda: sent.append("message"))
        monkeypatch.setattr(wake, "_notifier", wake._Notifier())
        return sent

    @pytest.mark.parametrize(
        ("leader_listens", "messages"),
        [(True, []), (False, ["message"])],
        ids=["a drain", "nobody"],
    )
    def test_it_is_sent_where_nobody_listens(self, sent, monkeypatch, leader_listens, messages):
        monkeypatch.setattr(pg_notify, "available", lambda: True)
        monkeypatch.setattr(pg_notify, "notify", lambda: leader_listens)
        wake.workers()

        assert sent == messages

    def test_it_is_sent_where_the_database_cannot_tell(self, sent, monkeypatch):
        monkeypatch.setattr(pg_notify, "available", lambda: False)
        wake.workers()

        assert sent == ["message"]

    @pytest.mark.parametrize(("shares", "messages"), [(True, ["message"]), (False, [])])
    def test_helpers_are_called_where_drains_can_share_the_work(
        self, sent, monkeypatch, shares, messages
    ):
        monkeypatch.setattr(pg_notify, "available", lambda: shares)
        wake.start_follower()

        assert sent == messages


class TestABrokerThatDoesNotAnswer:
    def test_the_database_still_tells(self, broker, monkeypatch):
        notified: list[int] = []

        def notify() -> bool:
            notified.append(1)
            return False

        monkeypatch.setattr(pg_notify, "available", lambda: True)
        monkeypatch.setattr(pg_notify, "notify", notify)
        for count in range(1, 4):
            wake.workers()
            assert wait_for(lambda count=count: len(notified) == count)

    def test_notifications_within_the_interval_become_one(self, broker, monkeypatch):
        notified: list[float] = []
        monkeypatch.setattr(pg_notify, "available", lambda: True)
        monkeypatch.setattr(pg_notify, "notify", lambda: notified.append(time.monotonic()))
        monkeypatch.setattr(wake, "NOTIFY_INTERVAL", 0.05)
        monkeypatch.setattr(wake, "_notifier", wake._Notifier())
        asked = 0.0
        for _ in range(50):
            wake.workers()
            asked = time.monotonic()

        assert wait_for(lambda: notified[-1] >= asked)
        time.sleep(3 * wake.NOTIFY_INTERVAL)  # the thread must not notify in another test
        assert len(notified) <= 3

    def test_a_database_that_is_gone_costs_the_request_nothing(self, broker, monkeypatch):
        def notify() -> None:
            raise OperationalError("the connection is lost")

        closed: list[int] = []
        asked: list[int] = []
        monkeypatch.setattr(pg_notify, "available", lambda: True)
        monkeypatch.setattr(pg_notify, "notify", notify)
        monkeypatch.setattr(wake, "_notifier", wake._Notifier())
        monkeypatch.setattr(wake.connection, "close", lambda: closed.append(1))
        monkeypatch.setattr(wake._publisher, "ask", lambda: asked.append(1))

        wake.workers()

        assert closed == [1]  # the next query opens another one
        assert asked == [1]  # the broker may be there

    def test_a_wake_up_costs_nothing(self, broker, monkeypatch):
        monkeypatch.setattr(pg_notify, "available", lambda: False)
        started, worked = time.monotonic(), time.thread_time()
        for _ in range(100):
            wake.workers()

        assert time.thread_time() - worked < 0.1
        assert time.monotonic() - started < 10  # the broker has not answered yet


class TestABrokerThatIsGone:
    def test_it_is_said_once_and_tried_again(self, monkeypatch, caplog):
        calls: list[int] = []

        def publish(_task: str, *, life: float) -> None:
            calls.append(1)
            if len(calls) < 4:
                raise OSError("refused")

        monkeypatch.setattr(background, "send", publish)
        act = background.Publishing("a.task", life=1, pause=lambda: 0)
        for _ in range(4):
            act()
        calls.clear()
        act()

        assert caplog.text.count("The broker is gone") == 2
