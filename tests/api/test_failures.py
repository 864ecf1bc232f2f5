"""Our own faults: the caller gets an envelope and the request id, the log gets the rest."""

import logging

import pytest
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError

from evaluations.models import Evaluation
from evaluations.rest.evaluation_views import EvaluationListView
from evaluations.studies import services
from teams.auth.principals import KEY_BY_DIGEST
from tests.clients import ApiClient, assert_error

EVALUATIONS = "/api/v1/evaluations"
SECRET_OF_THE_BUG = "the-password-in-the-exception"


@pytest.fixture
def broken(monkeypatch):
    """Make the list of evaluations raise something."""

    def break_(error):
        def fail(*_, **__):
            raise error

        monkeypatch.setattr(EvaluationListView, "get", fail)

    return break_


def tracebacks(caplog):
    return [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("debug", [False, True], ids=["", "DEBUG"])
class TestABugInAView:
    def test_it_answers_api_error_and_nothing_of_the_bug(self, api, broken, settings, debug):
        settings.DEBUG = debug
        broken(RuntimeError(SECRET_OF_THE_BUG))

        response = api.get(EVALUATIONS)

        error = assert_error(response, 500, "internal_error")
        assert error["type"] == "api_error"
        assert error["request_id"] == response["X-Request-Id"]
        for word in (SECRET_OF_THE_BUG, "RuntimeError", "Traceback", "views.py"):
            assert word not in response.content.decode()

    def test_its_traceback_is_logged_once(self, api, broken, settings, debug, caplog):
        settings.DEBUG = debug
        broken(RuntimeError(SECRET_OF_THE_BUG))

        api.get(EVALUATIONS)

        [record] = tracebacks(caplog)
        assert record.levelno == logging.ERROR
        assert SECRET_OF_THE_BUG in str(record.exc_info[1])

    def test_error_monitors_hear_of_it(self, api, broken, settings, debug):
        settings.DEBUG = debug
        broken(RuntimeError("a bug"))
        heard = []

        def listen(request, **_):
            heard.append(request.path)

        got_request_exception.connect(listen)
        try:
            api.get(EVALUATIONS)
        finally:
            got_request_exception.disconnect(listen)

        assert heard == [EVALUATIONS]


class TestABugInAChange:
    def test_nothing_of_the_change_stays(self, api, evaluation, monkeypatch):
        save = Evaluation.save

        def save_and_fail(self, *args, **options):
            save(self, *args, **options)
            raise RuntimeError("after the write")

        monkeypatch.setattr(Evaluation, "save", save_and_fail)
        path = f"{EVALUATIONS}/{evaluation['id']}"

        assert api.patch(path, {"status": "Running", "name": "New"}).status_code == 500
        monkeypatch.undo()
        assert api.get(path).json() == evaluation
        assert len(api.get("/api/v1/events").json()["data"]) == 1  # its creation

    def test_a_bug_in_what_announces_it_undoes_it_too(self, api, evaluation, monkeypatch):
        def fail(**_):
            raise RuntimeError("cannot record")

        monkeypatch.setattr("webhooks.receivers.record_event", fail)
        path = f"{EVALUATIONS}/{evaluation['id']}"

        assert api.patch(path, {"status": "Running"}).status_code == 500
        assert api.post(EVALUATIONS, {"name": "Another"}).status_code == 500
        monkeypatch.undo()
        assert api.get(path).json() == evaluation
        assert [row["id"] for row in api.get(EVALUATIONS).json()["data"]] == [evaluation["id"]]


class TestABugBeforeAnyView:
    @pytest.mark.parametrize("debug", [False, True], ids=["", "DEBUG"])
    def test_it_is_an_envelope_below_api_and_a_page_elsewhere(self, db, settings, debug, caplog):
        settings.DEBUG = debug
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.api.test_failures.broken_middleware"]

        response = ApiClient().get(EVALUATIONS)
        page = ApiClient().get("/admin/login/")

        assert_error(response, 500, "internal_error")
        assert SECRET_OF_THE_BUG not in response.content.decode()
        assert page.status_code == 500
        assert page["Content-Type"].startswith("text/html")
        assert len(tracebacks(caplog)) == 2


def broken_middleware(get_response):
    def middleware(request):
        raise RuntimeError(SECRET_OF_THE_BUG)

    return middleware


class TestADatabaseThatIsGone:
    @pytest.mark.parametrize("error", [OperationalError, InterfaceError])
    def test_it_answers_503_and_invites_to_try_again(self, api, broken, error):
        broken(error(SECRET_OF_THE_BUG))

        response = api.get(EVALUATIONS)

        assert_error(response, 503, "temporarily_unavailable")
        assert response["Retry-After"] == "1"
        assert SECRET_OF_THE_BUG not in response.content.decode()

    def test_it_may_be_gone_when_the_credential_is_looked_up(self, api, monkeypatch):
        def fail(*_, **__):
            raise OperationalError("gone")

        monkeypatch.setattr(KEY_BY_DIGEST, "first", fail)
        assert_error(api.get(EVALUATIONS), 503, "temporarily_unavailable")

    def test_it_may_be_gone_in_the_middle_of_a_change(self, api, evaluation, monkeypatch):
        def fail(**_):
            raise OperationalError("gone")

        monkeypatch.setattr(services, "update_evaluation", fail)
        path = f"{EVALUATIONS}/{evaluation['id']}"
        response = api.patch(path, {"name": "New"}, headers={"Idempotency-Key": "k"})
        assert_error(response, 503, "temporarily_unavailable")

        monkeypatch.undo()
        response = api.patch(path, {"name": "New"}, headers={"Idempotency-Key": "k"})
        assert response.json()["name"] == "New"

    def test_a_refusal_that_a_rule_made_is_no_error_of_the_log(self, api, settings, caplog):
        settings.WEBHOOKS_ENABLED = False
        assert api.get("/api/v1/webhooks").status_code == 503
        assert not tracebacks(caplog)


class TestTheLogOfRequests:
    def test_it_has_one_line_per_request_with_its_status(self, api, caplog):
        caplog.set_level(logging.INFO)
        api.get(f"{EVALUATIONS}?limit=1")

        lines = [record.getMessage() for record in caplog.records]
        assert lines == ["GET /api/v1/evaluations 200"]

    def test_a_path_cannot_forge_a_line(self, anonymous, db, caplog):
        caplog.set_level(logging.INFO)
        anonymous.get("/api/v1/x%0A2026-06-01 forged")
        assert not [record for record in caplog.records if "\n" in record.getMessage()]
