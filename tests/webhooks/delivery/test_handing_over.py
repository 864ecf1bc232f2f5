"""How leaders and followers end and start others, and the claim after a notification."""

import threading
import time

import pytest
from django.db import OperationalError

from tests.webhooks.engine import (
    FakeClient,
    accepting,
    make_deliveries,
    outcome,
    statuses,
)
from webhooks.delivery import claims, concurrency, worker
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.delivery.worker import Drainer
from webhooks.http.client import Post
from webhooks.models import (
    DeliveryStatus,
    WebhookDelivery,
)

pytestmark = pytest.mark.django_db


class FakeListener:
    """A listener that is the first one, or is not, until it resigns."""

    def __init__(self, *, is_leader: bool, notifications: int = 0) -> None:
        self.is_leader = is_leader
        self.may_lead_soon = False
        self.notifications = notifications
        self.resigned = 0
        self.on_resign = lambda: None

    def notified(self) -> bool:
        self.notifications -= 1
        return self.notifications >= 0

    def check_at(self) -> None:
        return None

    def resign(self) -> None:
        self.is_leader = False
        self.resigned += 1
        self.on_resign()


class TestHandingOver:
    def run(
        self,
        listener: FakeListener,
        *,
        seconds: float = 1.0,
        limit: float = 10_000.0,
        client=None,
        **options,
    ) -> tuple[int, int]:
        """Drain on a clock that steps each time it is read; what was sent, how many calls."""
        calls: list[int] = []
        clock = iter(number / 10 for number in range(100_000))
        drain = Drainer(
            client=client or FakeClient(),
            limits=ConcurrencyLimits(64),
            listener=listener,  # type: ignore[arg-type]
            start_follower=lambda: calls.append(1),
            clock=lambda: next(clock),
            **options,
        )
        return drain.run(idle_timeout=seconds, time_limit=limit), len(calls)

    def test_a_leader_without_work_ends_and_starts_nobody(self, team, hook):
        make_deliveries(team, 3)
        listener = FakeListener(is_leader=True)

        assert self.run(listener) == (3, 0)
        assert listener.resigned == 1

    def test_a_leader_stays_while_there_is_work(self, team, hook):
        """Its idle timeout begins anew with each claim."""
        listener = FakeListener(is_leader=True)
        later = iter(range(3))

        class Working(FakeClient):
            def wait(self, timeout: float) -> list:
                if next(later, None) is not None:
                    make_deliveries(team, 1)
                return super().wait(timeout)

        assert self.run(listener, seconds=6.0, client=Working()) == (3, 0)

    def test_a_leader_that_is_to_stop_starts_another(self, db):
        listener = FakeListener(is_leader=True)

        assert self.run(listener, seconds=1_000.0, stopping=lambda: True) == (0, 1)
        assert listener.resigned == 1

    def test_a_leader_whose_time_is_over_starts_another(self, db):
        assert self.run(FakeListener(is_leader=True), seconds=1_000.0, limit=5.0) == (0, 1)

    def test_a_follower_ends_as_soon_as_nothing_is_due(self, team, hook):
        make_deliveries(team, 3)

        assert self.run(FakeListener(is_leader=False), seconds=1_000_000.0) == (3, 0)

    def test_a_drain_that_may_lead_soon_waits_for_it(self, db):
        listener = FakeListener(is_leader=False)
        listener.may_lead_soon = True
        times = iter(range(4))

        class Waiting(FakeClient):
            def wait(self, timeout: float) -> list:
                listener.may_lead_soon = next(times, None) is not None
                return super().wait(timeout)

        self.run(listener, seconds=1_000_000.0, client=Waiting())
        assert next(times, None) is None

    def test_a_helper_calls_for_nobody(self, team, hook):
        make_deliveries(team, 3)

        assert self.run(FakeListener(is_leader=False)) == (3, 0)

    def test_who_leaves_something_over_calls_for_help(self, team, hook):
        make_deliveries(team, concurrency.INITIAL_LIMIT + 1)

        sent, calls = self.run(FakeListener(is_leader=False))
        assert sent == concurrency.INITIAL_LIMIT + 1
        assert calls >= 1

    def test_what_waits_for_an_endpoint_that_hangs_is_no_reason(self, team, hook):
        """Each worker would have one more of its requests hanging, and nobody would gain by it."""
        make_deliveries(team, concurrency.INITIAL_LIMIT)
        client = FakeClient(lambda post: outcome(post.key.claim, None, error="hung", ms=10_000))
        self.run(FakeListener(is_leader=False), client=client)
        assert statuses() == {DeliveryStatus.FAILED}
        made = make_deliveries(team, 1)
        drain = Drainer(client=client, limits=ConcurrencyLimits(64))  # type: ignore[arg-type]
        drain.run(idle_timeout=0, time_limit=10)
        limits_of_it = drain._limits
        assert limits_of_it.is_reduced(hook.pk)
        assert WebhookDelivery.objects.filter(pk__in=made, status="failed").exists()

        make_deliveries(team, 3)
        assert len(claims.claim(limits_of_it)) == 1
        assert not limits_of_it.backlog

    def test_who_is_busy_listens_on(self, team, hook):
        """However long: whoever hangs must not cost the others the bell."""
        make_deliveries(team, 1)
        listener = FakeListener(is_leader=True)
        heard_at_the_end: list[int] = []

        def hang(post: Post) -> None:
            threading.Timer(0.2, end, [post]).start()

        def end(post: Post) -> None:
            heard_at_the_end.append(listener.resigned)
            client.end(accepting(post))

        client = FakeClient(hang)
        Drainer(client=client, limits=ConcurrencyLimits(4), listener=listener).run(
            idle_timeout=0, time_limit=10
        )  # type: ignore[arg-type]

        assert heard_at_the_end == [0]
        assert listener.resigned == 1

    @pytest.mark.services
    def test_without_a_free_slot_a_notification_starts_a_follower(self, team, hook):
        """And does nothing else until one comes free."""
        make_deliveries(team, 1)
        waits: list[float] = []

        class Slow(FakeClient):
            def wait(self, timeout: float) -> list:
                waits.append(timeout)
                return super().wait(timeout)

        listener = FakeListener(is_leader=True)

        def hang(post: Post) -> None:
            listener.notifications = 1
            threading.Timer(0.3, lambda: client.end(accepting(post))).start()

        client = Slow(hang)
        calls: list[int] = []
        Drainer(
            client=client,  # type: ignore[arg-type]
            limits=ConcurrencyLimits(1),
            listener=listener,  # type: ignore[arg-type]
            start_follower=lambda: calls.append(1),
        ).run(idle_timeout=0, time_limit=10)

        assert calls == [1]
        assert waits.count(0.0) <= 2

    def test_who_loses_the_database_for_a_moment_listens_on(self, team, hook, monkeypatch):
        monkeypatch.setattr(worker, "DATABASE_PAUSE", 0.05)
        monkeypatch.setattr(worker.connection, "close", lambda: None)

        class Deaf(FakeListener):
            def notified(self) -> bool:
                if (now := time.monotonic()) - started < 0.1 and self.is_leader:
                    self.is_leader = False
                    raise OperationalError("the connection is lost")
                self.is_leader = now - started > 0.3
                return False

            def detach(self) -> None:
                pass

        started = time.monotonic()
        listener = Deaf(is_leader=True)
        listener.may_lead_soon = True  # as for each that listens anew
        resigned_at: list[float] = []
        listener.on_resign = lambda: resigned_at.append(time.monotonic() - started)
        Drainer(client=FakeClient(), limits=ConcurrencyLimits(4), listener=listener).run(
            idle_timeout=1, time_limit=10
        )  # type: ignore[arg-type]

        assert resigned_at[0] >= 0.3  # not before it could listen again

    def test_who_can_carry_everything_does_not(self, team, hook):
        make_deliveries(team, concurrency.INITIAL_LIMIT)

        assert self.run(FakeListener(is_leader=False)) == (concurrency.INITIAL_LIMIT, 0)

    def test_a_notification_just_before_it_resigned_is_not_lost(self, team, hook):
        listener = FakeListener(is_leader=True)
        listener.on_resign = lambda: make_deliveries(team, 1) and None

        assert self.run(listener) == (1, 0)
        assert statuses() == {DeliveryStatus.DELIVERED}


@pytest.mark.services
class TestTheShortWay:
    @pytest.fixture
    def claimed(self, monkeypatch) -> list[tuple[str, int]]:
        """The claims that were made: by which way, and how many rows they took."""
        claimed: list[tuple[str, int]] = []
        for name, way in (("claim_first_attempts", "short"), ("claim", "long")):
            real = getattr(claims, name)

            def claim(limits, real=real, way=way):
                rows = real(limits)
                claimed.append((way, len(rows)))
                return rows

            monkeypatch.setattr(claims, name, claim)
        return claimed

    def drain(self, listener: FakeListener, client=None) -> int:
        drain = Drainer(
            client=client or FakeClient(), limits=ConcurrencyLimits(64), listener=listener
        )  # type: ignore[arg-type]
        return drain.run(idle_timeout=0.1, time_limit=10)

    def test_an_idle_leader_claims_after_a_notification(self, team, hook, claimed):
        make_deliveries(team, 1)

        assert self.drain(FakeListener(is_leader=True, notifications=1)) == 1
        assert claimed[0] == ("short", 1)
        assert {way for way, _ in claimed[1:]} == {"long"}

    def test_more_than_it_takes_follows_at_once(self, team, hook, claimed, monkeypatch):
        monkeypatch.setattr(worker, "CLAIM_INTERVAL", 3_600.0)
        make_deliveries(team, concurrency.INITIAL_LIMIT + 5)
        client = FakeClient(lambda post: None)
        later = threading.Timer(
            0.3, lambda: [client.end(accepting(post)) for post in list(client.hanging)]
        )
        later.start()
        Drainer(
            client=client,  # type: ignore[arg-type]
            limits=ConcurrencyLimits(4 * 2 * concurrency.INITIAL_LIMIT),
            listener=FakeListener(is_leader=True, notifications=1),  # type: ignore[arg-type]
        ).run(idle_timeout=0.1, time_limit=0.2)

        assert claimed[:2] == [("short", concurrency.INITIAL_LIMIT), ("long", 0)]

    @pytest.mark.parametrize(
        "listener",
        [FakeListener(is_leader=False, notifications=1), FakeListener(is_leader=True)],
        ids=["not the first", "nobody rang"],
    )
    def test_otherwise_the_long_way_is_taken(self, team, hook, claimed, listener):
        make_deliveries(team, 1)

        assert self.drain(listener) == 1
        assert claimed[0] == ("long", 1)
        assert {way for way, _ in claimed} == {"long"}

    def test_while_something_is_on_its_way_it_is_not_taken(self, team, hook, claimed):
        make_deliveries(team, 1)
        client = FakeClient(lambda post: None)
        threading.Timer(0.2, lambda: client.end(accepting(client.hanging[0]))).start()
        self.drain(FakeListener(is_leader=True, notifications=30), client)

        assert [way for way, _ in claimed].count("short") < 30
        assert claimed[0] == ("short", 1)
        assert claimed[1][0] == "long"

    def test_what_it_leaves_is_claimed_at_once(self, team, hook, claimed):
        make_deliveries(team, 1)
        WebhookDelivery.objects.update(attempt=1, attempt_id="whd_before")

        assert self.drain(FakeListener(is_leader=True, notifications=1)) == 1
        assert claimed[:2] == [("short", 0), ("long", 1)]
