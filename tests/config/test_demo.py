"""What the demo makes of what arrives, right or wrong, and of the verdict."""

import email.message
import io
import json
import queue
import urllib.error
import urllib.request
from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError
from django.core.management.base import OutputWrapper
from django.test import Client

from config.demo import pages
from config.demo.study import Study, report
from config.demo.watch import Watch, judge, subject_of, verify, what
from config.management.commands.demo import reader
from tests.ratings.rating import create
from webhooks.http.receiver import Received

CREATED = "evaluation.created"
RAN = "evaluation.status_changed from Draft to Running"


def received(type: str, data: dict[str, Any], id: str = "event_1") -> Received:
    """A webhook as it arrives."""
    headers = email.message.Message()
    headers["Autousers-Event-Id"] = id
    event = {"id": id, "type": type, "data": {"object": data}}
    return Received("/", headers, json.dumps(event).encode())


class TestReading:
    def test_it_tells_what_happened(self):
        changed = {"id": "study", "previous_status": "Draft", "status": "Running"}
        assert what(received(CREATED, {"id": "study"}).event) == CREATED
        assert what(received("evaluation.status_changed", changed).event) == RAN

    @pytest.mark.parametrize(
        "about",
        [{"id": "one"}, {"id": "a run", "evaluationId": "one"}, {"autouser": {"id": "one"}}],
    )
    def test_it_finds_the_study_or_the_autouser(self, about):
        assert subject_of(about) == "one"

    def test_others_and_repeats_do_not_count(self, monkeypatch):
        monkeypatch.setattr("config.demo.watch.verify", lambda *_: None)
        arrivals: queue.Queue[Received] = queue.Queue()
        for one in (
            received(CREATED, {"id": "study"}),
            received(CREATED, {"id": "study"}),
            received(CREATED, {"id": "other"}, "event_2"),
        ):
            arrivals.put(one)
        watch = Watch(arrivals, "whsec_x", OutputWrapper(io.StringIO()))
        watch.subjects.add("study")

        watch.until(Counter([CREATED]), 5)
        watch.linger(0.05)

        assert watch.tally == Counter([CREATED])

    def test_a_missing_signature_is_a_failure(self):
        with pytest.raises(CommandError, match="not valid"):
            verify(received(CREATED, {"id": "study"}), "whsec_x")


class TestJudging:
    def test_exactly_the_expected_is_accepted(self):
        judge(Counter([CREATED, RAN]), Counter([RAN, CREATED]))

    @pytest.mark.parametrize(
        ("arrived", "reason"),
        [
            ([CREATED], "missing: evaluation.status_changed"),
            ([CREATED, RAN, RAN], "unexpected: evaluation.status_changed"),
            ([CREATED, RAN, "rating.created"], "unexpected: rating.created"),
        ],
    )
    def test_anything_else_is_a_failure(self, arrived, reason):
        with pytest.raises(CommandError, match=reason):
            judge(Counter([CREATED, RAN]), Counter(arrived))

    @pytest.mark.parametrize(("faulty", "winner"), [(4.5, "sideB"), (2.0, "sideA"), (2.0, "tie")])
    def test_a_faulty_page_that_does_not_lose_is_a_failure(self, faulty, winner):
        class Answers:
            def call(self, method: str, path: str) -> dict[str, Any]:
                rows = [("Careful", 4.5), ("Faulty", faulty)]
                return {
                    "comparisonStats": [
                        {"label": label, "overallAverage": mean} for label, mean in rows
                    ],
                    "aggregateStats": {"overallWinner": winner},
                }

        one = Study("id", "name", "", Counter())
        with pytest.raises(CommandError, match="should have lost"):
            report(Answers(), one, one)  # type: ignore[arg-type]


class TestPages:
    def test_two_are_served_and_nothing_else(self):
        with pages.serving() as site:
            for path in ("/good", "/faulty"):
                with urllib.request.urlopen(site + path) as page:
                    assert b"<html" in page.read().lower()
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"{site}/../settings.py")


def test_the_reader_of_the_demo_finds_its_studies_on_the_start_page(db, team, api):
    create(api, name="The study of the demo")
    email, password = reader(team.pk)
    browser = Client()
    assert browser.login(username=email, password=password)
    assert "The study of the demo" in browser.get("/").content.decode()
