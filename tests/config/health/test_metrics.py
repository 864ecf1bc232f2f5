"""`/metrics`, and the alert rules and the dashboard that use it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from config.health import metrics, pulse, readiness
from tests.config.health.beating import beat
from tests.webhooks.failing import end, make_deliveries, make_endpoint, make_event

ROOT = Path(django_settings.BASE_DIR)
ALERTS = (ROOT / "ops" / "alerts.yml").read_text(encoding="utf-8")
DASHBOARD = (ROOT / "ops" / "grafana.json").read_text(encoding="utf-8")
RUNBOOK = (ROOT / "docs" / "operate" / "runbook.md").read_text(encoding="utf-8")
ENDINGS = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anew(monkeypatch):
    monkeypatch.setattr(metrics, "_scrape", metrics.Scraping())
    monkeypatch.setattr(metrics, "REPEATED", 0.0)
    monkeypatch.setattr(readiness, "broker_answers", lambda: True)


def scrape(**headers: str) -> str:
    response = Client(headers={"Host": "10.1.2.3", **headers}).get("/metrics")
    assert response.status_code == 200, response.content
    return response.content.decode()


def value(text: str, name: str, **labels: str) -> float:
    """The value of a sample; 0 where there is none."""
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return 0.0


class TestWhatIsCounted:
    def test_requests_by_route_and_status(self, api):
        found = {"method": "GET", "route": "api/v1/evaluations/<str:id>"}
        name, before = "autousers_requests_total", scrape()
        api.get("/api/v1/evaluations/cnothing")
        api.get("/api/v1/evaluations/celse")
        after = scrape()

        assert value(after, name, **found, status="404") == (
            value(before, name, **found, status="404") + 2
        )
        assert "cnothing" not in after

    def test_an_unknown_address_and_method_add_no_label(self, client):
        client.get("/never/heard/of")
        client.generic("BREW", "/sign-in")
        text = scrape()

        assert "never" not in text
        assert "BREW" not in text
        assert value(text, "autousers_requests_total", method="GET", route="none", status="404")

    def test_attempts_by_outcome_and_side(self, team):
        name, before = "autousers_delivery_attempts_total", scrape()
        one, two, three = make_deliveries(make_endpoint(team), make_event(team), 3)
        end([one], 200)
        end([two], 500)
        end([three], None, fault="ours", error="x")
        after = scrape()

        for labels in (
            {"outcome": "delivered", "side": "none"},
            {"outcome": "failed", "side": "receiver"},
            {"outcome": "failed", "side": "ours"},
        ):
            assert value(after, name, **labels) == value(before, name, **labels) + 1
        count = "autousers_first_attempt_seconds_count"
        assert value(after, count) == value(before, count) + 3

    def test_the_pulse(self, team):
        beat("web", "runs")
        end(
            make_deliveries(make_endpoint(team), make_event(team), 2), None, fault="ours", error="x"
        )
        text = scrape()

        assert value(text, "autousers_deliveries_failed_by_us_since_success") == 2
        assert value(text, "autousers_processes", kind="web") == 1
        assert value(text, "autousers_processes", kind="beat") == 0
        assert 'autousers_processes{kind="beat"} 0.0' in text
        assert value(text, "autousers_database_up") == value(text, "autousers_broker_up") == 1

    def test_a_database_that_does_not_answer(self, monkeypatch):
        def fail() -> None:
            raise OperationalError("it is gone")

        monkeypatch.setattr(pulse, "take", fail)
        text = scrape()

        assert "autousers_database_up 0.0" in text
        assert "autousers_processes" not in text


class TestToken:
    def test_without_it_nothing_is_told(self, settings, client):
        settings.METRICS_TOKEN = "scrape-me"
        for headers in ({}, {"Authorization": "Bearer scrape"}):
            response = client.get("/metrics", headers=headers)
            assert response.status_code == 401
            assert b"autousers_" not in response.content

        assert "autousers_requests" in scrape(Authorization="Bearer scrape-me")


class TestFilesOfOps:
    def test_every_metric_they_name_exists(self):
        beat("web")
        known = {
            family.name + ending
            for family in text_string_to_metric_families(scrape())
            for ending in ENDINGS.get(family.type, ("",))
        }
        named = set(re.findall(r"autousers_\w+", ALERTS + DASHBOARD))

        assert len(named) > 10
        assert named <= known

    def test_every_alert_has_a_section_of_the_runbook(self):
        alerts = re.findall(r"alert: (\w+)", ALERTS)
        links = re.findall(r"runbook: (\S+)#(\S+)", ALERTS)
        headings = re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE)

        assert headings == alerts
        assert links == [("docs/operate/runbook.md", name.lower()) for name in alerts]

    @pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
    def test_prometheus_takes_the_rules(self):
        command = ["promtool", "check", "rules", str(ROOT / "ops" / "alerts.yml")]
        checked = subprocess.run(command, capture_output=True, text=True, timeout=60)

        assert checked.returncode == 0, checked.stderr

    def test_the_dashboard_is_complete_json(self):
        panels = json.loads(DASHBOARD)["panels"]

        assert len({panel["id"] for panel in panels}) == len(panels)
        assert all(target["expr"] for panel in panels for target in panel["targets"])
