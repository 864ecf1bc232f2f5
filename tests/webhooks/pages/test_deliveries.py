"""Deliveries on their pages: the list, one with its attempts, and sending by hand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.pages import opened, read, typed, words
from tests.webhooks.delivering import (
    abandoned,
    deliver_due,
    make_deliveries,
    make_due,
    make_event,
    receiving,
)
from tests.webhooks.engine import make_endpoint
from webhooks.endpoints import services
from webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from webhooks.pages import lists


def shown(delivery):
    return f"/settings/webhooks/deliveries/{getattr(delivery, 'pk', delivery)}"


def listed(page):
    """The ids of the deliveries in the table, in their order."""
    links = page.xpath("//table[@class='middle']//tbody//th/a/@href")
    return [link.rpartition("/")[2] for link in links]


def count_of(page):
    return page.xpath("//h2[@id='count']")[0].text_content()


@pytest.fixture
def path(hook):
    return f"/settings/webhooks/{hook.pk}"


class TestList:
    def test_it_says_of_each_what_came_back(self, browser, hook, team, path):
        make_event(team)
        WebhookDelivery.objects.update(
            status="failed", attempt=2, response_status=503, response_ms=220
        )
        said = words(opened(browser, path))
        assert "Failed 2 of 9 attempts 503 220 ms" in said

    def test_parts_follow_each_other_without_gaps(self, browser, hook, team, path):
        made = [one.pk for one in make_deliveries(team, lists.SHOWN * 2 + 3)][::-1]
        seen, page = [], opened(browser, path)
        while True:
            seen += listed(page)
            older = page.xpath("//a[text()='Older']/@href")
            if not older:
                break
            make_event(team)  # what is new meanwhile shifts nothing
            page = opened(browser, path + older[0].partition("#")[0])
        assert seen == made

    @pytest.mark.parametrize(
        "status", ["pending", "delivered", "failed", "abandoned", "superseded"]
    )
    def test_a_state_is_chosen(self, browser, hook, team, path, status):
        chosen, *others = make_deliveries(team, 5)
        states = {"pending", "delivered", "failed", "abandoned", "superseded"} - {status}
        for one, other in zip(others, sorted(states), strict=True):
            due = one.next_attempt_at if other in ("pending", "failed") else None
            WebhookDelivery.objects.filter(pk=one.pk).update(status=other, next_attempt_at=due)
        WebhookDelivery.objects.filter(pk=chosen.pk).update(status=status)
        assert listed(opened(browser, f"{path}?status={status}")) == [chosen.pk]

    def test_type_and_time_are_chosen(self, browser, hook, team, path):
        hours = timedelta(hours=1)
        make_event(team, "rating.created", ago=3 * hours)
        wanted = make_event(team, "rating.created", ago=2 * hours)
        make_event(team, "evaluation.created", ago=2 * hours)
        make_event(team, "rating.created")
        now = timezone.now()
        query = f"since={now - 2.5 * hours:%Y-%m-%dT%H:%M}&until={now - 1.5 * hours:%Y-%m-%dT%H:%M}"
        page = opened(browser, f"{path}?type=rating.created&{query}")
        assert listed(page) == [WebhookDelivery.objects.get(event=wanted).pk]

    def test_a_rare_type_is_looked_for_step_by_step(self, browser, hook, team, path, monkeypatch):
        monkeypatch.setattr(lists, "LOOKED_THROUGH", 3)
        rare = make_event(team, "calibration.frozen", ago=timedelta(hours=5))
        make_deliveries(team, 4)
        page = opened(browser, f"{path}?type=calibration.frozen")
        assert listed(page) == []
        assert "None of these fits." in words(page)
        assert "Looked through 3" in words(page)
        further = page.xpath("//a[text()='Look further back']/@href")[0].partition("#")[0]
        page = opened(browser, path + further)
        assert listed(page) == [WebhookDelivery.objects.get(event=rare).pk]
        assert not page.xpath("//a[text()='Look further back']")

    @pytest.mark.parametrize(
        "query", ["status=lost", "type=x", "since=yesterday", "until=0000-99-99T00:00", "type=%00"]
    )
    def test_filters_that_are_none_are_told_and_show_nothing(
        self, browser, hook, team, path, query
    ):
        make_event(team)
        page = opened(browser, f"{path}?{query}")
        assert page.xpath("//*[@role='alert']//li")
        assert listed(page) == []

    @pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59", "1969-01-01T00:00"])
    def test_times_at_the_ends_of_the_calendar_do(self, browser, hook, path, moment):
        for name in ("since", "until"):
            assert browser.get(f"{path}?{name}={moment}").status_code == 200
            assert browser.get(f"/settings/events?{name}={moment}").status_code == 200

    @pytest.mark.parametrize("after", ["x", "whd_" + "c" * 25, "%00"])
    def test_a_place_that_is_none_is_refused(self, browser, path, after):
        assert browser.get(f"{path}?after={after}").status_code == 400

    def test_deliveries_to_others_are_not_in_it(self, browser, hook, team, path):
        make_endpoint(team, "http://127.0.0.1:9/other")
        make_event(team)
        assert listed(opened(browser, path)) == [WebhookDelivery.objects.get(endpoint=hook).pk]

    def test_a_new_endpoint_offers_a_test(self, browser, path):
        assert "Nothing was sent to this endpoint yet." in words(opened(browser, path))


class TestOne:
    def test_each_attempt_has_its_answer_and_its_times(self, browser, team):
        answers = iter([500, 200])
        with receiving(lambda _: next(answers)) as inbox:
            make_endpoint(team, inbox.url)
            event = make_event(team)
            deliver_due()
            make_due()
            deliver_due()
        delivery = WebhookDelivery.objects.get()

        page = opened(browser, shown(delivery))

        said = words(page)
        assert "Accepted at" in said
        assert "The receiver answered 500." in said
        assert "Headers of the answer" in said
        assert f"Autousers-Event-Id: {event.pk}" in said
        assert f"Autousers-Delivery-Id: {WebhookAttempt.objects.get(number=2).pk}" in said
        assert '"note": "größer"' in said
        assert [one.get("class") for one in page.xpath("//ol[@class='tries']/li")][:3] == [
            "no", "ok", None]  # fmt: skip
        sent = dict(inbox[0].headers)
        for name in ("Content-Type", "User-Agent", "Autousers-Event-Type", "webhook-id"):
            assert f"{name}: {sent[name]}" in said

    def test_the_next_attempt_has_its_time(self, browser, team):
        with receiving(lambda _: 503) as inbox:
            make_endpoint(team, inbox.url)
            make_event(team)
            deliver_due()
        due = WebhookDelivery.objects.get().next_attempt_at
        said = words(opened(browser, shown(WebhookDelivery.objects.get())))
        assert f"The next attempt is due at {due:%-d %b, %H:%M:%S} UTC" in said
        assert f"2 + 1 minute due {due:%H:%M}" in said

    def test_an_attempt_is_found_by_its_own_id(self, browser, team):
        answers = iter([500, 200])
        with receiving(lambda _: next(answers)) as inbox:
            make_endpoint(team, inbox.url)
            make_event(team)
            deliver_due()
            make_due()
            deliver_due()
        second = WebhookAttempt.objects.get(number=2)
        assert WebhookDelivery.objects.get().pk in words(opened(browser, shown(second)))

    def test_a_huge_payload_is_cut_and_says_so(self, browser, hook, team):
        make_event(team)
        WebhookEvent.objects.update(payload=b'{"text":"' + b"x" * 3_000_000 + b'"}')
        response = browser.get(shown(WebhookDelivery.objects.get()))
        assert len(response.content) < 200_000
        assert "Only the beginning is shown" in response.content.decode()

    def test_marks_that_turn_text_around_are_escaped(self, browser, hook, team):
        make_event(team)
        WebhookEvent.objects.update(payload='{"text":"a\u202eb\\u0007 größer"}'.encode())
        page = opened(browser, shown(WebhookDelivery.objects.get()))
        assert '"text": "a\\u202eb\\u0007 größer"' in words(page)

    def test_many_attempts_are_cut_and_say_so(self, browser, hook, team):
        make_event(team)
        delivery = WebhookDelivery.objects.get()
        for number in range(40):
            delivery.attempts.create(
                id=f"whd_{number}",
                number=1,
                result="lost",
                started_at=timezone.now() + timedelta(seconds=number),
            )
        page = opened(browser, shown(delivery))
        assert len(page.xpath("//details[@class='one']")) == 30
        assert "The API has more." in words(page)
        assert "Worker lost" in words(page)


class TestSendingAgain:
    @pytest.mark.parametrize("status", ["delivered", "abandoned", "failed", "pending"])
    def test_any_state_can_be_sent_again_and_a_double_press_sends_once(
        self, browser, hook, team, status
    ):
        [delivery] = make_deliveries(team, 1, status=status)
        form = typed(opened(browser, shown(delivery)), "//form[contains(@action, '/again')]")
        first = browser.post(f"{shown(delivery)}/again", form)
        second = browser.post(f"{shown(delivery)}/again", form, follow=True)
        replay = WebhookDelivery.objects.exclude(pk=delivery.pk).get()
        assert first["Location"] == shown(replay)
        assert "carried out once" in words(read(second))

    def test_the_limit_is_told_on_the_page(self, browser, hook, team, monkeypatch):
        monkeypatch.setattr("webhooks.replay.send_limits.PER_ENDPOINT", 1)
        [delivery] = make_deliveries(team, 1, **abandoned())
        browser.post(f"{shown(delivery)}/again")
        page = read(browser.post(f"{shown(delivery)}/again", follow=True))
        assert "may be asked for 1 times per minute" in words(page)
        assert WebhookDelivery.objects.count() == 2


class TestTests:
    def test_a_test_leads_to_its_delivery(self, browser, team):
        with receiving() as inbox:
            hook = make_endpoint(team, inbox.url)
            form = typed(opened(browser, f"/settings/webhooks/{hook.pk}/test"))
            assert form["type"] == ["webhook.test"]
            response = browser.post(
                f"/settings/webhooks/{hook.pk}/test", form | {"type": "rating.created"}
            )
            deliver_due()
        delivery = WebhookDelivery.objects.get()
        assert response["Location"] == shown(delivery)
        assert delivery.synthetic
        inbox[0].verify(hook.secret)
        assert inbox[0].event["type"] == "rating.created"
        assert "Delivered" in words(opened(browser, shown(delivery)))

    def test_a_double_press_sends_one(self, browser, hook, path):
        form = typed(opened(browser, f"{path}/test"))
        for _ in range(2):
            browser.post(f"{path}/test", form)
        assert WebhookDelivery.objects.count() == 1

    def test_a_type_that_is_none_is_refused(self, browser, path):
        response = browser.post(f"{path}/test", {"type": "rating.deleted"})
        assert response.status_code == 400
        assert "is not a valid choice" in words(read(response)) or "Must be" in words(
            read(response)
        )
        assert not WebhookDelivery.objects.exists()


class TestRetry:
    def test_it_counts_first_and_then_sends_once(self, browser, hook, team, path):
        make_deliveries(team, 3, **abandoned())
        make_deliveries(team, 2, status="delivered", next_attempt_at=None)
        page = opened(browser, f"{path}/retry")
        assert count_of(page) == "3 deliveries did not arrive"
        ids = page.xpath("//main//@id")
        assert len(ids) == len(set(ids))  # the labels name the fields that one sees
        assert WebhookDelivery.objects.count() == 5

        form = typed(page)
        done = browser.post(f"{path}/retry", form, follow=True)
        again = browser.post(f"{path}/retry", form, follow=True)

        assert "3 deliveries that did not arrive will be sent" in words(read(done))
        assert "carried out once" in words(read(again))
        assert WebhookDelivery.objects.count() == 8
        assert "No delivery fits" in count_of(opened(browser, f"{path}/retry"))

    def test_what_was_counted_is_what_is_sent(self, browser, hook, team, path):
        make_event(team, "rating.created")
        make_event(team, "evaluation.created")
        WebhookDelivery.objects.update(**abandoned())
        page = opened(browser, f"{path}/retry?type=evaluation.created&per_second=5")
        assert count_of(page) == "1 delivery did not arrive"
        browser.post(f"{path}/retry", typed(page))
        replay = WebhookDelivery.objects.get(replay=1)
        assert replay.event.type == "evaluation.created"

    @pytest.mark.parametrize(
        ("query", "at"),
        [
            ("since=yesterday", "since"),
            ("since=2999-01-01T00:00", "since"),
            ("per_second=0", "per_second"),
            ("per_second=101", "per_second"),
            ("per_second=x", "per_second"),
            ("per_second=%C2%B2", "per_second"),
            ("status=pending", "status"),
            ("type=x", "type"),
            ("since=2026-02-01T00:00&until=2026-01-01T00:00", "until"),
        ],
    )
    def test_fields_that_will_not_do_are_refused_at_their_place(
        self, browser, hook, team, path, query, at
    ):
        make_deliveries(team, 1, **abandoned())
        page = opened(browser, f"{path}/retry?{query}", status=400)
        assert page.xpath(f"//*[@id='id_{at}_error']")
        assert not page.xpath("//h2[@id='count']")
        assert browser.post(f"{path}/retry?{query}", _fields(query)).status_code == 400
        assert WebhookDelivery.objects.count() == 1

    def test_a_disabled_endpoint_is_counted_and_not_sent_to(self, browser, hook, team, path):
        make_deliveries(team, 1, **abandoned())
        services.disable_endpoint(hook, "x")
        page = opened(browser, f"{path}/retry")
        assert count_of(page) == "1 delivery did not arrive"
        assert "This endpoint is disabled. Enable it first." in words(page)
        assert not page.xpath("//button[starts-with(text(), 'Send')]")
        answer = browser.post(f"{path}/retry", {"per_second": "10"}, follow=True)
        assert "This endpoint is disabled" in words(read(answer))
        assert WebhookDelivery.objects.count() == 1


def _fields(query):
    return dict(pair.split("=") for pair in query.replace("%C2%B2", "²").split("&"))


class TestCatchUp:
    @pytest.fixture
    def missed(self, hook, team):
        """Two events while the endpoint was disabled."""
        services.disable_endpoint(hook, "x")
        WebhookEndpoint.objects.update(disabled_at=timezone.now() - timedelta(minutes=10))
        for _ in range(2):
            make_event(team)
        services.enable_endpoint(hook)

    def test_it_counts_first_and_then_sends_once(self, browser, missed, path):
        page = opened(browser, f"{path}/catch-up")
        assert count_of(page) == "2 events were missed"
        assert not WebhookDelivery.objects.exists()
        form = typed(page)
        for _ in range(2):
            browser.post(f"{path}/catch-up", form)
        assert WebhookDelivery.objects.count() == 2
        assert count_of(opened(browser, f"{path}/catch-up")) == "Nothing was missed since then"

    def test_the_time_is_chosen(self, browser, missed, path):
        later = timezone.now() - timedelta(seconds=0)
        WebhookEvent.objects.update(created_at=later - timedelta(hours=2))
        page = opened(browser, f"{path}/catch-up?since={later - timedelta(hours=1):%Y-%m-%dT%H:%M}")
        assert count_of(page) == "Nothing was missed since then"


class TestFigures:
    def test_a_failing_endpoint_says_since_when_and_what_follows(self, browser, hook, team, path):
        since = timezone.now() - timedelta(minutes=30)
        make_deliveries(team, 2, status="failed", failed_at=timezone.now())
        WebhookEndpoint.objects.update(failing_since=since, failures=2)
        for address in (path, "/settings/webhooks"):
            assert f"{since:%-d %b, %H:%M:%S}" in words(opened(browser, address))
        said = words(opened(browser, path))
        assert "2 deliveries are failing since" in said
        assert "With 50 failing for an hour, this endpoint is disabled" in said
        assert "Delivered, 24 h 0.0 % of 2" in said

    def test_a_healthy_one_has_its_share_and_its_time(self, browser, hook, team, path):
        make_deliveries(
            team, 3, status="delivered", next_attempt_at=None, response_status=200, response_ms=7
        )
        WebhookEndpoint.objects.update(last_delivered_at=timezone.now())
        said = words(opened(browser, path))
        assert "Delivered, 24 h 100.0 % of 3" in said
        assert "95 % answer in 7 ms or less, of 3" in said
        page = opened(browser, path)
        rows = page.xpath("//table[@class='values']/tbody/tr")
        assert len(rows) == 24
        assert [cell.text for cell in rows[-1].xpath("td")] == ["3", "0", "0"]
        assert len(page.xpath("//*[local-name()='rect'][@class='ok']")) == 1

    def test_of_very_many_it_says_what_was_counted(self, browser, hook, team, path, monkeypatch):
        monkeypatch.setattr("webhooks.pages.endpoint.COUNTED", 2)
        make_deliveries(team, 3)
        said = words(opened(browser, path))
        assert "Counted are the newest 2 deliveries" in said
        assert "not counted" in said
        assert "over 2" in said

    def test_before_anything_is_sent_nothing_is_claimed(self, browser, hook, path):
        said = words(opened(browser, path))
        assert "nothing was sent" in said
        assert "no answer yet" in said
        assert "%" not in said.partition("Delivered, 24 h")[2].partition("95 %")[0]
