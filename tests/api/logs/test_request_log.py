"""The request log: what is kept of which requests, and that keeping it disturbs nobody."""

import json
import logging
import threading
import time
from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError
from django.utils import timezone

from api import ids, tasks
from api.logs import request_log
from api.logs.request_log import CAPACITY
from api.models import RequestLog
from api.security import redaction
from teams.models import ApiKey
from teams.people import services
from tests.clients import ApiClient
from tests.conftest import make_key

EVALUATIONS = "/api/v1/evaluations"


@pytest.fixture
def log(monkeypatch):
    """A queue of the test's own, that nobody empties but the test."""
    queue = request_log.RequestLog()
    monkeypatch.setattr(request_log, "request_log", queue)
    return queue


@pytest.fixture
def failed(settings, log):
    settings.REQUEST_LOG = "failed"
    return log


@pytest.fixture
def every(settings, log):
    settings.REQUEST_LOG = "all"
    return log


def rows(log):
    log.flush()
    return list(RequestLog.objects.order_by("created_at"))


def note(**changes):
    values = {
        "request_id": "r", "method": "GET", "route": "/api/v1/evaluations",
        "path": EVALUATIONS, "query": "", "status": 404, "duration_ms": 1, "team_id": "",
        "user_id": "", "key_prefix": "", "address": "", "user_agent": "", "error_code": "",
        "body": b"", "created_at": time.time(),
    }  # fmt: skip
    return request_log.Note(**(values | changes))


class TestWhatIsKept:
    def test_all_that_support_asks_for(self, api, team, failed):
        key = ApiKey.objects.get()
        response = api.post(
            f"{EVALUATIONS}?a=1&token=abc",
            {"name": "", "sharePassword": "hunter2"},
            headers={"User-Agent": "autousers-mcp/0.8"},
        )
        [row] = rows(failed)

        assert (row.request_id, row.method, row.status) == (response["X-Request-Id"], "POST", 400)
        assert (row.route, row.path) == (EVALUATIONS, f"{EVALUATIONS}?a=1&token=[removed]")
        assert (row.team_id, row.user_id, row.key_prefix) == (team.pk, team.owner.pk, key.prefix)
        assert (row.address, row.user_agent) == ("127.0.0.1", "autousers-mcp/0.8")
        assert row.error_code == "validation_failed"
        assert row.body == '{"name":"","sharePassword":"[removed]"}'
        assert abs(row.created_at - timezone.now()) < timedelta(seconds=10)
        assert 0 <= row.duration_ms < 10_000

    def test_the_route_is_a_pattern_and_the_path_is_what_was_asked(self, api, failed):
        api.get(f"{EVALUATIONS}/cnone")
        [row] = rows(failed)
        assert (row.route, row.path) == (f"{EVALUATIONS}/{{id}}", f"{EVALUATIONS}/cnone")

    def test_a_session_has_a_person_and_no_key(self, session, team, failed):
        session().get(f"{EVALUATIONS}/none")
        [row] = rows(failed)
        assert (row.team_id, row.user_id, row.key_prefix) == (team.pk, team.owner.pk, "")

    @pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
    def test_a_key_that_is_good_no_more_is_known_by_its_beginning(self, team, failed, field):
        _key, token = services.create_key(team=team, user=team.owner, name="x", scopes=["*"])
        ApiKey.objects.update(**{field: timezone.now()})
        ApiClient(token).post(EVALUATIONS, {"name": "x"})
        [row] = rows(failed)
        assert (row.status, row.key_prefix, row.team_id) == (401, token[:14], "")
        assert row.body == ""  # nobody vouches for it

    def test_one_that_is_too_long_is_only_measured(self, api, failed):
        api.post(EVALUATIONS, {"name": "", "description": "x" * redaction.READ_LIMIT})
        assert rows(failed)[0].body.endswith("bytes, too many to keep]")

    def test_bugs_are_kept_too(self, api, failed, monkeypatch):
        monkeypatch.setattr("api.rest.lists.read_query", lambda *_, **__: 1 / 0)
        api.get(EVALUATIONS)
        seen = [(row.status, row.route, row.error_code) for row in rows(failed)]
        assert seen == [(500, EVALUATIONS, "internal_error")]

    @pytest.mark.parametrize("agent", ["\0", "x" * 5_000, "\ud800", f"k {'ak_live_' + 'x' * 43}"])
    def test_hostile_text_is_cut_and_cleaned(self, failed, db, agent):
        failed.add(note(path="/" + agent, user_agent=agent, query=agent, method="M" * 50))
        [row] = rows(failed)
        assert "ak_live_x" not in row.user_agent + row.path
        assert len(row.user_agent) <= 200
        assert len(row.method) == 10


class TestWhichAreKept:
    @pytest.mark.parametrize(
        ("mode", "kept"), [("failed", [404]), ("all", [200, 404]), ("off", [])]
    )
    def test_the_setting_says(self, api, log, settings, mode, kept):
        settings.REQUEST_LOG = mode
        api.get(EVALUATIONS)
        api.get(f"{EVALUATIONS}/none")
        assert [row.status for row in rows(log)] == kept

    def test_by_default_what_changed_something_is_kept_without_its_body(self, api, log, settings):
        settings.REQUEST_LOG = "writes"
        made = api.post(EVALUATIONS, {"name": "x"}).json()
        api.get(f"{EVALUATIONS}/{made['id']}")
        api.patch(f"{EVALUATIONS}/{made['id']}", {"name": "y"})
        api.delete(f"{EVALUATIONS}/{made['id']}")
        api.get(f"{EVALUATIONS}/{made['id']}")
        kept = rows(log)
        seen = [(row.method, row.status) for row in kept]
        assert seen == [("POST", 201), ("PATCH", 200), ("DELETE", 200), ("GET", 404)]
        assert {row.body for row in kept} == {""}

    def test_so_are_changes_in_the_admin_and_on_pages(self, client, admin_user, log, settings):
        settings.REQUEST_LOG = "writes"
        client.force_login(admin_user)
        client.get("/admin/")
        posted = {"action": "revoke", "_selected_action": "none"}
        client.post("/admin/teams/apikey/", posted)
        [row] = rows(log)
        assert (row.method, row.path, row.user_id) == (
            "POST",
            "/admin/teams/apikey/",
            admin_user.pk,
        )
        assert row.body == ""

    def test_what_strangers_type_into_pages_is_not(self, client, db, log, settings):
        settings.REQUEST_LOG = "writes"
        client.post("/account/sign-in", {"username": "a", "password": "hunter2"})
        assert rows(log) == []

    def test_pages_for_people_are_kept_when_they_break_and_never_what_was_typed(
        self, anonymous, db, every, monkeypatch
    ):
        anonymous.get("/nothing")
        anonymous.post("/admin/login/", {"username": "a", "password": "hunter2"})
        assert rows(every) == []

        monkeypatch.setattr("api.pages.error_codes", lambda: 1 / 0)
        response = anonymous.get("/docs/errors")
        [row] = rows(every)
        assert (row.status, row.request_id, row.body) == (500, response["X-Request-Id"], "")

    def test_a_replay_is_found_by_the_id_it_was_answered_with(self, api, every):
        key = {"Idempotency-Key": "k"}
        first = api.post(EVALUATIONS, {"name": "x"}, headers=key)
        api.post(EVALUATIONS, {"name": "x"}, headers=key)
        assert {row.request_id for row in rows(every)} == {first["X-Request-Id"]}


class TestAFlood:
    def test_it_is_bounded_and_what_was_left_out_is_counted(self, failed, db):
        for number in range(CAPACITY + 500):
            failed.add(note(request_id=str(number)))
        assert failed.dropped == 500
        assert failed.flush() == CAPACITY
        assert RequestLog.objects.count() == CAPACITY

    def test_many_threads_lose_nothing_below_the_bound(self, failed, db):
        def add(count):
            for _ in range(count):
                failed.add(note())

        threads = [threading.Thread(target=add, args=(200,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed.flush() == 1_600

    def test_leaving_a_note_costs_next_to_nothing(self, failed, rf, db):
        request = rf.post(EVALUATIONS, b"{}", content_type="application/json")
        _ = request.body
        response = ApiClient().get(f"{EVALUATIONS}")
        failed._waiting.clear()
        started = time.process_time()
        for _ in range(1_000):
            request_log.note(request, response, id="r", seconds=0.1)
        assert (time.process_time() - started) / 1_000 < 100e-6


class TestADatabaseThatIsGone:
    @pytest.fixture
    def gone(self, monkeypatch):
        def fail(*_, **__):
            raise OperationalError("the database is gone")

        monkeypatch.setattr("api.database.bulk.execute", fail)

    def test_requests_are_answered_and_the_loss_is_logged(self, api, failed, gone, caplog):
        assert api.get(f"{EVALUATIONS}/none").status_code == 404
        with caplog.at_level(logging.WARNING, "autousers.request_log"):
            assert failed._work() == request_log.PAUSE_AFTER_FAILURE
        assert "Requests could not be logged" in caplog.text
        assert "left out 1 requests" in caplog.text

    def test_the_next_ones_are_kept_again(self, failed, db, monkeypatch):
        failed.add(note())
        with monkeypatch.context() as outage:
            outage.setattr(
                "api.database.bulk.execute", lambda *_, **__: (_ for _ in ()).throw(DatabaseError)
            )
            with pytest.raises(DatabaseError):
                failed.flush()
        failed.add(note(request_id="later"))
        assert [row.request_id for row in rows(failed)] == ["later"]


@pytest.mark.django_db(transaction=True)
def test_the_thread_writes_by_itself(api, settings, monkeypatch):
    monkeypatch.undo()  # Background works again
    settings.REQUEST_LOG = "failed"
    queue = request_log.RequestLog()
    monkeypatch.setattr(request_log, "request_log", queue)
    response = api.get(f"{EVALUATIONS}/none")
    deadline = time.monotonic() + 10
    while not RequestLog.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    queue.finish()
    assert RequestLog.objects.get().request_id == response["X-Request-Id"]


class TestForgetting:
    def make(self, *, days):
        made = timezone.now() - timedelta(days=days)
        pk = ids.cuid(int(made.timestamp() * 1000))
        return RequestLog.objects.create(
            pk=pk, request_id="r", method="GET", path="/", status=404, duration_ms=1,
            created_at=made,
        )  # fmt: skip

    def test_only_what_is_past_its_days_goes(self, db, settings):
        kept = [self.make(days=days) for days in (0, 6.9)]
        for days in (7.1, 30, 400):
            self.make(days=days)
        tasks.forget()
        assert set(RequestLog.objects.all()) == set(kept)
        settings.REQUEST_LOG_DAYS = 1
        tasks.forget()
        assert list(RequestLog.objects.all()) == kept[:1]

    def test_it_goes_in_small_batches(self, db, monkeypatch):
        monkeypatch.setattr(tasks, "BATCH", 3)
        for _ in range(8):
            self.make(days=8)
        assert tasks.forget_requests() == 8

    def test_it_stops_when_its_time_is_up(self, db, monkeypatch):
        monkeypatch.setattr(tasks, "BATCH", 1)
        monkeypatch.setattr(tasks, "BUDGET", 0.0)
        self.make(days=8)
        assert tasks.forget_requests() == 0


def test_the_id_in_an_envelope_finds_the_row(api, failed):
    envelope = json.loads(api.get(f"{EVALUATIONS}/none").content)["error"]
    failed.flush()
    assert RequestLog.objects.get(request_id=envelope["request_id"]).status == 404


def test_a_read_only_key_is_told_apart_by_its_prefix(team, failed):
    token = make_key(team, scopes=("evaluations:read",))
    ApiClient(token).post(EVALUATIONS, {"name": "x"})
    [row] = rows(failed)
    assert (row.status, row.error_code) == (403, "missing_required_scope")
    assert ApiKey.objects.get(prefix=row.key_prefix).prefix == token[:14]
