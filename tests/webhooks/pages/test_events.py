"""The event log on its pages: the list, one event, and what became of it at each endpoint."""

from datetime import timedelta

import pytest
from django.utils import timezone

from api import ids
from tests.pages import opened, words
from tests.webhooks.delivering import make_event
from tests.webhooks.failing import make_endpoint
from webhooks.endpoints import services
from webhooks.models import EVENT_PREFIX, WebhookDelivery, WebhookEndpoint, WebhookEvent
from webhooks.pages import lists
from webhooks.pages.outcomes import why_not_sent
from webhooks.replay.replays import replay
from webhooks.replay.synthetic import send_test

EVENTS = "/settings/events"
HOUR = timedelta(hours=1)


def listed(page):
    """The sequences in the table, in their order."""
    return [int(cell.text_content()) for cell in page.xpath("//table//tbody/tr/td[1]")]


def past_event(team, ago, type="rating.created"):
    """An event with an id of that time, as one that was recorded then has."""
    event = make_event(team, type)
    at = timezone.now() - ago
    WebhookDelivery.objects.filter(event=event).delete()
    pk = EVENT_PREFIX + ids.cuid(int(at.timestamp() * 1000))
    WebhookEvent.objects.filter(pk=event.pk).update(id=pk, created_at=at)
    return WebhookEvent.objects.get(pk=pk)


class TestList:
    def test_newest_first_with_what_became_of_each(self, browser, team, hook):
        make_event(team)
        WebhookDelivery.objects.update(status="delivered")
        make_endpoint(team, url="https://hooks.example.com/b")
        make_event(team)
        page = opened(browser, EVENTS)
        assert listed(page) == [2, 1]
        assert "Waiting 2" in words(page)
        assert "Delivered" in words(page)

    def test_a_replay_counts_in_place_of_what_it_replays(self, browser, team, hook):
        make_event(team)
        WebhookDelivery.objects.update(status="abandoned", next_attempt_at=None)
        again = replay(WebhookDelivery.objects.get())
        WebhookDelivery.objects.filter(pk=again.pk).update(status="delivered")
        said = words(opened(browser, EVENTS)).partition("Endpoints")[2]
        assert "Given up" not in said
        assert "Delivered" in said

    def test_parts_follow_each_other(self, browser, team):
        for _ in range(lists.SHOWN + 3):
            make_event(team)
        first = opened(browser, EVENTS)
        older = first.xpath("//a[text()='Older']/@href")[0]
        second = opened(browser, EVENTS + older)
        assert listed(first) + listed(second) == list(range(lists.SHOWN + 3, 0, -1))
        assert second.xpath("//a[text()='Newest']")

    def test_type_object_and_time_are_chosen(self, browser, team):
        past_event(team, 5 * HOUR)
        past_event(team, 3 * HOUR, "evaluation.created")
        chosen = past_event(team, 3 * HOUR)
        make_event(team)
        now = timezone.now()
        span = f"since={now - 4 * HOUR:%Y-%m-%dT%H:%M}&until={now - 2 * HOUR:%Y-%m-%dT%H:%M}"
        assert listed(opened(browser, f"{EVENTS}?{span}")) == [3, 2]
        assert listed(opened(browser, f"{EVENTS}?{span}&type=rating.created")) == [3]
        assert listed(opened(browser, f"{EVENTS}?object_id={chosen.object_id}")) == [3]
        assert listed(opened(browser, f"{EVENTS}?object_id=rat_{chosen.object_id}")) == [3]
        assert listed(opened(browser, f"{EVENTS}?until={now - 6 * HOUR:%Y-%m-%dT%H:%M}")) == []
        assert listed(opened(browser, f"{EVENTS}?since={now + HOUR:%Y-%m-%dT%H:%M}")) == []

    def test_a_rare_type_is_looked_for_step_by_step(self, browser, team, monkeypatch):
        monkeypatch.setattr(lists, "LOOKED_THROUGH", 2)
        make_event(team, "calibration.frozen")
        for _ in range(3):
            make_event(team)
        page = opened(browser, f"{EVENTS}?type=calibration.frozen")
        assert listed(page) == []
        further = page.xpath("//a[text()='Look further back']/@href")[0]
        assert listed(opened(browser, EVENTS + further)) == [1]

    def test_tests_and_other_teams_are_not_in_it(self, browser, team, hook, other_team):
        send_test(endpoint=hook, type="rating.created")
        make_event(other_team)
        assert "No events yet." in words(opened(browser, EVENTS))

    @pytest.mark.parametrize(
        "query",
        ["type=webhook.test", "type=x", "since=x", "object_id=" + "x" * 41, "object_id=%00"],
    )
    def test_filters_that_are_none_are_told(self, browser, team, query):
        make_event(team)
        page = opened(browser, f"{EVENTS}?{query}")
        assert page.xpath("//*[@role='alert']//li")
        assert listed(page) == []

    @pytest.mark.parametrize("after", ["x", "event_" + "c" * 25, "%00"])
    def test_a_place_that_is_none_is_refused(self, browser, team, after):
        assert browser.get(f"{EVENTS}?after={after}").status_code == 400


class TestOne:
    def test_its_payload_and_each_endpoint(self, browser, team, hook):
        late = make_endpoint(team, url="https://late.example.com/", enabled_events=["*"])
        some = make_endpoint(
            team, url="https://some.example.com/", enabled_events=["rating.created"]
        )
        off = make_endpoint(team, url="https://off.example.com/")
        services.disable_endpoint(off, "x")
        event = make_event(team, "evaluation.created")
        WebhookEndpoint.objects.filter(pk=late.pk).update(created_at=event.created_at + HOUR)
        WebhookDelivery.objects.filter(endpoint=late).delete()
        WebhookDelivery.objects.update(status="failed", error="The receiver answered 503.")

        page = opened(browser, f"{EVENTS}/{event.pk}")

        assert '"note": "größer"' in words(page)
        rows = {
            row.xpath(".//p[contains(@class, 'url')]")[0].text_content(): words(row)
            for row in page.xpath("//ul[@class='became']/li")
        }
        assert "The receiver answered 503." in rows[hook.url]
        assert "Failed" in rows[hook.url]
        assert "did not exist yet" in rows[late.url]
        assert "not subscribed to this type" in rows[some.url]
        assert "was disabled then" in rows[off.url]

    def test_a_deleted_endpoint_that_got_it_is_named(self, browser, team, hook):
        event = make_event(team)
        services.delete_endpoint(hook)
        page = opened(browser, f"{EVENTS}/{event.pk}")
        assert "deleted" in words(page)
        assert not page.xpath(f"//a[contains(@href, '{hook.pk}')]")

    def test_a_test_is_in_no_log(self, browser, hook):
        delivery = send_test(endpoint=hook, type="rating.created")
        assert browser.get(f"{EVENTS}/{delivery.event_id}").status_code == 404


NOW = timezone.now()


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ({"created_at": NOW + HOUR}, "did not exist yet"),
        ({"enabled_events": ["evaluation.created"]}, "is not subscribed"),
        ({"status": "disabled", "disabled_at": NOW - HOUR}, "The endpoint was disabled then."),
        ({"disabled_at": NOW - HOUR}, "was disabled then, or was not subscribed"),
        ({"disabled_at": NOW + HOUR}, "was not subscribed to this type then, or was disabled"),
        ({}, "was not subscribed to this type then, or was disabled"),
    ],
)
def test_only_what_is_certain_is_said_for_certain(endpoint, said):
    values = {"created_at": NOW - 2 * HOUR, "enabled_events": ["*"], "status": "enabled"}
    row = WebhookEndpoint(**(values | endpoint))
    assert said in why_not_sent(WebhookEvent(type="rating.created", created_at=NOW), row)
