"""The start page of the admin: whether the server is healthy, for those who may see it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.config.health.beating import ALL, beat, grow_silent
from tests.webhooks.failing import make_deliveries, make_endpoint, make_event
from webhooks.models import WebhookDelivery


@pytest.fixture(autouse=True)
def all_alive(db):
    beat(*ALL)


def page_of(client) -> str:
    response = client.get("/admin/")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_receiver_that_hangs_leaves_the_server_healthy(admin, team):
    endpoint = make_endpoint(team, failing_since=timezone.now())
    make_deliveries(endpoint, make_event(team), 2)
    WebhookDelivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=595))
    page = page_of(admin)

    assert 'id="pulse-verdict">Healthy</h2>' in page
    assert "Oldest due delivery: <strong>none</strong>" in page
    assert "Waiting for failing receivers: <strong>2</strong>" in page


def test_a_dead_worker_is_the_verdict(admin):
    grow_silent("deliveries", 60)
    page = page_of(admin)

    assert ">Not healthy</h2>" in page
    assert "No process of the kind deliveries is alive (the last heartbeat was" in page
    assert "deliveries@kiosk:7, version" in page


def test_each_subject_needs_the_right_to_see_its_rows(operator):
    grow_silent("deliveries", 60)
    page = page_of(operator("view_autouserrun"))

    assert "Runs waiting: <strong>0</strong>" in page
    assert "Oldest due delivery" not in page
    assert "deliveries@kiosk:7" not in page
    assert ">Healthy</h2>" in page


def test_without_any_of_them_there_is_no_verdict(operator):
    assert "pulse-verdict" not in page_of(operator())
