"""Refusals that are counted and leave no row: what strangers cause, and a caller's flood."""

import pytest
from django.db import DatabaseError
from django.utils import timezone

from api import tasks
from api.database import bulk
from api.logs import refusal_counts, request_log
from api.logs.refusal_counts import HOUR, OTHERS, Refusal, RefusalCounts
from api.models import RefusalCount, RequestLog
from tests.clients import ApiClient
from tests.concurrency.threads import at_once
from tests.conftest import make_key

EVALUATIONS = "/api/v1/evaluations"
NOW = 500_000  # an hour


@pytest.fixture
def log(settings, monkeypatch):
    """A queue of the test's own, that nobody empties but the test."""
    settings.REQUEST_LOG = "failed"
    queue = request_log.RequestLog()
    monkeypatch.setattr(request_log, "request_log", queue)
    return queue


def counts():
    rows = RefusalCount.objects.order_by("status", "code", "route", "network")
    return list(rows.values_list("status", "code", "route", "network", "times"))


def refusal(**changes):
    values = {"hour": NOW, "route": EVALUATIONS, "status": 401, "code": "x", "network": "192.0.2.1"}
    return Refusal(**(values | changes))


class TestStrangers:
    def test_their_refusals_are_counted_and_leave_no_row(self, log, db):
        strangers = [ApiClient(), ApiClient("ak_live_" + "n" * 43), ApiClient("hunter2" * 3)]
        for client in strangers * 5:
            client.post(EVALUATIONS, {"name": "x"})
            client.get(f"/api/v1/nothing/{client.token}")

        log.flush()

        assert not RequestLog.objects.exists()
        assert counts() == [
            (401, "invalid_credential", EVALUATIONS, "127.0.0.1", 15),
            (404, "route_not_found", "", "127.0.0.1", 15),
        ]

    def test_they_are_counted_where_every_request_is_kept(self, log, settings, db):
        settings.REQUEST_LOG = "all"
        ApiClient().get(EVALUATIONS)
        log.flush()
        assert not RequestLog.objects.exists()
        assert [row[:2] for row in counts()] == [(401, "invalid_credential")]

    def test_where_no_request_is_kept_none_is_counted(self, log, settings, db):
        settings.REQUEST_LOG = "off"
        ApiClient().get(EVALUATIONS)
        log.flush()
        assert counts() == []

    def test_what_is_our_fault_is_kept(self, anonymous, log, monkeypatch, db):
        def fail(*_, **__):
            raise RuntimeError("a bug")

        monkeypatch.setattr("teams.auth.authentication.BearerAuthentication.authenticate", fail)
        anonymous.get(EVALUATIONS)
        log.flush()
        assert RequestLog.objects.get().status == 500


class TestACallersFlood:
    def test_beyond_the_bound_of_a_minute_it_is_counted(self, api, other_api, log, monkeypatch):
        monkeypatch.setattr(request_log, "ROWS_PER_MINUTE", 3)
        monkeypatch.setattr(request_log.time, "monotonic", lambda: 60.0)
        for _ in range(5):
            api.get(f"{EVALUATIONS}/none")
        other_api.get(f"{EVALUATIONS}/none")

        log.flush()

        assert RequestLog.objects.count() == 4
        route = f"{EVALUATIONS}/{{id}}"
        assert counts() == [(404, "evaluation_not_found", route, "127.0.0.1", 2)]

        monkeypatch.setattr(request_log.time, "monotonic", lambda: 120.0)
        api.get(f"{EVALUATIONS}/none")
        log.flush()
        assert RequestLog.objects.count() == 5

    def test_what_succeeds_has_no_bound(self, api, log, settings, monkeypatch):
        settings.REQUEST_LOG = "all"
        monkeypatch.setattr(request_log, "ROWS_PER_MINUTE", 1)
        for _ in range(3):
            api.get(EVALUATIONS)
        log.flush()
        assert RequestLog.objects.count() == 3

    def test_a_revoked_key_has_the_same_bound(self, team, log, monkeypatch):
        monkeypatch.setattr(request_log, "ROWS_PER_MINUTE", 2)
        monkeypatch.setattr(request_log.time, "monotonic", lambda: 60.0)
        token = make_key(team)
        team.api_keys.get().revoke()
        for _ in range(5):
            ApiClient(token).get(EVALUATIONS)
        log.flush()
        assert RequestLog.objects.count() == 2
        assert [row[-1] for row in counts()] == [3]


class TestTheTable:
    def test_counts_add_up(self, db):
        for _ in range(3):
            counted = RefusalCounts()
            counted.add(refusal())
            counted.add(refusal())
            assert counted.flush() == 2
            assert counted.flush() == 0
        assert [row[-1] for row in counts()] == [6]

    def test_a_flood_from_everywhere_is_bounded_and_complete(self, db, monkeypatch):
        monkeypatch.setattr(refusal_counts, "ROWS_PER_HOUR", 20)
        monkeypatch.setattr(refusal_counts, "KINDS", 50)
        counted = RefusalCounts()
        for place in range(400):
            counted.add(refusal(network=f"2001:db8:{place:x}::/64"))
            if place % 100 == 99:
                counted.flush()

        assert sum(row[-1] for row in counts()) == 400
        assert len(counts()) == 21
        assert RefusalCount.objects.get(network=OTHERS).times == 380

    def test_another_hour_has_room_again(self, db, monkeypatch):
        monkeypatch.setattr(refusal_counts, "ROWS_PER_HOUR", 1)
        counted = RefusalCounts()
        for hour in (NOW, NOW + 1):
            for place in "ab":
                counted.add(refusal(hour=hour, network=place))
            counted.flush()
        assert [row[3] for row in counts()].count(OTHERS) == 2
        assert RefusalCount.objects.exclude(network=OTHERS).count() == 2

    def test_what_cannot_be_written_is_written_later(self, db, monkeypatch):
        counted = RefusalCounts()
        counted.add(refusal())
        with monkeypatch.context() as outage:
            outage.setattr(bulk, "execute", lambda *_: (_ for _ in ()).throw(DatabaseError))
            with pytest.raises(DatabaseError):
                counted.flush()
        counted.add(refusal())
        assert counted.flush() == 2

    def test_it_is_forgotten_with_the_requests(self, db, settings):
        settings.REQUEST_LOG_DAYS = 1
        counted = RefusalCounts()
        today = int(timezone.now().timestamp() // HOUR)
        for hour in (today, today - 30):
            counted.add(refusal(hour=hour))
        counted.flush()
        tasks.forget()
        assert [row.hour.timestamp() for row in RefusalCount.objects.all()] == [today * HOUR]

    @pytest.mark.services
    @pytest.mark.django_db(transaction=True)
    def test_processes_add_to_the_same_rows_at_once(self):
        def process():
            counted = RefusalCounts()
            for _ in range(20):
                for place in range(10):
                    counted.add(refusal(network=str(place)))
                counted.flush()

        at_once([process] * 8)

        assert [row[-1] for row in counts()] == [160] * 10
