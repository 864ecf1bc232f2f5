"""The drain as a whole: claim, send, record, with a fake client and with a real receiver."""

import hashlib
import multiprocessing
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, OperationalError, connection
from django.utils import timezone

from api.outbound.addresses import AddressPolicy
from api.shutdown import asked_to_stop
from tests.hostile import Hostile, Request, answer, answering
from tests.webhooks.engine import (
    FakeClient,
    accepting,
    make_deliveries,
    make_endpoint,
    make_event,
    outcome,
    payload,
)
from webhooks import claims, drainer, lanes, outgoing, results, services, signing, tasks
from webhooks.drainer import Drainer
from webhooks.http_client import Client, Post
from webhooks.lanes import Lanes
from webhooks.models import (
    DeliveryStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

pytestmark = pytest.mark.django_db


def drain(client: FakeClient | Client, *, slots: int = 64, limit: float = 10.0) -> int:
    """Drain once, until nothing is due."""
    return Drainer(client=client, lanes=Lanes(slots)).run(linger=0, limit=limit)  # type: ignore[arg-type]


def statuses() -> set[str]:
    return set(WebhookDelivery.objects.values_list("status", flat=True))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that was gone is tried again at once."""
    monkeypatch.setattr(drainer, "DATABASE_PAUSE", 0.01)


class TestDraining:
    def test_it_delivers_everything_that_is_due(self, team, hook):
        made = make_deliveries(team, 200)
        client = FakeClient()

        assert drain(client) == 200

        assert statuses() == {DeliveryStatus.DELIVERED}
        assert WebhookAttempt.objects.count() == 200
        assert [post.key.claim.delivery_id for post in client.sent] == made

    def test_nothing_to_do_is_done_at_once(self, db):
        assert drain(FakeClient()) == 0

    def test_it_never_has_more_in_flight_than_it_has_slots(self, team):
        for number in range(6):
            make_endpoint(team, f"http://127.0.0.1:9/{number}")
        make_deliveries(team, 20)
        client = FakeClient()
        drain(client, slots=16)

        assert client.most_in_flight <= 16
        assert statuses() == {DeliveryStatus.DELIVERED}

    def test_no_transaction_is_open_while_a_request_is_on_its_way(self, team, hook):
        depths = []

        class Watching(FakeClient):
            def wait(self, timeout: float) -> list:
                depths.append(len(connection.savepoint_ids))
                return super().wait(timeout)

        make_deliveries(team, 3)
        before = len(connection.savepoint_ids)
        drain(Watching())  # type: ignore[arg-type]

        assert set(depths) == {before}

    def test_failures_wait_for_their_time(self, team, hook):
        make_deliveries(team, 2)
        drain(FakeClient(lambda post: outcome(post.key.claim, 500)))
        client = FakeClient()
        drain(client)

        assert client.sent == []
        assert statuses() == {DeliveryStatus.FAILED}

    def test_a_claim_that_took_longer_than_its_margin_is_not_sent(self, team, hook, settings):
        """Its answers could come after the lease, when another worker sends it too."""
        make_deliveries(team, 3)
        clock = iter(range(0, 10_000, 21))
        client = FakeClient()
        late = Drainer(client=client, lanes=Lanes(8), clock=lambda: float(next(clock)))  # type: ignore[arg-type]
        late.run(linger=0, limit=50)

        assert client.sent == []
        assert WebhookDelivery.objects.filter(attempt=1, leased_until__isnull=False).exists()

    def test_a_request_that_cannot_be_started_is_our_fault(self, team, hook):
        class Broken(FakeClient):
            def submit(self, post: Post) -> None:
                raise RuntimeError("no room")

        make_deliveries(team, 1)
        drain(Broken())  # type: ignore[arg-type]

        row = WebhookDelivery.objects.get()
        assert (row.status, row.attempt) == (DeliveryStatus.PENDING, 0)
        assert row.error == "RuntimeError in the sender."

    def test_one_that_cannot_be_prepared_holds_up_nobody(self, team, hook, monkeypatch):
        make_deliveries(team, 3)
        second = WebhookEvent.objects.order_by("sequence")[1].pk
        real = signing.sign

        def sign(**arguments):
            if arguments["event_id"] == second:
                raise RuntimeError("a bug")
            return real(**arguments)

        monkeypatch.setattr(outgoing.signing, "sign", sign)
        drain(FakeClient())

        assert WebhookDelivery.objects.filter(status="delivered").count() == 2
        row = WebhookDelivery.objects.get(event=second)
        assert (row.status, row.attempt) == (DeliveryStatus.PENDING, 0)

    def test_an_endpoint_deleted_between_change_and_attempt_is_sent_nothing(self, team, hook):
        make_event(team)
        row = WebhookDelivery.objects.values().get()
        services.delete_endpoint(hook)
        # A change that saw the endpoint before it was deleted may commit after that.
        WebhookDelivery.objects.filter(pk=row["id"]).update(
            status="pending", next_attempt_at=row["next_attempt_at"]
        )
        client = FakeClient()
        drain(client)

        assert client.sent == []
        assert statuses() == {DeliveryStatus.ABANDONED}


class TestEndingADrain:
    def test_it_claims_nothing_more_once_it_is_told_to_stop(self, team, hook):
        make_deliveries(team, 20)
        told = threading.Event()

        def answer_and_tell(post: Post):
            told.set()
            return accepting(post)

        stopping = Drainer(
            client=FakeClient(answer_and_tell),  # type: ignore[arg-type]
            lanes=Lanes(64),
            stopping=told.is_set,
        )
        assert stopping.run(linger=60, limit=60) == 8

        assert WebhookDelivery.objects.filter(status="delivered").count() == 8
        assert WebhookDelivery.objects.filter(attempt=0).count() == 12

    def test_it_waits_for_what_is_on_its_way(self, team, hook):
        make_deliveries(team, 1)
        client = FakeClient(lambda post: None)
        threading.Timer(0.3, lambda: client.end(accepting(client.hanging[0]))).start()
        started = time.monotonic()
        drain(client, limit=0.05)

        assert time.monotonic() - started >= 0.3
        assert statuses() == {DeliveryStatus.DELIVERED}

    def test_it_ends_after_its_limit_with_work_left_over(self, team, hook):
        make_deliveries(team, 30)
        clock = iter(range(10_000))
        limited = Drainer(
            client=FakeClient(),  # type: ignore[arg-type]
            lanes=Lanes(64),
            clock=lambda: float(next(clock)),
        )
        limited.run(linger=60, limit=4)

        assert 0 < WebhookDelivery.objects.filter(status="delivered").count() < 30

    def test_while_it_lingers_it_finds_what_falls_due(self, team, hook):
        make_deliveries(team, 1)
        WebhookDelivery.objects.update(next_attempt_at=timezone.now() + timedelta(seconds=0.5))
        client = FakeClient()
        Drainer(client=client, lanes=Lanes(4)).run(linger=2.2, limit=10)  # type: ignore[arg-type]

        assert len(client.sent) == 1


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
            lanes=Lanes(64),
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
        make_deliveries(team, lanes.START + 1)

        sent, calls = self.run(Ear(first=False))
        assert sent == lanes.START + 1
        assert calls >= 1

    def test_what_waits_for_an_endpoint_that_hangs_is_no_reason(self, team, hook):
        """Each worker would have one more of its requests hanging, and nobody would gain by it."""
        make_deliveries(team, lanes.START)
        client = FakeClient(lambda post: outcome(post.key.claim, None, error="hung", ms=10_000))
        self.run(Ear(first=False), client=client)
        assert statuses() == {DeliveryStatus.FAILED}
        made = make_deliveries(team, 1)
        drain = Drainer(client=client, lanes=Lanes(64))  # type: ignore[arg-type]
        drain.run(linger=0, limit=10)
        lanes_of_it = drain._lanes
        assert lanes_of_it.narrowed(hook.pk)
        assert WebhookDelivery.objects.filter(pk__in=made, status="failed").exists()

        make_deliveries(team, 3)
        assert len(claims.claim(lanes_of_it)) == 1
        assert not lanes_of_it.left_over

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
        Drainer(client=client, lanes=Lanes(4), listener=ear).run(linger=0, limit=10)  # type: ignore[arg-type]

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
            lanes=Lanes(1),
            listener=ear,  # type: ignore[arg-type]
            one_more=lambda: calls.append(1),
        ).run(linger=0, limit=10)

        assert calls == [1]
        assert waits.count(0.0) <= 2

    def test_who_loses_the_database_for_a_moment_listens_on(self, team, hook, monkeypatch):
        monkeypatch.setattr(drainer, "DATABASE_PAUSE", 0.05)
        monkeypatch.setattr(drainer.connection, "close", lambda: None)

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
        Drainer(client=FakeClient(), lanes=Lanes(4), listener=ear).run(linger=1, limit=10)  # type: ignore[arg-type]

        assert resigned_at
        assert resigned_at[0] >= 1.3  # a whole time again, from when it was first again

    def test_who_can_carry_everything_does_not(self, team, hook):
        make_deliveries(team, lanes.START)

        assert self.run(Ear(first=False)) == (lanes.START, 0)

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

            def claim(lanes, real=real, way=way):
                rows = real(lanes)
                claimed.append((way, len(rows)))
                return rows

            monkeypatch.setattr(claims, name, claim)
        return claimed

    def drain(self, ear: Ear, client=None) -> int:
        drain = Drainer(client=client or FakeClient(), lanes=Lanes(64), listener=ear)  # type: ignore[arg-type]
        return drain.run(linger=0.1, limit=10)

    def test_what_rang_for_an_idle_drain_is_claimed_by_it(self, team, hook, claimed):
        make_deliveries(team, 1)

        assert self.drain(Ear(first=True, rings=1)) == 1
        assert claimed[0] == ("short", 1)
        assert {way for way, _ in claimed[1:]} == {"long"}

    def test_more_than_it_takes_follows_at_once(self, team, hook, claimed, monkeypatch):
        monkeypatch.setattr(drainer, "LOOK_PAUSE", 3_600.0)
        make_deliveries(team, lanes.START + 5)
        client = FakeClient(lambda post: None)
        later = threading.Timer(
            0.3, lambda: [client.end(accepting(post)) for post in list(client.hanging)]
        )
        later.start()
        Drainer(
            client=client,  # type: ignore[arg-type]
            lanes=Lanes(4 * 2 * lanes.START),
            listener=Ear(first=True, rings=1),  # type: ignore[arg-type]
        ).run(linger=0.1, limit=0.2)

        assert claimed[:2] == [("short", lanes.START), ("long", 0)]

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


@pytest.mark.usefixtures("quick")
class TestADatabaseThatGoesAway:
    def test_results_wait_for_it(self, team, hook, monkeypatch):
        make_deliveries(team, 20)
        real, calls = results.record, []

        def record(batch):
            calls.append(len(batch))
            if len(calls) <= 3:
                raise OperationalError("the connection is lost")
            real(batch)

        monkeypatch.setattr(results, "record", record)
        monkeypatch.setattr(drainer.connection, "close", lambda: None)
        client = FakeClient()
        drain(client)

        assert len(client.sent) == 20
        assert statuses() == {DeliveryStatus.DELIVERED}

    def test_a_claim_is_tried_again(self, team, hook, monkeypatch):
        make_deliveries(team, 3)
        real, calls = claims.claim, []

        def claim(lanes):
            calls.append(1)
            if len(calls) <= 2:
                raise OperationalError("the connection is lost")
            return real(lanes)

        monkeypatch.setattr(claims, "claim", claim)
        monkeypatch.setattr(drainer.connection, "close", lambda: None)
        Drainer(client=FakeClient(), lanes=Lanes(64)).run(linger=2, limit=10)  # type: ignore[arg-type]

        assert statuses() == {DeliveryStatus.DELIVERED}
        assert WebhookAttempt.objects.count() == 3

    def test_what_cannot_be_read_is_not_claimed(self, team, hook, monkeypatch):
        make_deliveries(team, 3)
        real, calls = claims._contents, []

        def contents(*found):
            calls.append(1)
            if len(calls) == 1:
                raise OperationalError("the connection is lost")
            return real(*found)

        monkeypatch.setattr(claims, "_contents", contents)
        monkeypatch.setattr(drainer.connection, "close", lambda: None)
        Drainer(client=FakeClient(), lanes=Lanes(64)).run(linger=2, limit=10)  # type: ignore[arg-type]

        assert statuses() == {DeliveryStatus.DELIVERED}
        assert set(WebhookDelivery.objects.values_list("attempt", flat=True)) == {1}

    def test_what_is_on_its_way_goes_on_meanwhile(self, team, hook, monkeypatch):
        """Otherwise the receiver would be blamed for a deadline that we slept through."""
        make_deliveries(team, 2)
        first, second = [], []

        def answer_first(post: Post):
            if first:
                second.append(post)
                return None
            first.append(post)
            return accepting(post)

        client = FakeClient(answer_first)
        real, calls = results.record, []

        def record(batch):
            calls.append([one.key.claim.delivery_id for one in batch])
            if len(calls) == 1:
                client.end(accepting(second[0]))
                raise OperationalError("the connection is lost")
            real(batch)

        monkeypatch.setattr(results, "record", record)
        monkeypatch.setattr(drainer.connection, "close", lambda: None)
        drain(client)

        assert [len(batch) for batch in calls] == [1, 2]
        assert statuses() == {DeliveryStatus.DELIVERED}

    def test_after_a_lease_it_gives_up(self, team, hook, monkeypatch, settings):
        settings.WEBHOOK_DEADLINE, settings.WEBHOOK_LEASE_MARGIN = 0.05, 0.05
        make_deliveries(team, 1)

        def record(batch):
            raise OperationalError("the connection is lost")

        monkeypatch.setattr(results, "record", record)
        monkeypatch.setattr(drainer.connection, "close", lambda: None)

        with pytest.raises(OperationalError):
            drain(FakeClient())

    def test_one_result_that_cannot_be_written_costs_only_itself(self, team, hook, monkeypatch):
        bad = make_deliveries(team, 5)[2]
        real = results.record

        def record(batch):
            if bad in {one.key.claim.delivery_id for one in batch}:
                raise IntegrityError("it violates a key")
            real(batch)

        monkeypatch.setattr(results, "record", record)
        drain(FakeClient())

        assert WebhookDelivery.objects.filter(status="delivered").count() == 4
        assert WebhookDelivery.objects.get(pk=bad).lease  # due again when it runs out


class TestTheTask:
    @pytest.fixture(autouse=True)
    def _fresh_client(self) -> Iterator[None]:
        tasks._sender.cache_clear()
        yield
        tasks._sender.cache_clear()

    @pytest.fixture
    def started(self, monkeypatch) -> list[str]:
        """The drains that are started when one has ended."""
        started: list[str] = []
        monkeypatch.setattr(tasks.wake, "one_more", lambda: None)
        monkeypatch.setattr(tasks.wake, "start_one", lambda: started.append("one"))
        return started

    def test_in_a_pool_of_threads_the_next_one_is_started_afterwards(self, db, started):
        """The message that calls for it comes to the same process, while there is no room."""

        def run(self: Drainer, *, linger: float, limit: float) -> int:
            self.called_again = False  # as it does when it calls for the next
            tasks.drain()
            return 0

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Drainer, "run", run)
            tasks.drain()

        assert started == ["one"]

    def test_a_message_before_that_call_starts_nothing(self, db, started):
        def run(self: Drainer, *, linger: float, limit: float) -> int:
            tasks.drain()
            self.called_again = False
            return 0

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Drainer, "run", run)
            tasks.drain()

        assert started == []

    def test_a_message_that_comes_as_a_drain_ends_is_not_lost(self, db, monkeypatch):
        runs: list[float] = []

        def drain(linger: float) -> Drainer:
            runs.append(linger)
            return Drainer(client=FakeClient(), lanes=Lanes(1))  # type: ignore[arg-type]

        class Ending:
            """The lock of a drain that ends between two attempts to get it."""

            def __init__(self) -> None:
                self.answers = [False, True]

            def acquire(self, *, blocking: bool) -> bool:
                return self.answers.pop(0)

            def release(self) -> None:
                pass

        monkeypatch.setattr(tasks, "_draining", Ending())
        monkeypatch.setattr(tasks, "_drain", drain)
        tasks.drain()

        assert runs == [tasks.LINGER]

    def test_who_woke_a_drain_that_had_ended_has_started_the_next(self, db, started, monkeypatch):
        class Releasing:
            """The lock of a drain that is woken after its last look, before it lets go."""

            def acquire(self, *, blocking: bool) -> bool:
                return True

            def release(self) -> None:
                ended.wake()

        ended = Drainer(client=FakeClient(), lanes=Lanes(1))  # type: ignore[arg-type]
        monkeypatch.setattr(tasks, "_draining", Releasing())
        monkeypatch.setattr(tasks, "_drain", lambda linger: ended)
        tasks.drain()

        assert started == ["one"]

    def test_what_is_known_of_endpoints_is_kept_from_drain_to_drain(self, db, monkeypatch):
        seen: list[Lanes] = []

        def run(self: Drainer, *, linger: float, limit: float) -> int:
            seen.append(self._lanes)
            return 0

        monkeypatch.setattr(Drainer, "run", run)
        tasks.drain()
        tasks.drain()

        assert seen[0] is seen[1]

    def test_a_drain_that_fails_leaves_nothing_to_the_next_one(self, team, hook, monkeypatch):
        """Its requests belong to claims that the next drain knows nothing of."""
        requests: list[Request] = []
        with Hostile(answering(answer(200), requests=requests)) as receiver:
            WebhookEndpoint.objects.update(url=f"http://127.0.0.1:{receiver.port}/")
            make_deliveries(team, 8)
            real = Client.wait

            def fail(client: Client, timeout: float) -> list:
                raise RuntimeError("a bug")

            monkeypatch.setattr(Client, "wait", fail)
            with pytest.raises(RuntimeError):
                tasks.drain(linger=0)
            monkeypatch.setattr(Client, "wait", real)
            with time_machine.travel(timezone.now() + timedelta(seconds=31)):
                tasks.drain(linger=0)

        assert statuses() == {DeliveryStatus.DELIVERED}
        assert WebhookAttempt.objects.filter(result="lost").count() == 8

    def test_a_child_killed_while_it_asks_whether_to_stop_holds_up_nobody(self):
        def ask() -> None:
            while True:
                asked_to_stop()

        fork = multiprocessing.get_context("fork")
        for _ in range(20):
            child = fork.Process(target=ask, daemon=True)
            child.start()
            time.sleep(0.02)
            child.kill()
            child.join()
        asking = threading.Thread(target=asked_to_stop, daemon=True)
        asking.start()
        asking.join(timeout=5)

        assert not asking.is_alive()

    def test_the_sweep_wakes_only_for_neglected_work(self, team, hook, monkeypatch):
        published = []
        monkeypatch.setattr(tasks.wake, "publish", lambda: published.append(1))
        make_deliveries(team, 1)
        tasks.sweep()
        assert published == []

        WebhookDelivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=5))
        tasks.sweep()
        assert published == [1]

    def test_a_sweep_that_nobody_took_is_dropped_when_the_next_one_comes(self, settings):
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            assert entry["options"]["expires"] == entry["schedule"]

    def test_the_sweep_finds_leases_that_ran_out(self, team, hook, monkeypatch):
        published = []
        monkeypatch.setattr(tasks.wake, "publish", lambda: published.append(1))
        long_ago = timezone.now() - timedelta(seconds=60)
        make_deliveries(team, 1)
        WebhookDelivery.objects.update(next_attempt_at=long_ago, leased_until=long_ago, lease="x")
        tasks.sweep()

        assert published == [1]


class TestWithARealReceiver:
    @pytest.fixture
    def client(self) -> Iterator[Client]:
        with Client(policy=AddressPolicy(allow_private=True), deadline=2) as client:
            yield client

    def test_every_attempt_brings_the_same_bytes_signed_afresh(self, team, client):
        requests: list[Request] = []
        answers = [answer(500)] * 8 + [answer(200)]
        with Hostile(answering(*answers, requests=requests)) as receiver:
            endpoint = make_endpoint(team, f"http://127.0.0.1:{receiver.port}/in")
            event = make_event(team)
            while (row := WebhookDelivery.objects.get()).next_attempt_at is not None:
                WebhookDelivery.objects.update(next_attempt_at=timezone.now())
                drain(client)
                request = requests[-1]
                header = request.headers[b"autousers-signature"].decode()
                now = int(time.time())
                signing.verify(secret=endpoint.secret, body=request.body, header=header, now=now)
                assert now - 2 <= int(header.partition(",")[0].removeprefix("t=")) <= now

        assert row.status == DeliveryStatus.DELIVERED
        assert len(requests) == 9
        bodies = {request.body for request in requests}
        assert bodies == {bytes(WebhookEvent.objects.get().payload)}
        assert payload(requests[0].body)["data"]["object"] == {"note": "größer"}
        names = [request.headers[b"autousers-delivery-id"].decode() for request in requests]
        assert names[0] == row.pk
        assert len(set(names)) == 9
        assert names == list(WebhookAttempt.objects.order_by("number").values_list("pk", flat=True))
        assert {request.headers[b"autousers-event-id"].decode() for request in requests} == {
            event.pk
        }

    def test_many_endpoints_each_get_everything_once(self, team, client):
        requests: list[Request] = []
        with Hostile(answering(answer(204, body=b""), requests=requests)) as receiver:
            for number in range(5):
                make_endpoint(team, f"http://127.0.0.1:{receiver.port}/{number}")
            make_deliveries(team, 20)
            drain(client)

        got = {(one.line, one.headers[b"autousers-event-id"]) for one in requests}
        assert len(requests) == len(got) == 100
        assert len({hashlib.sha256(one.body).digest() for one in requests}) == 20
        assert statuses() == {DeliveryStatus.DELIVERED}

    def test_an_endpoint_that_hangs_does_not_hold_up_the_others(self, team):
        answered: list[float] = []

        def note(conversation):
            while conversation.read_request() is not None:
                answered.append(time.monotonic())
                conversation.send(answer(200))

        with (
            Hostile(lambda conversation: conversation.hang()) as hanging,
            Hostile(note) as good,
            Client(policy=AddressPolicy(allow_private=True), deadline=1.5) as client,
        ):
            make_endpoint(team, f"http://127.0.0.1:{hanging.port}/")
            make_endpoint(team, f"http://127.0.0.1:{good.port}/")
            make_deliveries(team, 40)
            started = time.monotonic()
            drain(client, limit=1)

        assert len(answered) == 40
        assert max(answered) - started < 1.0
