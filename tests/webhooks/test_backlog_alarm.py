"""What the log says when deliveries wait for too long."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.webhooks.failing import make_deliveries, make_endpoint, make_event
from webhooks import tasks
from webhooks.delivery.backlog_alarm import BacklogAlarm
from webhooks.models import WebhookDelivery
from webhooks.wakeup import wake


@pytest.fixture
def clock(db):
    with time_machine.travel(datetime(2026, 3, 2, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def delivery(clock, team):
    return make_deliveries(make_endpoint(team), make_event(team), 1)[0]


class TestAlarm:
    def test_it_tells_how_long_the_oldest_has_waited(self, clock, delivery, caplog):
        clock.shift(75)
        BacklogAlarm().check()

        [record] = caplog.records
        assert record.levelname == "WARNING"
        assert record.getMessage().startswith("The oldest due delivery has waited for 75 s")

    def test_a_minute_is_no_reason(self, clock, delivery, caplog):
        clock.shift(59)
        BacklogAlarm().check()

        assert not caplog.records

    def test_it_warns_once_in_a_while(self, clock, delivery, caplog):
        clock.shift(75)
        alarm = BacklogAlarm()
        for _ in range(3):
            alarm.check()
        assert len(caplog.records) == 1

        alarm = BacklogAlarm(every=0)
        for _ in range(3):
            alarm.check()
        assert len(caplog.records) == 4

    def test_a_receiver_that_fails_is_no_reason(self, clock, delivery, caplog):
        delivery.endpoint.failing_since = timezone.now()
        delivery.endpoint.save()
        clock.shift(3600)
        BacklogAlarm().check()

        assert not caplog.records

    @pytest.mark.parametrize(
        "values",
        [
            {"next_attempt_at": None},
            {"next_attempt_at": datetime(2026, 3, 3, tzinfo=UTC)},
            {"leased_until": datetime(2026, 3, 3, tzinfo=UTC)},
        ],
        ids=["finished", "due later", "under way"],
    )
    def test_what_is_not_due_is_no_reason(self, clock, delivery, caplog, values):
        WebhookDelivery.objects.update(**values)
        clock.shift(timedelta(minutes=10))
        BacklogAlarm().check()

        assert not caplog.records

    def test_the_sweep_looks(self, clock, delivery, caplog, monkeypatch):
        woken = []
        monkeypatch.setattr(wake, "publish", lambda: woken.append(1))
        monkeypatch.setattr(tasks, "_alarm", BacklogAlarm())
        clock.shift(75)
        tasks.sweep()

        assert woken == [1]
        assert "has waited" in caplog.text
