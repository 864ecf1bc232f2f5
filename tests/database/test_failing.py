"""What a caller is told by the kind of failure, and by what had been changed before it."""

import threading

import pytest
from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)
from rest_framework.renderers import JSONRenderer

from evaluations.models import Evaluation
from evaluations.rest.evaluation_views import EvaluationListView
from evaluations.studies import services
from tests.clients import assert_error
from tests.concurrency.threads import at_once
from webhooks.models import WebhookEvent
from webhooks.wakeup import wake

EVALUATIONS = "/api/v1/evaluations"
KEY = {"Idempotency-Key": "nightly-kiosk"}

AFTER = "Something went wrong on our side after the change, or a part of it, was made."
QUOTE = "Please quote the request id to support."


class TestAnErrorAfterTheCommit:
    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture
    def unwritable(self, monkeypatch):
        def fail(*_, **__):
            raise RuntimeError("cannot be written down")

        monkeypatch.setattr(JSONRenderer, "render", fail)

    def test_without_a_key_the_caller_is_told_to_look_first(self, api, unwritable):
        response = api.post(EVALUATIONS, {"name": "Kiosk"})

        error = assert_error(response, 500, "failed_after_change")
        assert error["message"] == (
            f"{AFTER} Look at what is there before you repeat the request. {QUOTE}"
        )
        assert Evaluation.objects.count() == 1

    def test_with_a_key_it_can_be_repeated(self, api, unwritable, monkeypatch):
        response = api.post(EVALUATIONS, {"name": "Kiosk"}, headers=KEY)

        error = assert_error(response, 500, "failed_after_change")
        assert "Repeat the request with the same Idempotency-Key" in error["message"]
        monkeypatch.undo()
        assert api.post(EVALUATIONS, {"name": "Kiosk"}, headers=KEY).status_code == 201
        assert Evaluation.objects.count() == 1

    def test_a_read_changed_nothing(self, api, evaluation, unwritable):
        assert_error(api.get(EVALUATIONS), 500, "internal_error")

    def test_a_change_that_was_rolled_back_changed_nothing(self, api, monkeypatch):
        def fail(*_, **__):
            Evaluation.objects.get()
            raise RuntimeError("a bug")

        monkeypatch.setattr(services, "create_evaluation", fail)
        assert_error(api.post(EVALUATIONS, {"name": "Kiosk"}), 500, "internal_error")

    def test_what_an_earlier_request_changed_is_not_this_one_s(self, api, evaluation, monkeypatch):
        def fail(*_, **__):
            raise RuntimeError("a bug")

        monkeypatch.setattr(services, "create_evaluation", fail)
        assert_error(api.post(EVALUATIONS, {"name": "Kiosk"}), 500, "internal_error")

    def test_a_worker_that_cannot_be_woken_is_no_failure(self, api, endpoint, monkeypatch, caplog):
        def fail() -> None:
            raise RuntimeError("cannot start a thread")

        monkeypatch.setattr(wake, "start_drain", fail)
        monkeypatch.setattr("webhooks.wakeup.pg_notify.notify", fail)

        assert api.post(EVALUATIONS, {"name": "Kiosk"}).status_code == 201
        assert "cannot start a thread" in caplog.text


class TestAFailureThatNobodyNoticed:
    pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

    def test_a_transaction_in_which_a_statement_failed_is_no_success(self, api, monkeypatch):
        """PostgreSQL answers its COMMIT with a rollback, and calls that no error."""
        real = services.create_evaluation

        def fail_in_silence(**values):
            made = real(**values)
            try:
                connection.cursor().execute("SELECT 1 / 0")
            except DatabaseError:
                return made

        monkeypatch.setattr(services, "create_evaluation", fail_in_silence)
        assert_error(api.post(EVALUATIONS, {"name": "Kiosk"}), 500, "internal_error")
        assert Evaluation.objects.count() == WebhookEvent.objects.count() == 0


def raised(code: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'the secret' USING ERRCODE = '{code}'; END $$"


CANNOT_REACH = "The server cannot reach its database for the moment."
LOCKED = "Another change held what this request needs for too long."
SLOW = "The database took too long over this request."


class TestWhatPostgreSQLAnswers:
    pytestmark = [pytest.mark.services, pytest.mark.django_db]

    @pytest.mark.parametrize(
        ("sql", "code", "reason"),
        [
            ("SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)", "database_busy", SLOW),
            (raised("55P03"), "database_busy", LOCKED),
            (raised("40001"), "database_busy", "Another change came in between."),
            (raised("57P03"), "temporarily_unavailable", CANNOT_REACH),
            (raised("08006"), "temporarily_unavailable", CANNOT_REACH),
            ("SET LOCAL transaction_read_only = on; DELETE FROM ratings_rating",
             "temporarily_unavailable", "The database accepts no changes for the moment."),
            (raised("53100"), "temporarily_unavailable", "The database has no space left."),
            (raised("53300"), "temporarily_unavailable",
             "The database has no connection free for the moment."),
        ],
    )  # fmt: skip
    def test_it_is_told_truly(self, api, monkeypatch, sql, code, reason):
        def fail(**_):
            connection.cursor().execute(sql)

        monkeypatch.setattr(services, "create_evaluation", fail)
        response = api.post(EVALUATIONS, {"name": "Kiosk"}, headers=KEY)

        error = assert_error(response, 503, code)
        assert error["message"] == f"{reason} Nothing was changed; try again."
        assert response["Retry-After"] == "1"

    @pytest.mark.parametrize("code", ["42P01", "54001", "22012", "XX000"])
    def test_a_bug_is_not_blamed_on_the_connection(self, api, monkeypatch, code):
        def fail(**_):
            connection.cursor().execute(raised(code))

        monkeypatch.setattr(services, "create_evaluation", fail)
        assert_error(api.post(EVALUATIONS, {"name": "Kiosk"}), 500, "internal_error")


class TestWaiting:
    pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

    def test_a_session_that_an_operator_ends_is_a_database_that_is_gone(self, api, monkeypatch):
        def fail(**_):
            connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")

        monkeypatch.setattr(services, "create_evaluation", fail)
        response = api.post(EVALUATIONS, {"name": "Kiosk"}, headers=KEY)
        connection.close()

        error = assert_error(response, 503, "temporarily_unavailable")
        assert error["message"] == f"{CANNOT_REACH} Nothing was changed; try again."

    def test_who_holds_a_key_and_waits_for_a_lock_is_told_so(
        self, api, evaluation, settings, monkeypatch
    ):
        """The key is taken; what is locked by somebody else is the team's counter of events."""
        settings.IDEMPOTENCY_WAIT_SECONDS = 1
        body = {"name": "Kiosk"}
        with transaction.atomic():
            connection.cursor().execute("SELECT 1 FROM webhooks_eventcounter FOR UPDATE")
            [response] = at_once([lambda: api.post(EVALUATIONS, body, headers=KEY)])

        error = assert_error(response, 503, "database_busy")
        assert error["message"] == f"{LOCKED} Nothing was changed; try again."
        assert api.post(EVALUATIONS, body, headers=KEY).status_code == 201

    def test_of_two_that_wait_for_each_other_one_is_told_so(self, api, monkeypatch):
        both = threading.Barrier(2)
        ids = [api.post(EVALUATIONS, {"name": "Kiosk"}).json()["id"] for _ in range(2)]
        real = services.update_evaluation

        def update(*, evaluation, **values):
            both.wait(5)
            other = next(one for one in ids if one != evaluation.pk)
            Evaluation.objects.filter(pk=other).update(description="mine")
            return real(evaluation=evaluation, **values)

        monkeypatch.setattr(services, "update_evaluation", update)
        replies = at_once(
            [lambda id=id: api.patch(f"{EVALUATIONS}/{id}", {"name": "New"}) for id in ids]
        )

        assert sorted(reply.status_code for reply in replies) == [200, 503]
        [refused] = [reply for reply in replies if reply.status_code == 503]
        error = assert_error(refused, 503, "database_busy")
        assert error["message"].startswith("This request and another one waited for each other")


class TestWhatSQLiteAnswers:
    @pytest.fixture(autouse=True)
    def only_there(self):
        if connection.vendor != "sqlite":
            pytest.skip("needs SQLite")

    @pytest.mark.django_db(transaction=True)
    def test_a_database_that_is_written_to_for_too_long_is_busy(self, api):
        def ask():
            connection.cursor().execute("PRAGMA busy_timeout = 10")
            return api.post(EVALUATIONS, {"name": "Kiosk"})

        with transaction.atomic():
            [response] = at_once([ask])

        error = assert_error(response, 503, "database_busy")
        assert error["message"] == (
            "Other changes kept the database busy for too long. Nothing was changed; try again."
        )

    @pytest.mark.django_db
    def test_a_bug_is_not_blamed_on_the_connection(self, api, monkeypatch):
        def fail(*_, **__):
            connection.cursor().execute("SELECT * FROM nothing")

        monkeypatch.setattr(EvaluationListView, "get", fail)
        assert_error(api.get(EVALUATIONS), 500, "internal_error")


class TestAPage:
    @pytest.mark.parametrize(
        ("error", "status", "text"),
        [
            (OperationalError("gone"), 503, CANNOT_REACH),
            (InterfaceError("gone"), 503, CANNOT_REACH),
            (ProgrammingError("a bug"), 500, "nothing was changed"),
            (RuntimeError("a bug"), 500, "nothing was changed"),
        ],
    )
    def test_it_says_the_same_as_the_api(self, db, client, monkeypatch, error, status, text):
        def fail(*_, **__):
            raise error

        client.raise_request_exception = False
        monkeypatch.setattr("teams.pages.accounts.SignInView.get", fail)

        response = client.get("/sign-in")

        assert response.status_code == status
        assert text in response.content.decode()
        assert response["X-Request-Id"] in response.content.decode()
        assert response.get("Retry-After") == ("1" if status == 503 else None)
