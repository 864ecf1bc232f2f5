"""Who listens, who helps, and which way an event takes that rang for an idle drain."""

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


class Ear:
    """A listener that is the first one, or is not, until it resigns."""

    def __init__(self, *, first: bool, rings: int = 0) -> None:
        self.first = first
        self.rings = rings
        self.resigned = 0
        self.on_resign = lambda: None

    def rang(self) -> bool:
        self.rings -= 1
        return self.rings >= 0

    def look_at(self) -> None:
        return None

    def resign(self) -> None:
        self.first = False
        self.resigned += 1
        self.on_resign()


class TestHandingOver:
    def run(self, ear: Ear, *, seconds: float = 1.0, client=None, **options) -> tuple[int, int]:
        """Drain on a clock that steps each time it is read; what was sent, how many calls."""
        calls: list[int] = []
        clock = iter(number / 10 for number in range(100_000))
        drain = Drainer(
            client=client or FakeClient(),
            limits=ConcurrencyLimits(64),
            listener=ear,  # type: ignore[arg-type]
            one_more=lambda: calls.append(1),
            clock=lambda: next(clock),
            **options,
        )
        return drain.run(linger=seconds, limit=10_000), len(calls)

    def test_the_first_calls_for_the_next_before_it_goes(self, team, hook):
        make_deliveries(team, 3)
        ear = Ear(first=True)

        assert self.run(ear) == (3, 1)
        assert ear.resigned == 1

    def test_the_first_that_had_nothing_to_do_calls_for_nobody(self, db):
        assert self.run(Ear(first=True)) == (0, 0)

    def test_one_that_is_to_stop_calls_for_another_at_once(self, db):
        ear = Ear(first=True)

        assert self.run(ear, seconds=1_000.0, stopping=lambda: True) == (0, 1)
        assert ear.resigned == 1

    def test_a_helper_calls_for_nobody(self, team, hook):
        make_deliveries(team, 3)

        assert self.run(Ear(first=False)) == (3, 0)

    def test_who_leaves_something_over_calls_for_help(self, team, hook):
        make_deliveries(team, concurrency.INITIAL_LIMIT + 1)

        sent, calls = self.run(Ear(first=False))
        assert sent == concurrency.INITIAL_LIMIT + 1
        assert calls >= 1

    def test_what_waits_for_an_endpoint_that_hangs_is_no_reason(self, team, hook):
        """Each worker would have one more of its requests hanging, and nobody would gain by it."""
        make_deliveries(team, concurrency.INITIAL_LIMIT)
        client = FakeClient(lambda post: outcome(post.key.claim, None, error="hung", ms=10_000))
        self.run(Ear(first=False), client=client)
        assert statuses() == {DeliveryStatus.FAILED}
        made = make_deliveries(team, 1)
        drain = Drainer(client=client, limits=ConcurrencyLimits(64))  # type: ignore[arg-type]
        drain.run(linger=0, limit=10)
        limits_of_it = drain._limits
        assert limits_of_it.is_reduced(hook.pk)
        assert WebhookDelivery.objects.filter(pk__in=made, status="failed").exists()

        make_deliveries(team, 3)
        assert len(claims.claim(limits_of_it)) == 1
        assert not limits_of_it.backlog

    def test_who_is_busy_listens_on(self, team, hook):
        """However long: whoever hangs must not cost the others the bell."""
        make_deliveries(team, 1)
        ear = Ear(first=True)
        heard_at_the_end: list[int] = []

        def hang(post: Post) -> None:
            threading.Timer(0.2, end, [post]).start()

        def end(post: Post) -> None:
            heard_at_the_end.append(ear.resigned)
            client.end(accepting(post))

        client = FakeClient(hang)
        Drainer(client=client, limits=ConcurrencyLimits(4), listener=ear).run(linger=0, limit=10)  # type: ignore[arg-type]

        assert heard_at_the_end == [0]
        assert ear.resigned == 1

    @pytest.mark.services
    def test_who_has_no_slot_free_calls_for_help_when_it_rings(self, team, hook):
        """And does nothing else until one comes free."""
        make_deliveries(team, 1)
        waits: list[float] = []

        class Slow(FakeClient):
            def wait(self, timeout: float) -> list:
                waits.append(timeout)
                return super().wait(timeout)

        ear = Ear(first=True)

        def hang(post: Post) -> None:
            ear.rings = 1
            threading.Timer(0.3, lambda: client.end(accepting(post))).start()

        client = Slow(hang)
        calls: list[int] = []
        Drainer(
            client=client,  # type: ignore[arg-type]
            limits=ConcurrencyLimits(1),
            listener=ear,  # type: ignore[arg-type]
            one_more=lambda: calls.append(1),
        ).run(linger=0, limit=10)

        assert calls == [1]
        assert waits.count(0.0) <= 2

    def test_who_loses_the_database_for_a_moment_listens_on(self, team, hook, monkeypatch):
        monkeypatch.setattr(worker, "DATABASE_PAUSE", 0.05)
        monkeypatch.setattr(worker.connection, "close", lambda: None)

        class Deaf(Ear):
            def rang(self) -> bool:
                if (now := time.monotonic()) - started < 0.1 and self.first:
                    self.first = False
                    raise OperationalError("the connection is lost")
                self.first = now - started > 0.3
                return False

            def let_go(self) -> None:
                pass

        started = time.monotonic()
        ear = Deaf(first=True)
        resigned_at: list[float] = []
        ear.on_resign = lambda: resigned_at.append(time.monotonic() - started)
        Drainer(client=FakeClient(), limits=ConcurrencyLimits(4), listener=ear).run(
            linger=1, limit=10
        )  # type: ignore[arg-type]

        assert resigned_at
        assert resigned_at[0] >= 1.3  # a whole time again, from when it was first again

    def test_who_can_carry_everything_does_not(self, team, hook):
        make_deliveries(team, concurrency.INITIAL_LIMIT)

        assert self.run(Ear(first=False)) == (concurrency.INITIAL_LIMIT, 0)

    def test_what_rang_just_before_it_resigned_is_found(self, team, hook):
        ear = Ear(first=True)
        ear.on_resign = lambda: make_deliveries(team, 1) and None

        assert self.run(ear) == (1, 0)
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

    def drain(self, ear: Ear, client=None) -> int:
        drain = Drainer(client=client or FakeClient(), limits=ConcurrencyLimits(64), listener=ear)  # type: ignore[arg-type]
        return drain.run(linger=0.1, limit=10)

    def test_what_rang_for_an_idle_drain_is_claimed_by_it(self, team, hook, claimed):
        make_deliveries(team, 1)

        assert self.drain(Ear(first=True, rings=1)) == 1
        assert claimed[0] == ("short", 1)
        assert {way for way, _ in claimed[1:]} == {"long"}

    def test_more_than_it_takes_follows_at_once(self, team, hook, claimed, monkeypatch):
        monkeypatch.setattr(worker, "LOOK_PAUSE", 3_600.0)
        make_deliveries(team, concurrency.INITIAL_LIMIT + 5)
        client = FakeClient(lambda post: None)
        later = threading.Timer(
            0.3, lambda: [client.end(accepting(post)) for post in list(client.hanging)]
        )
        later.start()
        Drainer(
            client=client,  # type: ignore[arg-type]
            limits=ConcurrencyLimits(4 * 2 * concurrency.INITIAL_LIMIT),
            listener=Ear(first=True, rings=1),  # type: ignore[arg-type]
        ).run(linger=0.1, limit=0.2)

        assert claimed[:2] == [("short", concurrency.INITIAL_LIMIT), ("long", 0)]

    @pytest.mark.parametrize(
        "ear", [Ear(first=False, rings=1), Ear(first=True)], ids=["not the first", "nobody rang"]
    )
    def test_otherwise_the_long_way_is_taken(self, team, hook, claimed, ear):
        make_deliveries(team, 1)

        assert self.drain(ear) == 1
        assert claimed[0] == ("long", 1)
        assert {way for way, _ in claimed} == {"long"}

    def test_while_something_is_on_its_way_it_is_not_taken(self, team, hook, claimed):
        make_deliveries(team, 1)
        client = FakeClient(lambda post: None)
        threading.Timer(0.2, lambda: client.end(accepting(client.hanging[0]))).start()
        self.drain(Ear(first=True, rings=30), client)

        assert [way for way, _ in claimed].count("short") < 30
        assert claimed[0] == ("short", 1)
        assert claimed[1][0] == "long"

    def test_what_it_leaves_is_claimed_at_once(self, team, hook, claimed):
        make_deliveries(team, 1)
        WebhookDelivery.objects.update(attempt=1, attempt_id="whd_before")

        assert self.drain(Ear(first=True, rings=1)) == 1
        assert claimed[:2] == [("short", 0), ("long", 1)]
