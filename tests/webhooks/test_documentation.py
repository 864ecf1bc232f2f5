"""What `docs/` promises is what the code does."""

import re
from datetime import timedelta

import pytest
from django.conf import settings

from teams.models import Plan
from webhooks import documentation, retention
from webhooks.catalogue.types import CATALOGUE
from webhooks.delivery import retry_schedule
from webhooks.endpoints import health
from webhooks.http import signing
from webhooks.models import ROTATION_WINDOW
from webhooks.replay import pacing

DOCS = settings.BASE_DIR / "docs"


@pytest.fixture(scope="module")
def webhooks():
    return (DOCS / "api" / "webhooks.md").read_text()


class TestWhatIsMade:
    @pytest.mark.parametrize("name", documentation.PAGES)
    def test_it_is_up_to_date(self, name):
        path = DOCS / name

        assert path.read_text() == documentation.page(path), "run: make docs"

    def test_every_type_has_its_section(self):
        page = (DOCS / "api" / "events.md").read_text()

        assert re.findall(r"^### (.+)$", page, re.MULTILINE) == list(CATALOGUE)

    def test_every_snippet_stands_in_the_page(self, webhooks):
        for path in (DOCS / "api" / "snippets").glob("*.*"):
            assert path.read_text() in webhooks


class TestPromises:
    def test_the_schedule(self, webhooks):
        rows = re.findall(r"^\| (\d+) \| (\d+) \|", webhooks, re.MULTILINE)
        waits = [int(seconds) for _, seconds in rows]

        assert [int(attempt) for attempt, _ in rows] == list(
            range(1, retry_schedule.MAX_ATTEMPTS + 1)
        )
        assert waits == [0, *retry_schedule.RETRY_DELAYS]
        assert f"{sum(waits) / 86_400:.2f} days from the first to the last" in webhooks

    def test_when_an_endpoint_is_disabled(self, webhooks):
        assert (health.GONE_LIMIT, health.FAILING_LIMIT, health.WARN_AT) == (3, 50, (25, 40))
        assert timedelta(seconds=settings.WEBHOOK_DISABLE_AFTER) == timedelta(hours=1)
        for promise in (
            "it answers 410 three times in a row",
            "fifty deliveries are failing",
            "that has lasted for an hour",
            "The Owner is warned when 25 and when 40 deliveries are failing",
        ):
            assert promise in webhooks

    def test_how_long_things_are_kept(self, webhooks):
        kept = {plan: retention.KEPT[plan].days for plan in Plan}
        assert kept == {"free": 90, "team": 90, "pro": 90, "enterprise": 365}
        assert (retention.SYNTHETIC_KEPT.days, retention.QUIET.days) == (7, 1)
        assert "kept for 90 days, on Enterprise for a year; tests for a\nweek" in webhooks

    def test_the_other_numbers(self, webhooks):
        assert settings.WEBHOOK_DEADLINE == 10
        assert "Answer within 10 seconds" in webhooks
        assert f"within {signing.TOLERANCE} seconds of your clock" in webhooks
        assert f"{ROTATION_WINDOW.total_seconds() / 3600:.0f} hours" in webhooks
        assert f"1 to {pacing.MAX_PER_SECOND}, default {pacing.DEFAULT_PER_SECOND}" in webhooks
        assert f"schedules {pacing.MAX_AT_ONCE:,} at the most" in webhooks

    def test_the_worked_signature(self, webhooks):
        signed = signing.sign(
            secrets=["whsec_test_6f1d"],
            body=b'{"id":"event_demo"}',
            event_id="event_demo",
            timestamp=1780300805,
        )
        _, _, value = signed["Autousers-Signature"].rpartition("v1=")

        assert f"`v1` is `{value}`" in webhooks
