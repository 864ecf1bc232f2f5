"""A customer finds an endpoint that fails, mends the receiver, and catches up, in Chromium."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.conftest import make_team, make_user
from tests.webhooks.delivering import make_due, make_event
from webhooks import tasks
from webhooks.http.receiver import Received, serving
from webhooks.models import WebhookDelivery, WebhookEndpoint

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Receiver:
    """The customer's program: it fails until it is mended."""

    def __init__(self) -> None:
        self.status = 500
        self.accepted: list[Received] = []

    def __call__(self, request: Received) -> int:
        if self.status == 200:
            self.accepted.append(request)
        return self.status


def deliver():
    """Let the worker send what is due."""
    tasks.drain(idle_timeout=0.1)


def check(page):
    """Nothing is wrong with the page, in both themes, wide and on a phone."""
    for theme, width in (("light", 1200), ("dark", 390)):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(SIDEWAYS) <= 0, page.url
        assert violations(page) == [], (page.url, theme)
    page.set_viewport_size({"width": 1200, "height": 800})


def press(page, name):
    page.get_by_role("button", name=name).click()


def test_a_failing_endpoint_is_found_mended_and_caught_up(open_page):
    owner = make_user("owner@example.org")
    team = make_team(owner=owner)
    receiver = Receiver()
    with serving(receiver) as listener:
        page = open_page("/settings/webhooks", person=owner)
        check(page)
        secret = add_endpoint(page, listener.url)
        hook = WebhookEndpoint.objects.get()
        events = [make_event(team).pk for _ in range(3)]
        deliver()

        page.goto("/settings/webhooks")
        expect(page.locator(".hook")).to_contain_text("Failing since")
        check(page)
        page.click(".hook h2 a")
        expect(page.locator(".note.warn")).to_contain_text("3 deliveries are failing since")
        check(page)

        receiver.status = 200
        send_test(page)
        retry(page)
        expect(page.locator(".pick [aria-current] .badge")).to_have_text("Healthy")
        events += catch_up(page, team)

    page.goto(f"/settings/events/{events[-1]}")
    expect(page.locator(".became")).to_contain_text("Delivered")
    check(page)
    for request in receiver.accepted:
        request.verify(secret)
    arrived = [one.event_id for one in receiver.accepted]
    assert arrived[0].startswith("event_test_")
    assert sorted(arrived[1:]) == sorted(events)
    hook.refresh_from_db()
    assert hook.failures == 0


def add_endpoint(page, url):
    """Make an endpoint by pressing its button twice; the secret that is shown."""
    page.click("text=Add the first endpoint")
    page.fill("[name=url]", "ftp://example.com")
    press(page, "Add the endpoint")
    expect(page.locator("[role=alert]")).to_contain_text("The URL must start with")
    assert page.input_value("[name=url]") == "ftp://example.com"
    check(page)
    page.goto("/settings/webhooks/new")
    page.fill("[name=url]", url)
    page.get_by_role("button", name="Add the endpoint").dblclick()
    secret = page.locator(".secret").inner_text()
    assert WebhookEndpoint.objects.count() == 1
    check(page)
    page.go_back()
    assert "whsec_" not in page.content()
    assert WebhookEndpoint.objects.count() == 1
    return secret


def send_test(page):
    page.click("text=Send a test")
    check(page)
    press(page, "Send the test")
    expect(page.locator("#state")).to_contain_text("Waiting")
    deliver()
    expect(page.locator(".lead")).to_contain_text("Accepted at")  # by itself
    check(page)
    page.click(".crumb .url")


def retry(page):
    page.click(".note >> text=Send failed ones again")
    expect(page.locator("#count")).to_have_text("3 deliveries did not arrive")
    check(page)
    press(page, "Send 3")
    expect(page.locator("[role=status]")).to_contain_text("3 deliveries that did not arrive")
    assert WebhookDelivery.objects.filter(replay=1).count() == 3
    make_due()  # they are sent at a pace
    deliver()
    page.reload()


def catch_up(page, team):
    """Disable, miss an event, enable, and send it; the event that was missed."""
    page.click("main summary:text-is('More')")
    press(page, "Disable")
    expect(page.locator(".note.warn")).to_contain_text("Disabled since")
    missed = make_event(team).pk
    press(page, "Enable")
    expect(page.locator("#count")).to_have_text("1 event was missed")
    check(page)
    press(page, "Send 1")
    deliver()
    return [missed]
