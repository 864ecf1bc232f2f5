"""Ending a study with queued runs: the reply and the events tell the same."""

import json
import os
import subprocess
import sys

import pytest

from tests.autousers.running import event_types, make_study, queue
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.slow


def objects() -> list[dict]:
    """What each event says, newest first."""
    payloads = WebhookEvent.objects.order_by("-sequence").values_list("payload", flat=True)
    return [json.loads(bytes(payload))["data"]["object"] for payload in payloads]


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["Ended", "Archived"])
def test_the_reply_and_the_events_count_the_same_runs(api, fake_engine, status):
    study = make_study(api, agents=2)
    queue(api, study)

    reply = api.patch(f"/api/v1/evaluations/{study['id']}", {"status": status}).json()

    assert reply["autouserRunSummary"]["cancelled"] == 2
    assert reply["autouserRunSummary"]["pending"] == 0
    told = 2 if status == "Ended" else 1  # the change of status, and that the study is complete
    types = ["evaluation.status_changed", "evaluation.completed"][:told]
    assert event_types()[-told:] == types
    for said in objects()[:told]:
        assert said["autouserRunSummary"] == reply["autouserRunSummary"]


@pytest.mark.parametrize("order", ["swapped", "reversed"])
def test_the_order_of_the_apps_changes_nothing(order):
    """The test above passes in another process whose settings list the apps in another order."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL") and not name.startswith("PYTEST_")
    }
    test = f"{__file__}::{test_the_reply_and_the_events_count_the_same_runs.__name__}"
    options = ["-q", "-n", "0", "-p", "no:cacheprovider", "--ds", "tests.app_order"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *options, test],
        env=environment | {"APP_ORDER": order},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout[-3000:]
    assert "2 passed" in ended.stdout
