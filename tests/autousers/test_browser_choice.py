"""Which engine, browser and proxy runs get, and what is refused when they are queued."""

import pytest

from autousers.engine import engine_name, get_engine
from autousers.engine.browser import availability
from autousers.models import AutouserRun
from tests.autousers.running import make_study
from tests.clients import assert_error

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def no_browser(monkeypatch):
    monkeypatch.setattr("autousers.engine.why_no_browser", lambda _setting: "There is none.")


@pytest.fixture
def with_browser(monkeypatch):
    monkeypatch.setattr("autousers.engine.why_no_browser", lambda _setting: "")


class TestTheName:
    def test_auto_is_the_browser_where_there_is_one(self, settings, with_browser):
        settings.ENGINE = "auto"
        assert (engine_name(), get_engine().name) == ("browser", "browser")

    def test_auto_is_the_markup_where_there_is_none(self, settings, no_browser):
        settings.ENGINE = "auto"
        assert (engine_name(), get_engine().name) == ("markup", "markup")

    def test_the_dry_run_names_the_real_one(self, api, settings, no_browser):
        settings.ENGINE = "auto"
        study = make_study(api)
        told = api.post(f"/api/v1/evaluations/{study['id']}/run-autousers", {"dryRun": True}).json()
        assert told["costEstimate"]["basis"].startswith("markup engine")
        assert told["costEstimate"]["models"] == {"rating": "markup"}

    def test_a_program_that_is_not_there_is_no_browser(self):
        assert "no program here" in availability.why_no_browser("/nowhere/chromium")


class TestQueueing:
    @pytest.mark.parametrize(
        ("body", "proxies", "param", "message"),
        [
            ({"browserEngine": "CAMOUFOX"}, [], "browserEngine",
             "browserEngine: This server has no CAMOUFOX; choose CHROME, or leave it out."),
            ({"useProxy": True}, [], "useProxy",
             "useProxy: This server has no proxies; leave useProxy out."),
            ({"useProxy": True, "proxyRegion": "eu"}, ["us=localhost:3128", "jp=localhost:3128"],
             "proxyRegion", "proxyRegion: This server has no proxy there. One of us, jp."),
        ],
    )  # fmt: skip
    def test_what_the_server_does_not_have_is_refused(
        self, api, settings, body, proxies, param, message
    ):
        settings.PROXIES, settings.ENGINE = proxies, "fake"
        study = make_study(api, **body)
        refused = api.post(f"/api/v1/evaluations/{study['id']}/run-autousers", {})
        assert assert_error(refused, 400, "validation_failed", param)["message"] == message
        assert not AutouserRun.objects.exists()

    @pytest.mark.parametrize(
        ("body", "param", "message"),
        [
            ({"browserEngine": "CAMOUFOX"}, "browserEngine", "has no CAMOUFOX"),
            ({"useProxy": True}, "useProxy", "only a browser uses proxies"),
        ],
    )
    def test_without_a_browser_nothing_of_it_is_left_out(
        self, api, settings, no_browser, body, param, message
    ):
        """What reads markup would fetch the page by itself, from here."""
        settings.PROXIES, settings.CAMOUFOX = ["us=localhost:3128"], "/opt/camoufox/camoufox"
        settings.ENGINE = "auto"
        study = make_study(api, **body)
        refused = api.post(f"/api/v1/evaluations/{study['id']}/run-autousers", {})
        assert message in assert_error(refused, 400, "validation_failed", param)["message"]

    @pytest.mark.parametrize(
        "body",
        [
            {"browserEngine": "CHROME"},
            {"useProxy": False, "proxyRegion": "eu"},
            {"useProxy": True},
            {"useProxy": True, "proxyRegion": "us"},
            {"browserEngine": "CAMOUFOX"},
        ],
    )
    def test_what_it_has_is_queued(self, api, settings, body):
        settings.PROXIES, settings.CAMOUFOX = ["us=localhost:3128"], "/opt/camoufox/camoufox"
        settings.ENGINE = "fake"
        study = make_study(api, **body)
        answer = api.post(f"/api/v1/evaluations/{study['id']}/run-autousers", {})
        assert answer.status_code == 202
