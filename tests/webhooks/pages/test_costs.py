"""What the pages about webhooks cost: queries, and the indexes that they use on PostgreSQL."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.webhooks.delivering import abandoned, make_deliveries, make_event
from tests.webhooks.failing import make_endpoint
from tests.webhooks.plans import plans
from webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent

MOST_QUERIES = 12


@pytest.fixture
def full(team, hook):
    """Several endpoints with deliveries in every state, one of them failing."""
    for number in range(5):
        make_endpoint(team, url=f"https://hooks.example.com/{number}")
    make_deliveries(team, 30)
    WebhookDelivery.objects.filter(endpoint=hook).update(**abandoned(failed_at=timezone.now()))
    WebhookEndpoint.objects.filter(pk=hook.pk).update(
        failing_since=timezone.now() - timedelta(hours=1), failures=30
    )
    return WebhookDelivery.objects.filter(endpoint=hook).latest("created_at")


def addresses(delivery):
    hook = f"/settings/webhooks/{delivery.endpoint_id}"
    day = f"{timezone.now() - timedelta(days=1):%Y-%m-%dT%H:%M}"
    return [
        "/settings/webhooks",
        "/settings/webhooks/new",
        hook,
        f"{hook}?status=abandoned&after={delivery.pk}",
        f"{hook}?type=rating.created&status=delivered&since={day}&after={delivery.pk}",
        *(f"{hook}/{word}" for word in ("edit", "rotate", "delete", "test", "retry", "catch-up")),
        f"/settings/webhooks/deliveries/{delivery.pk}",
        "/settings/events",
        f"/settings/events?type=rating.created&since={day}&until={day}&after={delivery.event_id}",
        f"/settings/events/{delivery.event_id}",
    ]


def test_no_page_needs_more_than_twelve_queries(browser, full):
    for address in addresses(full):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get(address).status_code == 200, address
        said = [one["sql"][:90] for one in queries.captured_queries]
        assert len(said) <= MOST_QUERIES, (address, said)


def test_the_list_costs_the_same_with_more_endpoints(browser, full, team):
    with CaptureQueriesContext(connection) as before:
        browser.get("/settings/webhooks")
    for number in range(20):
        make_endpoint(team, url=f"https://more.example.com/{number}")
    make_event(team)
    with CaptureQueriesContext(connection) as after:
        browser.get("/settings/webhooks")
    assert len(before) == len(after)


@pytest.mark.services
def test_no_page_reads_a_table_of_webhooks_whole(browser, full):
    for address in addresses(full):
        with plans() as found:
            assert browser.get(address).status_code == 200
        for table in (WebhookDelivery, WebhookEvent):
            whole = [plan for plan in found if f"Seq Scan on {table._meta.db_table}" in plan]
            assert whole == [], address
