"""What callers are told when the connection to the database breaks: a real one, cut by a proxy."""

import re

import pytest
from django.db import connection
from django.test import Client

from api.models import IdempotencyRecord
from autousers.models import AutouserRun
from chaos.database_proxy import Lost
from evaluations.models import Evaluation
from evaluations.studies import services
from teams.models import ApiKey, User
from tests.autousers.running import make_study
from tests.clients import assert_error
from tests.conftest import PASSWORD
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

EVALUATIONS = "/api/v1/evaluations"
KEY = {"Idempotency-Key": "nightly-kiosk"}

UNKNOWN = "The database did not answer whether the change was made."
LOOK_FIRST = f"{UNKNOWN} Look at what is there before you repeat the request."
REPEAT = f"{UNKNOWN} Repeat the request with the same Idempotency-Key: it does not happen twice."
UNCHANGED = "The server cannot reach its database for the moment. Nothing was changed; try again."

#: What was lost, and how often the change is there afterwards.
LOST = [(Lost.ANSWER, 1), (Lost.STATEMENT, 0)]


@pytest.fixture(autouse=True)
def reconnect():
    """After a request Django closes a connection that broke; its test client does not."""
    yield
    connection.close()


def afterwards() -> None:
    connection.close()


@pytest.mark.parametrize(("lost", "made"), LOST)
class TestACommitWhoseAnswerIsLost:
    def test_without_a_key_the_caller_is_told_to_look_first(self, api, proxy, lost, made):
        done = proxy.lose(lost)

        response = api.post(EVALUATIONS, {"name": "Kiosk"})

        assert done.is_set()
        error = assert_error(response, 503, "outcome_unknown")
        assert error["message"] == LOOK_FIRST
        assert "Retry-After" not in response
        afterwards()
        assert Evaluation.objects.count() == WebhookEvent.objects.count() == made

    def test_with_a_key_the_caller_is_told_to_repeat_and_it_happens_once(
        self, api, proxy, lost, made
    ):
        proxy.lose(lost)

        response = api.post(EVALUATIONS, {"name": "Kiosk"}, headers=KEY)

        assert assert_error(response, 503, "outcome_unknown")["message"] == REPEAT
        assert response["Retry-After"] == "1"
        afterwards()
        assert Evaluation.objects.count() == IdempotencyRecord.objects.count() == made
        repeated = api.post(EVALUATIONS, {"name": "Kiosk"}, headers=KEY)
        assert repeated.status_code == 201
        assert Evaluation.objects.count() == WebhookEvent.objects.count() == 1
        assert (repeated["X-Request-Id"] == response["X-Request-Id"]) == bool(made)

    def test_a_key_does_not_help_where_it_is_ignored(self, api, evaluation, proxy, lost, made):
        proxy.lose(lost)

        response = api.delete(f"{EVALUATIONS}/{evaluation['id']}", headers=KEY)

        assert assert_error(response, 503, "outcome_unknown")["message"] == LOOK_FIRST
        afterwards()
        assert Evaluation.objects.count() == 1 - made

    def test_runs_are_queued_once(self, api, proxy, lost, made):
        path = f"{EVALUATIONS}/{make_study(api, agents=3)['id']}/run-autousers"
        proxy.lose(lost)

        assert_error(api.post(path, headers=KEY), 503, "outcome_unknown")

        afterwards()
        assert AutouserRun.objects.count() == 3 * made
        assert api.post(path, headers=KEY).status_code == 202
        assert AutouserRun.objects.count() == 3

    def test_a_page_says_so_too(self, session, owner, team, proxy, lost, made):
        client = session()
        client.get("/settings/api-keys")
        proxy.lose(lost)

        response = client.post(
            "/settings/api-keys",
            "name=tour&scopes=events:read",
            "application/x-www-form-urlencoded",
        )

        assert response.status_code == 503
        assert LOOK_FIRST in response.content.decode()
        afterwards()
        assert ApiKey.objects.count() == made

    def test_the_admin_says_so_too(self, evaluation, proxy, lost, made):
        client = Client(raise_request_exception=False)
        client.force_login(User.objects.create_superuser("root@example.org", PASSWORD))
        path = f"/admin/evaluations/evaluation/{evaluation['id']}/delete/"
        proxy.lose(lost)

        response = client.post(path, {"post": "yes"})

        assert response.status_code == 503
        assert LOOK_FIRST in response.content.decode()
        afterwards()
        assert Evaluation.objects.count() == 1 - made


class TestWhatIsLostBeforeTheCommit:
    @pytest.mark.parametrize(
        ("lost", "statement"),
        [
            (Lost.STATEMENT, rb"BEGIN;"),
            (Lost.STATEMENT, rb"SELECT .* FOR UPDATE"),
            (Lost.ANSWER, rb"SELECT .* FOR UPDATE"),
            (Lost.ANSWER, rb"INSERT INTO api_idempotencyrecord"),
            (Lost.ANSWER, rb'UPDATE "evaluations_evaluation"'),
            (Lost.ANSWER, rb"WITH .*webhooks_webhookevent"),
        ],
    )
    def test_it_changed_nothing_and_the_caller_is_told_so(
        self, api, evaluation, proxy, statement, lost
    ):
        path = f"{EVALUATIONS}/{evaluation['id']}"
        done = proxy.lose(lost, re.compile(rb"\s*" + statement, re.DOTALL))

        response = api.patch(path, {"status": "Running"}, headers=KEY)

        assert done.is_set()
        error = assert_error(response, 503, "temporarily_unavailable")
        assert error["message"] == UNCHANGED
        afterwards()
        assert api.get(path).json() == evaluation
        assert WebhookEvent.objects.count() == 1

    def test_noting_the_use_of_a_key_is_nothing_that_was_asked_for(self, api, proxy):
        done = proxy.lose(Lost.ANSWER, re.compile(rb'UPDATE "teams_apikey"'))

        response = api.post(EVALUATIONS, {"name": "Kiosk"})

        assert done.is_set()
        assert assert_error(response, 503, "temporarily_unavailable")["message"] == UNCHANGED

    def test_reading_changes_nothing_whatever_is_lost(self, api, evaluation, proxy):
        done = proxy.lose(matching=re.compile(rb'SELECT .*"evaluations_evaluation"', re.DOTALL))

        response = api.get(EVALUATIONS)

        assert done.is_set()
        assert assert_error(response, 503, "temporarily_unavailable")["message"] == UNCHANGED


class TestASessionThatWasEndedBeforeTheCommit:
    def test_what_the_driver_knows_already_is_certain(self, api, evaluation, proxy, monkeypatch):
        real = services.update_evaluation

        def end_the_session(**values):
            real(**values)
            connection.connection.close()

        monkeypatch.setattr(services, "update_evaluation", end_the_session)

        response = api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"name": "New"})

        assert assert_error(response, 503, "temporarily_unavailable")["message"] == UNCHANGED
