"""`manage.py health`: the pulse for scripts."""

import pytest
from django.core.management import call_command

from config.health import readiness
from tests.config.health.beating import ALL, beat, grow_silent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def broker(monkeypatch):
    monkeypatch.setattr(readiness, "broker_answers", lambda: True)


def test_a_healthy_server_ends_it_with_0(capsys):
    beat(*ALL)
    call_command("health", "--exit-code")
    printed = capsys.readouterr().out

    assert printed.startswith("Healthy.\n")
    assert "web@kiosk:7" in printed
    assert "Runs waiting" in printed


def test_a_problem_ends_it_with_1_if_that_is_wanted(capsys):
    beat(*ALL)
    grow_silent("runs", 60)
    call_command("health")
    with pytest.raises(SystemExit) as ended:
        call_command("health", "--exit-code")

    assert ended.value.code == 1
    assert "- No process of the kind runs is alive" in capsys.readouterr().out
