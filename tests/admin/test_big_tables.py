"""Lists, searches and filters stay cheap, however many rows there are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api import ids
from teams.models import Team
from tests.admin.conftest import list_of, path_of
from tests.clients import ApiClient
from tests.conftest import make_endpoint, make_key, make_team, make_user
from webhooks.models import (
    AttemptResult,
    DeliveryStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

pytestmark = pytest.mark.slow

MANY = 2_000
START = datetime(2026, 1, 1, tzinfo=UTC)


def fill(team: Team, endpoint: WebhookEndpoint, rows: int) -> None:
    """Write events about nothing, each with a delivery and an attempt."""

    def key(prefix: str, number: int) -> str:
        return f"{prefix}{ids.time_part(1_700_000_000_000 + number)}{ids.base36(number, 16)}"

    events, deliveries, attempts = [], [], []
    for number in range(rows):
        made = START + timedelta(seconds=number)
        events.append(
            WebhookEvent(
                id=key("event_", number),
                team=team,
                type="rating.created",
                object_id=f"object-{number}",
                sequence=10_000 + number,
                api_version="2026-04-28",
                payload=b"{}",
                created_at=made,
            )
        )
        deliveries.append(
            WebhookDelivery(
                id=key("whd_", number),
                event_id=events[-1].pk,
                endpoint=endpoint,
                status=DeliveryStatus.DELIVERED,
                scheduled_for=made,
                created_at=made,
            )
        )
        attempts.append(
            WebhookAttempt(
                id=key("whd_", number),
                event_id=events[-1].pk,
                delivery_id=deliveries[-1].pk,
                number=1,
                result=AttemptResult.DELIVERED,
                started_at=made,
            )
        )
    WebhookEvent.objects.bulk_create(events, batch_size=2_000)
    WebhookDelivery.objects.bulk_create(deliveries, batch_size=2_000)
    WebhookAttempt.objects.bulk_create(attempts, batch_size=2_000)


@pytest.fixture(scope="module")
def made(make_once: Any) -> WebhookDelivery:
    def build() -> WebhookDelivery:
        team = make_team(owner=make_user())
        make_endpoint(ApiClient(make_key(team)))
        fill(team, WebhookEndpoint.objects.get(), MANY)
        return WebhookDelivery.objects.get(event__object_id=f"object-{MANY // 2}")

    return make_once(build)


@pytest.fixture
def many(db: None, made: WebhookDelivery) -> WebhookDelivery:
    """Rows of each log for many pages; gives one in their middle."""
    return made


def queries_of(admin: Any, url: str, query: dict[str, str] | None = None) -> list[str]:
    """The SQL that a page sends."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert admin.get(url, query).status_code == 200
    return [one["sql"] for one in captured.captured_queries]


class TestManyRows:
    def test_nothing_counts_them(self, admin, many):
        sent = queries_of(admin, "/admin/")
        for row in (many, many.event, many.attempts.get()):
            for query in (
                {},
                {"p": "3"},
                {"q": row.pk},
                {"q": many.event_id},
                {"q": "nothing"},
                {"since": "24h"},
                {"_facets": "True"},
            ):
                sent += queries_of(admin, list_of(row), query)
            sent += queries_of(admin, path_of(row))
        for status in DeliveryStatus.values:
            sent += queries_of(admin, list_of(many), {"status__exact": status})

        logs = ("webhookevent", "webhookdelivery", "webhookattempt")
        counts = [sql for sql in sent if "COUNT(" in sql.upper()]
        assert not [sql for sql in counts if any(log in sql for log in logs)]

    def test_pages_follow_each_other(self, admin, many):
        first = admin.get(list_of(many)).context["cl"]
        second = admin.get(list_of(many), {"p": "2"}).context["cl"]
        last = admin.get(list_of(many), {"p": str(MANY // 50)}).context["cl"]

        assert len(first.result_list) == len(second.result_list) == 50
        assert first.has_next_page
        assert second.has_next_page
        assert not last.has_next_page
        assert first.result_list[-1].pk > second.result_list[0].pk
        assert admin.get(list_of(many), {"p": "5000"}).status_code == 302
        assert admin.get(list_of(many), {"p": "-1"}).context["cl"].page_num == 1

    def test_a_search_reads_indexes_and_not_the_table(self, admin, many):
        for row, term in (
            (many, many.pk),
            (many, many.event_id),
            (many, f"object-{MANY // 2}"),
            (many.event, f"object-{MANY // 2}"),
            (many.attempts.get(), many.event_id),
        ):
            sql = queries_of(admin, list_of(row), {"q": term})
            search = next(one for one in sql if "UNION" in one)
            assert reads_all_of(search) == set(), search

    def test_a_filter_by_trouble_reads_an_index(self, many):
        plan = WebhookDelivery.objects.filter(status="abandoned").order_by("-pk")[:51].explain()

        assert "delivery_in_trouble" in plan or connection.vendor == "sqlite"


def reads_all_of(sql: str) -> set[str]:
    """The logs that the database would read from end to end for a query."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")
            cursor.execute(f"EXPLAIN {sql}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        steps = [" ".join(map(str, row)) for row in cursor.fetchall()]
    return {
        step
        for step in steps
        if ("Seq Scan" in step or "SCAN webhooks" in step)
        and "webhooks_webhook" in step
        and "endpoint" not in step
    }
