"""The pulse: what waits, whose fault it is, and who is alive."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from autousers.models import Autouser, AutouserRun
from config.health import pulse
from tests.autousers.studies import make_study
from tests.config.health.beating import ALL, beat, grow_silent
from tests.webhooks.failing import end, make_deliveries, make_endpoint, make_event
from webhooks.models import WebhookDelivery

UNREADABLE = "A stored secret cannot be read with any key in AUTOUSERS_ENCRYPTION_KEYS."


@pytest.fixture
def endpoint(team):
    return make_endpoint(team)


@pytest.fixture
def event(team):
    return make_event(team)


@pytest.fixture(autouse=True)
def all_alive(db):
    beat(*ALL)


def texts() -> list[str]:
    return [str(problem) for problem in pulse.take().problems]


def due_since(seconds: float, **values) -> None:
    then = timezone.now() - timedelta(seconds=seconds)
    WebhookDelivery.objects.update(next_attempt_at=then, **values)


class TestDeliveries:
    def test_nothing_to_do_is_healthy(self):
        now = pulse.take()

        assert now.problems == []
        assert (now.oldest_delivery, now.waiting_for_receivers, now.failed_by_us) == (0, 0, 0)

    def test_the_oldest_due_delivery_is_a_problem_after_a_minute(self, endpoint, event):
        make_deliveries(endpoint, event, 2)
        due_since(50)
        assert texts() == []

        due_since(75)
        [text] = texts()
        assert text.startswith("The oldest due delivery has waited for 75 s")

    def test_a_receiver_that_hangs_is_not_a_late_server(self, team, endpoint, event):
        endpoint.failing_since = timezone.now()
        endpoint.save()
        make_deliveries(endpoint, event, 3)
        due_since(595)
        now = pulse.take()

        assert now.oldest_delivery == 0
        assert now.waiting_for_receivers == 3
        assert now.problems == []

        make_deliveries(make_endpoint(team), event, 1)
        WebhookDelivery.objects.filter(endpoint__failing_since=None).update(
            next_attempt_at=timezone.now() - timedelta(seconds=90)
        )
        assert round(pulse.take().oldest_delivery) == 90

    @pytest.mark.parametrize(
        "values",
        [
            {"next_attempt_at": None},
            {"next_attempt_at": timezone.now() + timedelta(days=1)},
            {"leased_until": timezone.now() + timedelta(days=1)},
        ],
        ids=["finished", "due later", "under way"],
    )
    def test_what_is_not_due_is_not_late(self, endpoint, event, values):
        make_deliveries(endpoint, event, 1)
        due_since(600)
        WebhookDelivery.objects.update(**values)

        assert pulse.take().oldest_delivery == 0


class TestFailuresOfOurs:
    def test_a_wrong_key_is_a_problem_at_once_and_names_itself(self, endpoint, event):
        deliveries = make_deliveries(endpoint, event, 2)
        end(deliveries, None, fault="ours", error=UNREADABLE)
        now = pulse.take()

        assert (now.failed_by_us, now.failed_by_us_since_success) == (2, 2)
        assert [str(one) for one in now.problems] == [
            f"Deliveries fail on our side, 2 since the last success: {UNREADABLE}"
        ]

    def test_a_failure_of_the_receiver_is_none_of_ours(self, endpoint, event):
        end(make_deliveries(endpoint, event, 1), 500)

        assert pulse.take().failed_by_us == 0
        assert texts() == []

    def test_a_later_success_elsewhere_leaves_a_figure_and_no_problem(self, team, endpoint, event):
        end(make_deliveries(endpoint, event, 1), None, fault="ours", error="No name server.")
        end(make_deliveries(make_endpoint(team), event, 1), 200)
        now = pulse.take()

        assert (now.failed_by_us, now.failed_by_us_since_success) == (1, 0)
        assert now.problems == []

    @pytest.mark.parametrize("status", [200, 500])
    def test_the_next_attempt_ends_it(self, endpoint, event, status):
        [delivery] = make_deliveries(endpoint, event, 1)
        end([delivery], None, fault="ours", error=UNREADABLE)
        delivery.refresh_from_db()
        end([delivery], status)

        assert pulse.take().failed_by_us == 0


class TestRuns:
    @pytest.fixture
    def run(self, team):
        study = make_study(team)
        return AutouserRun.objects.create(
            team=team,
            evaluation=study,
            comparison=study.comparisons.first(),
            autouser=Autouser.objects.filter(team=None).first(),
            agent=1,
            quota_month="2026-06-01",
        )

    def test_a_run_that_waits_for_five_minutes_is_a_problem(self, run):
        assert pulse.take().runs_waiting == 1
        assert texts() == []

        AutouserRun.objects.update(due_at=timezone.now() - timedelta(seconds=301))
        [text] = texts()
        assert text.startswith("The oldest due run has waited for 301 s")


class TestProcesses:
    def test_a_kind_without_a_living_process_is_a_problem(self):
        beat("deliveries", host="other:8")
        grow_silent("deliveries", 50)
        [text] = texts()

        assert text.startswith("No process of the kind deliveries is alive (the last heartbeat was")
        assert text.endswith("events are recorded and wait")

    def test_one_of_two_that_lives_is_enough(self):
        grow_silent("deliveries", 50)
        beat("deliveries", host="other:8")

        assert texts() == []
        assert [one.is_alive for one in pulse.take().processes if one.kind == "deliveries"] == [
            False,
            True,
        ]

    def test_a_kind_that_was_never_seen_is_named_too(self):
        grow_silent("beat", 5)
        pulse.heartbeats.Heartbeat.objects.filter(kind="beat").delete()

        assert texts() == [
            "No process of the kind beat is alive (there is no heartbeat): "
            "retries, mails and missed wake-ups wait"
        ]


def test_the_number_of_queries_does_not_depend_on_what_waits(endpoint, event):
    end(make_deliveries(endpoint, event, 1), None, fault="ours", error="x")
    with CaptureQueriesContext(connection) as few:
        pulse.take()
    end(make_deliveries(endpoint, event, 5), None, fault="ours", error="x")
    beat(*ALL, host="other:8")
    with CaptureQueriesContext(connection) as many:
        pulse.take()

    assert len(few) == len(many) <= 9
