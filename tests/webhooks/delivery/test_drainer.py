"""The drain as a whole: claim, send, record, with a fake client and with a real receiver."""

import hashlib
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.utils import timezone

from api.outbound.addresses import AddressPolicy
from tests.hostile import Hostile, Request, answer, answering
from tests.webhooks.engine import (
    FakeClient,
    WaitingClock,
    accepting,
    make_deliveries,
    make_endpoint,
    make_event,
    outcome,
    payload,
    statuses,
)
from webhooks.delivery import claims, recording, requests, worker
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.delivery.worker import Drainer
from webhooks.endpoints import services
from webhooks.http import signing
from webhooks.http.client import Client, Post
from webhooks.models import (
    DeliveryStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEvent,
)

pytestmark = pytest.mark.django_db


def drain(client: FakeClient | Client, *, slots: int = 64, limit: float = 10.0) -> int:
    """Drain once, until nothing is due."""
    return Drainer(client=client, limits=ConcurrencyLimits(slots)).run(
        idle_timeout=0, time_limit=limit
    )  # type: ignore[arg-type]


def idle(client: FakeClient) -> None:
    """Drain on the clock of the client, and stay for two seconds when nothing is due."""
    assert client.clock
    Drainer(client=client, limits=ConcurrencyLimits(64), clock=client.clock).run(  # type: ignore[arg-type]
        idle_timeout=2, time_limit=10
    )


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that was gone is tried again at once."""
    monkeypatch.setattr(worker, "DATABASE_PAUSE", 0.01)


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
        late = Drainer(client=client, limits=ConcurrencyLimits(8), clock=lambda: float(next(clock)))  # type: ignore[arg-type]
        late.run(idle_timeout=0, time_limit=50)

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

        monkeypatch.setattr(requests.signing, "sign", sign)
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
            limits=ConcurrencyLimits(64),
            stopping=told.is_set,
        )
        assert stopping.run(idle_timeout=60, time_limit=60) == 8

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
            limits=ConcurrencyLimits(64),
            clock=lambda: float(next(clock)),
        )
        limited.run(idle_timeout=60, time_limit=4)

        assert 0 < WebhookDelivery.objects.filter(status="delivered").count() < 30

    def test_until_its_idle_timeout_it_finds_what_becomes_due(self, team, hook):
        make_deliveries(team, 1)
        WebhookDelivery.objects.update(next_attempt_at=timezone.now() + timedelta(hours=1))
        clock = WaitingClock()

        class Later(FakeClient):
            def wait(self, timeout: float) -> list:
                if clock.now >= 0.5:
                    WebhookDelivery.objects.filter(attempt=0).update(next_attempt_at=timezone.now())
                return super().wait(timeout)

        client = Later(clock=clock)
        Drainer(client=client, limits=ConcurrencyLimits(4), clock=clock).run(  # type: ignore[arg-type]
            idle_timeout=2.2, time_limit=10
        )

        assert len(client.sent) == 1


@pytest.mark.usefixtures("quick")
class TestADatabaseThatGoesAway:
    def test_results_wait_for_it(self, team, hook, monkeypatch):
        make_deliveries(team, 20)
        real, calls = recording.record, []

        def record(batch):
            calls.append(len(batch))
            if len(calls) <= 3:
                raise OperationalError("the connection is lost")
            real(batch)

        monkeypatch.setattr(recording, "record", record)
        monkeypatch.setattr(worker.connection, "close", lambda: None)
        client = FakeClient()
        drain(client)

        assert len(client.sent) == 20
        assert statuses() == {DeliveryStatus.DELIVERED}

    def test_a_claim_is_tried_again(self, team, hook, monkeypatch):
        make_deliveries(team, 3)
        real, calls = claims.claim, []

        def claim(limits):
            calls.append(1)
            if len(calls) <= 2:
                raise OperationalError("the connection is lost")
            return real(limits)

        monkeypatch.setattr(claims, "claim", claim)
        monkeypatch.setattr(worker.connection, "close", lambda: None)
        idle(FakeClient(clock=WaitingClock()))

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
        monkeypatch.setattr(worker.connection, "close", lambda: None)
        idle(FakeClient(clock=WaitingClock()))

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
        real, calls = recording.record, []

        def record(batch):
            calls.append([one.key.claim.delivery_id for one in batch])
            if len(calls) == 1:
                client.end(accepting(second[0]))
                raise OperationalError("the connection is lost")
            real(batch)

        monkeypatch.setattr(recording, "record", record)
        monkeypatch.setattr(worker.connection, "close", lambda: None)
        drain(client)

        assert [len(batch) for batch in calls] == [1, 2]
        assert statuses() == {DeliveryStatus.DELIVERED}

    def test_after_a_lease_it_gives_up(self, team, hook, monkeypatch, settings):
        settings.WEBHOOK_DEADLINE, settings.WEBHOOK_LEASE_MARGIN = 0.05, 0.05
        make_deliveries(team, 1)

        def record(batch):
            raise OperationalError("the connection is lost")

        monkeypatch.setattr(recording, "record", record)
        monkeypatch.setattr(worker.connection, "close", lambda: None)

        with pytest.raises(OperationalError):
            drain(FakeClient())

    def test_one_result_that_cannot_be_written_costs_only_itself(self, team, hook, monkeypatch):
        bad = make_deliveries(team, 5)[2]
        real = recording.record

        def record(batch):
            if bad in {one.key.claim.delivery_id for one in batch}:
                raise IntegrityError("it violates a key")
            real(batch)

        monkeypatch.setattr(recording, "record", record)
        drain(FakeClient())

        assert WebhookDelivery.objects.filter(status="delivered").count() == 4
        assert WebhookDelivery.objects.get(pk=bad).lease  # due again when it runs out


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
