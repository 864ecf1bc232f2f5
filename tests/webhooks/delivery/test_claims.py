"""Who may try what: one claim per row, for as long as its lease."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from tests.concurrency.threads import at_once
from tests.webhooks.engine import limits, make_deliveries, make_endpoint, make_event
from webhooks.delivery.claims import claim, claim_first_attempts
from webhooks.delivery.concurrency import INITIAL_LIMIT
from webhooks.endpoints import services
from webhooks.leases import lease_duration
from webhooks.models import (
    AttemptResult,
    DeliveryStatus,
    WebhookAttempt,
    WebhookDelivery,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.mark.django_db
class TestAClaim:
    def test_it_takes_what_is_due_soonest_first(self, clock, team, hook):
        made = make_deliveries(team, 3)

        assert [one.delivery_id for one in claim(limits())] == made

    def test_it_sets_a_lease_and_counts_the_attempt(self, clock, team, hook):
        [delivery_id] = make_deliveries(team, 1)

        [claimed] = claim(limits())

        row = WebhookDelivery.objects.get(pk=delivery_id)
        assert (row.lease, row.leased_until) == (claimed.lease, NOW + LEASE)
        assert (row.attempt, row.attempt_id) == (1, claimed.attempt_id)
        assert row.last_attempt_at == claimed.started_at == NOW
        assert row.status == DeliveryStatus.PENDING

    def test_the_lease_is_the_deadline_and_a_margin(self, settings):
        settings.WEBHOOK_DEADLINE, settings.WEBHOOK_LEASE_MARGIN = 10.0, 20.0

        assert lease_duration() == LEASE

    def test_what_is_claimed_is_not_claimed_again(self, team, hook):
        make_deliveries(team, 2)

        assert len(claim(limits())) == 2
        assert claim(limits()) == []

    def test_what_is_not_due_yet_stays(self, clock, team, hook):
        make_deliveries(team, 1)
        WebhookDelivery.objects.update(next_attempt_at=NOW + timedelta(seconds=1))

        assert claim(limits()) == []
        clock.shift(1)
        assert len(claim(limits())) == 1

    def test_what_is_finished_is_never_claimed(self, team, hook):
        make_deliveries(team, 1)
        WebhookDelivery.objects.update(next_attempt_at=None, status=DeliveryStatus.DELIVERED)

        assert claim(limits()) == []

    def test_it_takes_no_more_than_there_are_slots(self, team):
        for number in range(8):
            make_endpoint(team, f"http://127.0.0.1:9/{number}")
        make_deliveries(team, 4)

        assert len(claim(limits(slots=6))) == 6

    def test_it_looks_past_an_endpoint_that_is_busy(self, team, hook):
        make_deliveries(team, 60)  # eight at once to one endpoint
        other = make_endpoint(team, "http://127.0.0.1:9/other")
        make_event(team)
        busy = limits(slots=16)
        for one in claim(busy):
            busy.start(one.endpoint_id, retry=False)

        assert {one.endpoint_id for one in claim(busy)} <= {other.pk}

    def test_it_looks_past_a_heap_of_one_endpoint_within_one_claim(self, team, hook):
        make_deliveries(team, 60)
        make_endpoint(team, "http://127.0.0.1:9/other")
        make_event(team)
        eight = limits(slots=8)
        for _ in range(2):  # `hook` is at its limit: a quarter of eight
            eight.start(hook.pk, retry=False)

        assert len(claim(eight)) == 1

    def test_retries_leave_the_reserved_slots_alone(self, team):
        for number in range(4):
            make_endpoint(team, f"http://127.0.0.1:9/{number}")
        make_deliveries(team, 2)
        WebhookDelivery.objects.update(attempt=1, attempt_id="whd_before")
        eight = limits(slots=8)

        assert len(claim(eight)) == 6


@pytest.mark.django_db
class TestTheIdOfAnAttempt:
    def test_the_first_bears_the_id_of_the_delivery(self, team, hook):
        [delivery_id] = make_deliveries(team, 1)

        [claimed] = claim(limits())

        assert claimed.attempt_id == delivery_id

    def test_each_further_one_has_its_own(self, clock, team, hook):
        make_deliveries(team, 1)
        ids = []
        for _ in range(4):
            ids += [one.attempt_id for one in claim(limits())]
            clock.shift(LEASE)

        assert len(ids) == len(set(ids)) == 4


@pytest.mark.django_db
class TestALeaseThatRunsOut:
    def test_until_then_the_row_is_nobody_elses(self, clock, team, hook):
        make_deliveries(team, 1)
        claim(limits())

        clock.shift(LEASE - timedelta(milliseconds=1))
        assert claim(limits()) == []

    def test_then_it_is_claimed_again_with_a_new_attempt(self, clock, team, hook):
        make_deliveries(team, 1)
        [first] = claim(limits())

        clock.shift(LEASE)
        [second] = claim(limits())

        assert second.delivery_id == first.delivery_id
        assert second.attempt == 2
        assert second.attempt_id != first.attempt_id
        assert second.lease != first.lease

    def test_the_attempt_is_entered_as_lost(self, clock, team, hook):
        make_deliveries(team, 1)
        [first] = claim(limits())

        clock.shift(LEASE)
        claim(limits())

        attempt = WebhookAttempt.objects.get()
        assert (attempt.pk, attempt.number) == (first.attempt_id, 1)
        assert attempt.result == AttemptResult.LOST
        assert attempt.get_result_display() == "worker lost"
        assert attempt.error
        assert attempt.started_at == NOW  # not when it was found
        assert attempt.event_id == first.event_id

    def test_losing_workers_does_not_make_more_attempts_than_promised(self, clock, team, hook):
        """A delivery that kills its workers would otherwise kill them for ever."""
        make_deliveries(team, 1)
        for _ in range(9):
            assert len(claim(limits())) == 1
            clock.shift(LEASE)

        assert claim(limits()) == []
        row = WebhookDelivery.objects.get()
        assert row.status == DeliveryStatus.ABANDONED
        assert (row.attempt, row.next_attempt_at, row.lease, row.leased_until) == (
            9,
            None,
            "",
            None,
        )
        assert row.scheduled_for == row.last_attempt_at
        assert row.error
        assert sorted(WebhookAttempt.objects.values_list("number", flat=True)) == list(range(1, 10))


@pytest.mark.django_db
class TestAnEndpointThatIsDeleted:
    def test_what_was_due_is_abandoned(self, team, hook):
        make_deliveries(team, 2)
        services.delete_endpoint(hook)

        assert claim(limits()) == []
        assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"abandoned"}


@pytest.mark.django_db
class TestWhetherHelpIsWanted:
    def test_without_room_for_retries_it_is_wanted(self, clock, team, hook):
        some = limits(slots=4)
        for number in range(3):
            some.start(f"other{number}", retry=True)
        claim(some)

        assert some.backlog

    def test_what_waits_for_an_endpoint_that_hangs_is_no_reason(self, clock, team, hook):
        make_deliveries(team, 3)
        WebhookDelivery.objects.update(next_attempt_at=NOW - timedelta(seconds=1))
        some = limits()
        some.start(hook.pk, retry=False)
        some.end(hook.pk, retry=False, ok=False, ms=10_000)

        assert len(claim(some)) == 1
        assert not some.backlog


@pytest.mark.services
@pytest.mark.django_db
class TestTheShortWay:
    def test_it_claims_what_the_long_way_would(self, clock, team, hook):
        services.rotate_secret(hook)
        made = make_deliveries(team, 3)
        before = list(WebhookDelivery.objects.values())
        short = claim_first_attempts(limits())
        after = list(WebhookDelivery.objects.order_by("pk").values())
        for row in before:
            WebhookDelivery.objects.filter(pk=row["id"]).update(**row)
        long = claim(limits())

        assert [one.delivery_id for one in short] == made
        assert short[0].contents is not None
        assert short[0].contents.encrypted_previous_secret
        same = {"lease": ""}
        assert [replace(one, **same) for one in short] == [replace(one, **same) for one in long]
        rows = list(WebhookDelivery.objects.order_by("pk").values())
        assert [row | same for row in rows] == [row | same for row in after]
        assert {row["lease"] for row in after} == {short[0].lease}

    def test_nothing_due_is_nothing_taken(self, clock, team, hook):
        make_deliveries(team, 1)
        WebhookDelivery.objects.update(next_attempt_at=NOW + timedelta(seconds=1))

        assert claim_first_attempts(limits()) == []

    def test_it_takes_what_every_endpoint_has_room_for(self, clock, team, hook):
        made = make_deliveries(team, INITIAL_LIMIT + 3)

        assert [one.delivery_id for one in claim_first_attempts(limits())] == made[:INITIAL_LIMIT]

    def test_one_at_a_time_while_any_endpoint_is_narrowed(self, clock, team, hook):
        made = make_deliveries(team, 3)
        some = limits()
        some.start(hook.pk, retry=False)
        some.end(hook.pk, retry=False, ok=False, ms=10_000)

        assert [one.delivery_id for one in claim_first_attempts(some)] == made[:1]

    @pytest.mark.parametrize(
        "values",
        [
            {"attempt": 1, "attempt_id": "whd_before"},
            {"attempt": 0, "attempt_id": "whd_ours_failed"},
            {"attempt": 1, "attempt_id": "whd_lost", "leased_until": NOW, "lease": "lost"},
        ],
        ids=["a retry", "after a failure of ours", "a lost lease"],
    )
    def test_whatever_was_tried_before_is_left_to_the_long_way(self, clock, team, hook, values):
        first, second = make_deliveries(team, 2)
        WebhookDelivery.objects.filter(pk=first).update(last_attempt_at=NOW, **values)
        before = WebhookDelivery.objects.filter(pk=first).values().get()

        assert [one.delivery_id for one in claim_first_attempts(limits())] == [second]
        assert WebhookDelivery.objects.filter(pk=first).values().get() == before
        assert [one.delivery_id for one in claim(limits())] == [first]

    def test_an_endpoint_that_was_deleted_has_no_contents(self, clock, team, hook):
        make_deliveries(team, 1)
        row = WebhookDelivery.objects.values().get()
        services.delete_endpoint(hook)
        WebhookDelivery.objects.filter(pk=row["id"]).update(**row)

        [claimed] = claim_first_attempts(limits())
        assert claimed.contents is None


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
class TestManyWorkers:
    def test_by_the_short_way_each_row_goes_to_one_of_them_as_well(self, team, hook):
        made = make_deliveries(team, 40)

        def work() -> list[str]:
            mine: list[str] = []
            for _ in range(4):
                mine += [one.delivery_id for one in claim_first_attempts(limits())]
                mine += [one.delivery_id for one in claim(limits())]
            return mine

        taken = [delivery_id for share in at_once([work] * 6) for delivery_id in share]
        assert len(taken) == len(set(taken))
        while rest := claim(limits()):
            taken += [one.delivery_id for one in rest]
        assert sorted(taken) == sorted(made)

    def test_each_row_goes_to_one_of_them(self, team):
        for number in range(10):
            make_endpoint(team, f"http://127.0.0.1:9/{number}")
        made = make_deliveries(team, 30)

        def work() -> list[str]:
            mine: list[str] = []
            while claimed := claim(limits(slots=40)):
                mine += [one.delivery_id for one in claimed]
            return mine

        shares = at_once([work] * 8)

        taken = [delivery_id for share in shares for delivery_id in share]
        assert len(taken) == len(set(taken))
        # Rows that another one was looking at were skipped; they are still due.
        rest = claim(limits(slots=600))
        while rest:
            taken += [one.delivery_id for one in rest]
            rest = claim(limits(slots=600))
        assert sorted(taken) == sorted(made)
        assert not WebhookAttempt.objects.exists()

    def test_nobody_waits_for_a_row_that_another_one_holds(self, team, hook):
        make_deliveries(team, 1)
        with transaction.atomic():
            list(WebhookDelivery.objects.select_for_update())
            [others] = at_once([lambda: claim(limits())])

        assert others == []

    def test_an_expired_lease_goes_to_one_of_them(self, team, hook):
        make_deliveries(team, 8)
        claim(limits())
        WebhookDelivery.objects.update(leased_until=timezone.now())

        shares = at_once([lambda: claim(limits())] * 6)

        assert sum(map(len, shares)) <= 8
        assert WebhookAttempt.objects.count() == sum(map(len, shares))
