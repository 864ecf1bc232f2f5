"""The lines of the log: which there are, what they name, and that each is one JSON object."""

import io
import json
import logging
import threading
import warnings

import pytest
import structlog
from django.conf import settings as configured

from api.logs import lines

EVALUATIONS = "/api/v1/evaluations"


@pytest.fixture
def written(request):
    """Logging as JSON into memory; returns a function that reads the lines so far."""
    hook = threading.excepthook
    root = logging.getLogger()
    before = list(root.handlers)
    lines.configure({"level": "INFO", "format": getattr(request, "param", "json")})
    [handler] = [one for one in root.handlers if isinstance(one.formatter, lines.LineFormatter)]
    handler.setStream(stream := io.StringIO())
    yield lambda: stream.getvalue().splitlines()
    threading.excepthook = hook
    logging.captureWarnings(False)
    lines.configure(configured.LOGGING)
    root.handlers[:] = before


def read(written) -> list[dict]:
    return [json.loads(line) for line in written()]


def about(written, logger: str) -> list[dict]:
    return [line for line in read(written) if line["logger"] == logger]


class TestTheLineOfARequest:
    def test_it_names_route_team_and_key(self, api, team, evaluation, written):
        response = api.get(f"{EVALUATIONS}/{evaluation['id']}")
        [line] = about(written, "autousers.request")

        assert line["event"] == f"GET {EVALUATIONS}/{evaluation['id']} 200"
        assert line["route"] == f"{EVALUATIONS}/{{id}}"
        assert line["team_id"] == team.pk
        assert line["key_prefix"] == api.token[:14]
        assert line["request_id"] == response["X-Request-Id"]
        assert api.token not in "".join(written())

    def test_files_that_are_served_have_none(self, client, written):
        assert client.get("/static/pages/tokens.css").status_code == 200
        assert about(written, "autousers.request") == []

    def test_files_that_are_missing_have_one(self, client, written):
        assert client.get("/static/none.css").status_code == 404
        assert len(about(written, "autousers.request")) == 1

    def test_what_breaks_has_one_traceback(self, api, written, monkeypatch):
        monkeypatch.setattr("api.rest.lists.read_query", lambda *_, **__: 1 / 0)
        api.get(EVALUATIONS)
        assert "\n".join(written()).count("Traceback (most recent call last)") == 1

    def test_a_page_that_breaks_has_one_traceback(self, client, written, monkeypatch):
        client.raise_request_exception = False
        monkeypatch.setattr("api.pages.error_codes", lambda: 1 / 0)
        assert client.get("/docs/errors").status_code == 500
        assert "\n".join(written()).count("Traceback (most recent call last)") == 1


class TestLinesOfWork:
    def test_they_carry_the_ids_that_are_bound(self, written):
        with structlog.contextvars.bound_contextvars(run_id="run_1"):
            logging.getLogger("autousers.runs").warning("It stopped")
        logging.getLogger("autousers.runs").warning("It went on")
        assert [line.get("run_id") for line in read(written)] == ["run_1", None]

    def test_the_scheduler_is_silent_about_its_routine(self, written):
        log = logging.getLogger("celery.beat")
        log.info("beat: Starting...")
        log.info("Scheduler: Sending due task %s (%s)", "name", "task")
        assert [line["event"] for line in read(written)] == ["beat: Starting..."]


class TestALineForEach:
    ROWS = ({"delivery_id": "del_1", "status": 200}, {"delivery_id": "del_2", "status": None})

    def test_every_row_is_an_object_of_its_own(self, written):
        lines.each(logging.getLogger("autousers.deliveries"), "Delivery attempt", self.ROWS)
        first, second = read(written)
        assert (first["delivery_id"], first["status"]) == ("del_1", 200)
        assert (second["delivery_id"], second["status"]) == ("del_2", None)
        assert first["event"] == second["event"] == "Delivery attempt"
        assert first["logger"] == "autousers.deliveries"

    def test_what_a_receiver_sent_stays_within_its_line(self, written):
        row = {"error": 'no\n{"event": "forged"}\u2028\x1b[31m'}
        lines.each(logging.getLogger("autousers.deliveries"), "Delivery attempt", [row])
        [line] = written()
        assert json.loads(line)["error"] == row["error"]

    @pytest.mark.parametrize("written", ["console"], indirect=True)
    def test_the_console_shows_them_as_text(self, written):
        lines.each(logging.getLogger("autousers.deliveries"), "Delivery attempt", self.ROWS)
        first, _second = written()
        assert first.endswith("delivery_id='del_1' status=200")

    def test_a_second_handler_gets_them_too(self, written):
        log = logging.getLogger("autousers.deliveries")
        other = logging.StreamHandler(stream := io.StringIO())
        other.setFormatter(logging.getLogger().handlers[0].formatter)
        log.addHandler(other)
        try:
            lines.each(log, "Delivery attempt", self.ROWS)
        finally:
            log.removeHandler(other)
        assert len(written()) == len(stream.getvalue().splitlines()) == 2

    def test_none_are_written_below_the_level(self, written):
        logging.getLogger().setLevel("WARNING")
        lines.each(logging.getLogger("autousers.deliveries"), "Delivery attempt", self.ROWS)
        assert written() == []


class TestWhatPythonWouldPrint:
    def test_a_thread_that_ends_by_an_error_is_logged(self, written):
        thread = threading.Thread(target=lambda: 1 / 0, name="sweeper")
        thread.start()
        thread.join()
        [line] = read(written)
        assert line["event"] == "The thread sweeper ended"
        assert "ZeroDivisionError" in line["exception"]

    def test_one_that_ends_by_itself_is_not(self, written):
        def leave():
            raise SystemExit

        thread = threading.Thread(target=leave)
        thread.start()
        thread.join()
        assert written() == []

    def test_warnings_are_logged(self, written):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(False)  # pytest has put itself in its place
            logging.captureWarnings(True)
            warnings.warn("old", stacklevel=1)
        assert "old" in read(written)[0]["event"]
