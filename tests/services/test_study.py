"""A whole study with real processes: real pages are rated, and a worker dies in the middle."""

import json
import time
from collections import Counter

import pytest

from autousers.models import AutouserRun
from chaos.processes import wait_until
from config.demo import pages, study
from config.demo.client import Api
from config.demo.watch import what
from config.management.commands.demo import raters
from ratings.models import Rating
from teams.models import Team
from tests.conftest import make_key
from tests.services.conftest import Receiver
from tests.services.stack import Stack
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

WHY = "Why, in the words of one rating of the faulty page:"

LEASE = {"AUTOUSERS_RUN_LEASE_SECONDS": "3"}


def told() -> Counter[str]:
    """What was announced, as the demo words it."""
    words: Counter[str] = Counter()
    for event in WebhookEvent.objects.order_by("sequence"):
        words[what(json.loads(bytes(event.payload)))] += 1
    return words


def test_it_comes_to_its_verdict_though_a_worker_is_killed(
    stack: Stack, team: Team, listener, receiver: Receiver, settings
):
    settings.PUBLIC_URL = f"http://127.0.0.1:{stack.port}"
    stack.web()
    stack.beat()
    stack.worker()
    runner = stack.worker(queues="runs", **LEASE)
    api = Api(make_key(team))
    people = [Api(key) for key in raters(team.pk)]
    with pages.serving() as site:
        alone, pair = study.rate_alone(api, site), study.compare(api, site)
        wait_until(lambda: Rating.objects.count() >= 3, 60, what="the first ratings")
        wait_until(lambda: AutouserRun.objects.filter(status="running").exists(), 60, what="a run")
        runner.kill()
        held = set(AutouserRun.objects.filter(status="running").values_list("pk", flat=True))
        time.sleep(0.2)
        runner.start()
        study.give_opinions(people, pair)
        _, frozen = study.freeze_a_rubric(api)
        over = AutouserRun.objects.filter(status__in=("completed", "failed"))
        wait_until(lambda: over.count() == 12, 90, what="all runs")
        api.call("PATCH", f"/evaluations/{pair.id}", {"status": "Ended"})
        lines = study.report(api, alone, pair)

    expected = alone.expected + pair.expected + frozen
    wait_until(lambda: len(receiver.events) >= expected.total(), 60, what="all webhooks")
    assert told() == expected
    assert set(receiver.events) == set(WebhookEvent.objects.values_list("pk", flat=True))
    assert AutouserRun.objects.filter(pk__in=held, attempts__gte=2).count() == len(held)
    # Raters differ by chance in what they mind most; each of these is wrong with the faulty page.
    why = " ".join(lines[lines.index(WHY) + 1 :])
    faults = ("without a label", "too little contrast", "without alternative text")
    assert any(fault in why for fault in faults), why
