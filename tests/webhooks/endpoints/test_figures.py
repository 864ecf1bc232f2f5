"""The figures of endpoints over the last day, and what they rest on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.webhooks.delivering import make_event
from tests.webhooks.engine import make_endpoint
from webhooks.endpoints.figures import MOST_WAITING, figures_of
from webhooks.models import WebhookDelivery

pytestmark = pytest.mark.django_db


def made(team, status="delivered", *, ago=timedelta(minutes=5), ms=None, **changes):
    """One delivery to each endpoint of the team, with what became of it."""
    event = make_event(team, ago=ago)
    due = timezone.now() if status in ("pending", "failed") else None
    answered = None if ms is None else 200
    values = {"status": status, "next_attempt_at": due, "response_ms": ms}
    values |= {"response_status": answered, **changes}
    WebhookDelivery.objects.filter(event=event).update(**values)


def test_an_endpoint_without_deliveries_has_no_share_and_no_time(hook):
    figures = figures_of([hook.pk], most=10)[hook.pk]

    assert (figures.success, figures.ended, figures.p95_ms, figures.waiting) == (None, 0, None, 0)
    assert len(figures.hours) == 24
    assert figures.reach is None


def test_no_endpoints_are_no_query(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert figures_of([], most=10) == {}


def test_the_share_rests_on_what_was_tried(team, hook):
    for status in ("delivered", "delivered", "delivered", "failed", "abandoned", "pending"):
        made(team, status)
    made(team, "superseded")
    made(team, synthetic=True)
    made(team, ago=timedelta(hours=25))

    figures = figures_of([hook.pk], most=100)[hook.pk]

    assert (figures.delivered, figures.not_arrived, figures.ended) == (3, 2, 5)
    assert figures.success == 60
    assert figures.waiting == 2  # the pending one, and the failed one that is tried again


def test_each_delivery_stands_in_its_hour(team, hook):
    made(team, ago=timedelta(minutes=30))
    made(team, "failed", ago=timedelta(hours=2, minutes=30))
    made(team, ago=timedelta(hours=23, minutes=30))
    made(team, ago=timedelta(minutes=-1))  # the clock of another machine is ahead

    hours = figures_of([hook.pk], most=100)[hook.pk].hours

    assert [hour.delivered for hour in hours] == [1, *[0] * 22, 2]
    assert [place for place, hour in enumerate(hours) if hour.not_arrived] == [21]
    assert timezone.now() - hours[-1].began < timedelta(hours=1, seconds=5)


@pytest.mark.parametrize(("count", "expected"), [(1, 10), (19, 190), (20, 190), (40, 380)])
def test_p95_is_the_nearest_rank_of_the_answers(team, hook, count, expected):
    for number in range(count):
        made(team, ms=10 * (count - number))
    made(team, "failed")  # no answer, so no time

    figures = figures_of([hook.pk], most=100)[hook.pk]

    assert (figures.p95_ms, figures.answered) == (expected, count)


def test_of_many_deliveries_the_newest_count_and_it_says_so(team, hook):
    for minutes in range(5):
        made(team, "delivered" if minutes < 2 else "failed", ago=timedelta(minutes=minutes))

    figures = figures_of([hook.pk], most=2)[hook.pk]

    assert (figures.success, figures.ended) == (100, 2)
    assert timezone.now() - figures.reach < timedelta(minutes=2)
    assert figures.more_wait


def test_endpoints_are_counted_apart_in_one_query(
    team, hook, other_team, django_assert_num_queries
):
    foreign = make_endpoint(other_team)
    made(team, ms=5)
    made(other_team, "failed", ms=70)
    WebhookDelivery.objects.filter(endpoint=foreign).update(response_status=500)

    with django_assert_num_queries(1):
        found = figures_of([hook.pk, foreign.pk], most=100)

    assert (found[hook.pk].success, found[hook.pk].p95_ms) == (100, 5)
    assert (found[foreign.pk].success, found[foreign.pk].p95_ms) == (0, 70)


def test_more_retries_than_are_counted_are_told(hook, team, monkeypatch):
    monkeypatch.setattr("webhooks.endpoints.figures.MOST_WAITING", 2)
    for _ in range(4):
        made(team, "failed", ago=timedelta(days=2))

    figures = figures_of([hook.pk], most=100)[hook.pk]

    assert MOST_WAITING > 2
    assert (figures.retries, figures.waiting) == (3, 2)
    assert figures.more_wait
