"""Heartbeats: one row for each kind of a process, and which process raises the alarm."""

import logging

import pytest

from api.models import Heartbeat
from config.health import alarm, heartbeats
from tests.config.health.beating import ALL, beat, grow_silent

pytestmark = pytest.mark.django_db


class Clock:
    """Seconds, as a test wants them."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def nothing_else(_name: str) -> None:
    """Nothing is to be done after a heartbeat."""


class TestHeart:
    def test_each_kind_has_a_row_that_is_written_again_and_again(self):
        heart = heartbeats.Heart(["deliveries", "maintenance"], nothing_else)
        heart.beat()
        grow_silent("deliveries", 100)
        before = Heartbeat.objects.get(kind="deliveries")
        heart.beat()
        after = Heartbeat.objects.get(kind="deliveries")

        assert Heartbeat.objects.count() == 2
        assert after.pk == before.pk
        assert after.beat_at > before.beat_at

    def test_a_process_that_ends_as_it_should_leaves_no_row(self, monkeypatch):
        monkeypatch.setattr(heartbeats.connection, "close", lambda: None)  # the test's own
        heart = heartbeats.Heart(["web"], nothing_else)
        heart.beat()
        heart.stop()

        assert not Heartbeat.objects.exists()

    def test_traces_of_killed_processes_are_kept_for_an_hour(self):
        beat("web", "runs")
        grow_silent("web", 3000)
        grow_silent("runs", 4000)
        heartbeats.forget()

        assert [row.kind for row in Heartbeat.objects.all()] == ["web"]

    def test_the_kinds_of_a_worker_are_its_queues(self):
        assert heartbeats.kinds_of(["deliveries", "maintenance"]) == ["deliveries", "maintenance"]
        assert heartbeats.kinds_of(["runs", "elsewhere"]) == ["runs"]


class TestAlarm:
    @pytest.fixture
    def clock(self):
        return Clock()

    def warnings(self, caplog) -> list[str]:
        return [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]

    def test_a_process_that_lives_reports_one_that_does_not(self, clock, caplog):
        beat(*ALL)
        grow_silent("deliveries", 50)
        one = alarm.Alarm(clock)
        one.check("beat@kiosk:7")
        assert self.warnings(caplog) == []  # others may be starting

        clock.now += 61
        one.check("beat@kiosk:7")
        [text] = self.warnings(caplog)
        assert text.startswith("No process of the kind deliveries is alive")

    def test_it_warns_of_a_new_problem_at_once_and_again_after_a_minute(self, clock, caplog):
        beat(*ALL)
        one = alarm.Alarm(clock)
        told = []
        for look in range(6):
            if look == 1:
                grow_silent("runs", 50)
            if look == 2:
                grow_silent("web", 50)
            caplog.clear()
            clock.now += 20
            one.check("beat@kiosk:7")
            told.append([text.split()[5] for text in self.warnings(caplog)])

        assert told == [[], ["runs"], ["web"], [], ["runs"], ["web"]]

    def test_only_the_first_process_by_name_warns(self, clock, caplog):
        beat("beat", host="another:7")
        one = alarm.Alarm(clock)
        clock.now += 61
        one.check("beat@kiosk:7")
        assert self.warnings(caplog) == []

        grow_silent("beat", 50)
        clock.now += 61
        one.check("beat@kiosk:7")
        assert len(self.warnings(caplog)) == len(ALL)
