"""The leader hears notifications at once, the followers a moment later."""

import select
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError, connection, transaction

from tests.waiting import wait_for
from tests.webhooks.engine import FakeClient
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.delivery.worker import Drainer
from webhooks.wakeup import pg_notify

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.django_db(transaction=True)]

MOMENT = 0.6


class ListenerThread:
    """When one listener heard: a thread of its own, as each drain is a process of its own."""

    def __init__(self) -> None:
        self.heard: list[float] = []
        self._killed = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        assert wait_for(lambda: self.heard)  # once, as it begins to listen
        self.heard.clear()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def lose(self) -> None:
        """End as a process that is killed does."""
        self._killed = True
        self.close()

    def _listen(self) -> None:
        with pg_notify.Listener() as listener:
            while not self._stop.wait(0.005):
                if listener.notified():
                    self.heard.append(time.monotonic())
            if self._killed:
                connection.connection.pgconn.finish()
        connection.close()


@pytest.fixture
def listeners(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ListenerThread]]:
    monkeypatch.setattr(pg_notify, "FOLLOWER_DELAY", MOMENT)
    every: list[ListenerThread] = []
    for number in range(3):
        every.append(ListenerThread())
        if not number:
            assert wait_for(lambda: _advisory_locks() == 1)
    yield every
    for one in every:
        one.close()


def _advisory_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return int(cursor.fetchone()[0])


def _channels() -> list[str]:
    """What this thread's session listens to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_listening_channels()")
        return [name for (name,) in cursor.fetchall()]


def _in_a_thread(act: Callable[[], object]) -> None:
    """Do something on another connection."""
    thread = threading.Thread(target=lambda: (act(), connection.close()))
    thread.start()
    thread.join()


def _terminate(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 1000)", [pid])


def _setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])


def notify() -> float:
    """Ring; when that was."""
    begun = time.monotonic()
    pg_notify.notify()
    return begun


class TestListeners:
    def test_the_leader_hears_at_once_and_followers_later(self, listeners):
        begun = notify()

        assert wait_for(lambda: all(one.heard for one in listeners))
        assert listeners[0].heard[0] < begun + MOMENT
        assert all(one.heard[0] >= begun + MOMENT for one in listeners[1:])

    def test_notifying_tells_whether_a_leader_listens(self, listeners):
        assert pg_notify.notify()
        for one in listeners:
            one.close()
        assert not pg_notify.notify()

    def test_when_the_leader_ends_a_follower_leads_at_once(self, listeners, monkeypatch):
        monkeypatch.setattr(
            pg_notify, "LEADER_RETRY", 3_600.0
        )  # from now on only because it is told
        listeners[0].close()
        assert wait_for(lambda: _advisory_locks() == 1)
        assert not any(one.heard for one in listeners)  # that is no reason to look

        begun = notify()

        assert wait_for(lambda: all(one.heard for one in listeners[1:]))
        assert sum(one.heard[0] < begun + MOMENT for one in listeners[1:]) == 1

    def test_when_the_leader_is_killed_a_follower_leads_soon(self, listeners):
        listeners[0].lose()

        assert wait_for(lambda: _advisory_locks() == 1, 3 * pg_notify.LEADER_RETRY)
        assert pg_notify.notify()

    def test_followers_hear_several_notifications_once(self, listeners):
        for _ in range(50):
            notify()

        assert wait_for(lambda: all(one.heard for one in listeners))
        time.sleep(2 * MOMENT)
        assert all(1 <= len(one.heard) <= 2 for one in listeners[1:])


class TestTheFirstPlace:
    def test_a_notification_delays_an_attempt_to_lead_only_for_a_moment(self, monkeypatch):
        """A notifying session holds the lock for that moment."""
        monkeypatch.setattr(pg_notify, "LEADER_RETRY", 3_600.0)
        in_the_way, out_of_it = threading.Event(), threading.Event()

        def ring_slowly() -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1")  # begins it
                pg_notify.notify()
                in_the_way.set()
                out_of_it.wait(5)
            connection.close()

        ringer = threading.Thread(target=ring_slowly)
        ringer.start()
        assert in_the_way.wait(5)
        with pg_notify.Listener() as listener:
            listener.notified()
            assert not listener.is_leader
            out_of_it.set()
            ringer.join()

            assert wait_for(lambda: listener.notified() is not None and listener.is_leader)

    def test_where_nobody_can_listen_everybody_is_the_first(self, monkeypatch):
        monkeypatch.setattr(pg_notify, "available", lambda: False)
        with pg_notify.Listener() as listener:
            assert not listener.notified()
            assert listener.is_leader
            assert listener.check_at() is None


class TestTheConnection:
    def test_behind_a_pooler_nothing_is_listened_to(self, monkeypatch):
        """What listens and holds the lock would be anybody's session a moment later."""
        monkeypatch.setattr(connection, "pooled", True)
        with pg_notify.Listener() as listener:
            assert not listener.notified()
            assert not listener.notified()
            assert not listener.is_leader
            assert not listener.may_lead_soon
            assert _channels() == []
            assert _advisory_locks() == 0
            assert _setting("synchronous_commit") == "on"

    def test_one_that_ended_before_is_replaced(self):
        """As it is after a restart of the database, for a worker that had nothing to do."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [pid] = cursor.fetchone()
        _in_a_thread(lambda: _terminate(pid))
        connection.health_check_done = False  # as at the beginning of each task
        connection.health_check_enabled = True
        with pg_notify.Listener() as listener:
            assert listener.notified()

    def test_the_watched_file_is_readable_after_a_notification(self):
        watched: list[int | None] = []
        with pg_notify.Listener(watched.append) as listener:
            assert listener.notified()
            assert not listener.notified()
            [socket] = watched
            assert not select.select([socket], [], [], 0)[0]

            _in_a_thread(pg_notify.notify)

            assert select.select([socket], [], [], 2)[0]
            assert listener.notified()
            assert not select.select([socket], [], [], 0)[0]
        assert watched == [socket, None]

    def test_what_comes_with_the_answer_to_a_query_is_heard(self):
        with pg_notify.Listener() as listener:
            assert listener.notified()
            with connection.cursor() as cursor:
                cursor.execute(f"NOTIFY {pg_notify.CHANNEL}")
                cursor.execute("SELECT 1")

            assert listener.notified()
            assert not listener.notified()

    def test_it_is_left_as_it_was(self):
        before = _setting("synchronous_commit"), _setting("enable_seqscan")
        with pg_notify.Listener() as listener:
            listener.notified()
            assert _channels() == [pg_notify.CHANNEL]
            assert _advisory_locks() == 1
            assert _setting("synchronous_commit") == "off"
            assert _setting("enable_seqscan") == "off"
            assert _setting("lock_timeout") == "5s"

        assert _channels() == []
        assert _advisory_locks() == 0
        assert before == (_setting("synchronous_commit"), _setting("enable_seqscan"))
        assert before == ("on", "on")

    def test_when_it_cannot_be_left_as_it_was_it_is_closed(self, monkeypatch):
        with pg_notify.Listener() as listener:
            listener.notified()
            raw = connection.connection

            def fail(statements: str) -> None:
                raise OperationalError("a timeout")

            monkeypatch.setattr(pg_notify, "run_bare", fail)
            listener.resign()

        assert raw.closed
        assert _advisory_locks() == 0

    def test_the_session_of_a_machine_that_is_gone_does_not_outlive_it_for_long(self):
        with pg_notify.Listener() as listener:
            listener.notified()
            with connection.cursor() as cursor:
                cursor.execute("SELECT inet_server_addr() IS NOT NULL")
                [over_tcp] = cursor.fetchone()
            expected = "20000" if over_tcp else "0"
            assert _setting("tcp_user_timeout") == expected

    def test_a_drain_that_closes_is_woken_by_nobody(self):
        watched: list[int | None] = []
        with pg_notify.Listener(watched.append) as listener:
            listener.notified()
            Drainer(
                client=FakeClient(),  # type: ignore[arg-type]
                limits=ConcurrencyLimits(4),
                listener=listener,
                stopping=lambda: True,
            ).run(idle_timeout=1, time_limit=10)

            assert watched[-1] is None
        assert _advisory_locks() == 0  # and is left as it was all the same

    def test_one_that_is_lost_is_said_and_another_is_listened_on(self):
        watched: list[int | None] = []
        with pg_notify.Listener(watched.append) as listener:
            listener.notified()
            with connection.cursor() as cursor, pytest.raises(OperationalError):
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            with pytest.raises(OperationalError):
                listener.notified()
            listener.detach()
            connection.close()

            assert listener.notified()  # something may have come meanwhile
            assert _channels() == [pg_notify.CHANNEL]
        assert watched[-1] is None
        assert watched.count(None) == 2
