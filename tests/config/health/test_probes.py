"""`/healthz` and `/readyz`: what a load balancer gets, whatever it calls the server."""

import pytest
from cryptography.fernet import Fernet
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from config.health import probes, readiness
from tests.webhooks.failing import make_endpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def broker(monkeypatch):
    """Whether the broker answers: a list with one value."""
    answers = [True]
    monkeypatch.setattr(readiness, "broker_answers", lambda: answers[0])
    return answers


@pytest.fixture(autouse=True)
def asked_anew(broker, monkeypatch):
    monkeypatch.setattr(readiness, "REPEATED", 0.0)
    monkeypatch.setattr(probes, "_ask", readiness.Asking())


@pytest.fixture
def probe():
    """A probe: by IP, and without any header of ours."""
    return Client(headers={"Host": "10.1.2.3:8000"})


class TestHealthz:
    def test_a_process_that_runs_answers_and_asks_nothing(self, probe, django_assert_num_queries):
        with django_assert_num_queries(0):
            response = probe.get("/healthz")

        assert response.status_code == 200
        assert response.json()["status"] == "ok"
        assert response["Cache-Control"] == "no-store"

    def test_it_is_not_redirected_to_https(self, probe, settings):
        settings.SECURE_SSL_REDIRECT = True

        assert probe.get("/healthz").status_code == 200

    def test_other_addresses_still_need_the_right_host(self, probe):
        assert probe.get("/sign-in").status_code == 400

    def test_it_is_only_read(self, probe):
        response = probe.post("/healthz")

        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


class TestReadyz:
    def test_it_tells_what_was_asked(self, probe, team):
        make_endpoint(team)
        response = probe.get("/readyz")

        assert response.status_code == 200
        assert response.json() | {"version": ""} == {
            "status": "ok",
            "version": "",
            "checks": {"database": "ok", "migrations": "ok", "encryption": "ok"},
            "warnings": [],
        }

    def test_a_missing_migration(self, probe):
        MigrationRecorder.Migration.objects.filter(app="webhooks").first().delete()
        response = probe.get("/readyz")

        assert response.status_code == 503
        assert response.json()["checks"]["migrations"] == "1 are missing"

    def test_the_migrations_of_a_newer_version_do_not_matter(self, probe):
        MigrationRecorder(connection).record_applied("webhooks", "9999_of_next_year")

        assert probe.get("/readyz").status_code == 200

    def test_a_wrong_key(self, probe, team, settings):
        make_endpoint(team)
        settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
        response = probe.get("/readyz")

        assert response.status_code == 503
        assert response.json()["checks"]["encryption"] == "a key is missing"

    def test_secrets_that_no_key_opens(self, probe, team, settings):
        endpoint = make_endpoint(team)
        endpoint.encrypted_secret = Fernet(Fernet.generate_key()).encrypt(b"whsec_").decode()
        endpoint.save()
        assert probe.get("/readyz").json()["checks"]["encryption"] == (
            "stored secrets cannot be read"
        )

        make_endpoint(team)  # a single bad row is no reason to take all servers away
        assert probe.get("/readyz").status_code == 200

    def test_a_database_that_does_not_answer(self, probe, monkeypatch):
        def fail() -> None:
            raise OperationalError("it is gone")

        monkeypatch.setattr(readiness, "_migrations", fail)
        response = probe.get("/readyz")

        assert response.status_code == 503
        assert response.json()["checks"] == {"database": "it does not answer"}

    def test_a_broker_that_does_not_answer_is_a_warning(self, probe, broker):
        broker[0] = False
        response = probe.get("/readyz")

        assert response.status_code == 200
        assert response.json()["warnings"] == [
            "The broker does not answer: workers find work later."
        ]

    def test_many_probes_cost_one(self, probe, monkeypatch, django_assert_num_queries):
        monkeypatch.setattr(readiness, "REPEATED", 60.0)
        probe.get("/readyz")
        with django_assert_num_queries(0):
            probe.get("/readyz")
