"""Making, changing, rotating, disabling and deleting endpoints on their pages."""

import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests.pages import errors_at, opened, read, typed, words
from tests.webhooks.delivering import deliver_due, make_event, receiving
from webhooks.endpoints import services
from webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from webhooks.replay.synthetic import send_test

NEW = "/settings/webhooks/new"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{32}")


def one(hook: WebhookEndpoint, word: str = "") -> str:
    return f"/settings/webhooks/{hook.pk}" + (f"/{word}" if word else "")


def secret_in(response: Any) -> str:
    return SECRET.search(response.content.decode())[0]


class TestMaking:
    def test_it_is_made_and_its_secret_signs(self, browser, team, owner):
        with receiving() as inbox:
            form = typed(opened(browser, NEW)) | {
                "url": f"  {inbox.url} ",
                "description": "Warehouse",
                "which": "some",
                "events": ["rating.created", "evaluation.completed"],
                "api_version": "2026-05-04",
            }
            response = browser.post(NEW, form)
            made = WebhookEndpoint.objects.get()
            send_test(endpoint=made, type="webhook.test")
            deliver_due()

        assert response.status_code == 200
        assert (made.team, made.created_by) == (team, owner)
        assert (made.url, made.description, made.api_version) == (
            inbox.url, "Warehouse", "2026-05-04")  # fmt: skip
        assert made.enabled_events == ["rating.created", "evaluation.completed"]
        inbox[0].verify(secret_in(response))

    def test_everything_is_what_the_empty_form_wants(self, browser, team):
        form = typed(opened(browser, NEW)) | {"url": "https://hooks.example.com/in"}
        browser.post(NEW, form)
        made = WebhookEndpoint.objects.get()
        assert (made.enabled_events, made.description, made.api_version) == (["*"], None, None)

    def test_each_type_has_a_sample(self, browser, team):
        page = opened(browser, NEW)
        assert len(page.xpath("//*[@class='kinds']//pre")) == 7
        assert '"type": "calibration.frozen"' in words(page)

    def test_the_secret_is_shown_once_and_kept_nowhere(self, browser, caplog):
        caplog.set_level(0)
        response = browser.post(NEW, {"url": "https://hooks.example.com/in", "which": "all"})

        secret = secret_in(response)
        assert "no-store" in response["Cache-Control"]
        assert secret not in str(browser.session.items()) + str(browser.cookies)
        assert all(secret not in row.session_data for row in Session.objects.all())
        assert all(secret not in str(each) for each in get_messages(response.wsgi_request))
        assert secret not in caplog.text
        made = WebhookEndpoint.objects.get()
        for path in ("/settings/webhooks", one(made), one(made, "edit"), one(made, "rotate")):
            assert not SECRET.search(browser.get(path).content.decode())

    def test_a_form_that_is_sent_twice_makes_one(self, browser, team):
        form = typed(opened(browser, NEW)) | {"url": "https://hooks.example.com/in"}
        first = browser.post(NEW, form)
        second = browser.post(NEW, form, follow=True)

        assert SECRET.search(first.content.decode())
        assert not SECRET.search(second.content.decode())
        assert "was made already" in words(read(second))
        assert WebhookEndpoint.objects.count() == 1

    def test_a_form_that_was_refused_can_be_sent_again(self, browser, team):
        form = typed(opened(browser, NEW)) | {"url": "http://10.0.0.12\\"}
        refused = browser.post(NEW, form)
        again = typed(read(refused)) | {"url": "https://hooks.example.com/in"}
        assert again["number"] == form["number"]
        assert SECRET.search(browser.post(NEW, again).content.decode())

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("", "Must not be empty."),
            ("http://hooks.example.com/in", "The URL must start with https://."),
            ("ftp://hooks.example.com/in", "The URL must start with https://."),
            ("hooks.example.com/in", "The URL must start with https://."),
            ("https://10.0.0.12/in", "Private and reserved addresses are not allowed."),
            ("https://169.254.169.254/", "Private and reserved addresses are not allowed."),
            ("https://[::1]/in", "Private and reserved addresses are not allowed."),
            ("https://me:secret@hooks.example.com/", "contains a user name or password"),
            ("https://hooks.example.com/a b", "contains spaces, control or invisible characters"),
            ("https://hooks.example.com/\u202egnp.exe", "control or invisible characters"),
            ("https://hooks.example.com/#top", "has a fragment"),
            ("https://hooks.example.com:99999/", "The port must be a number"),
            ("https://" + "a" * 2048, "2048"),
            ("https://hooks.example.com/\0", "characters"),
        ],
    )
    def test_an_address_that_will_not_do_is_refused_beside_it(
        self, browser, team, settings, url, said
    ):
        settings.ALLOW_PRIVATE_TARGETS = False
        body = {"url": url, "description": "Typed", "which": "some", "events": "rating.created"}
        response = browser.post(NEW, body)

        page = read(response)
        assert response.status_code == 400
        assert said in " ".join(errors_at(page, "url"))
        assert page.xpath("//input[@name='url']")[0].get("aria-invalid") == "true"
        kept = typed(page)
        assert (kept["description"], kept["which"], kept["events"]) == (
            ["Typed"], ["some"], ["rating.created"])  # fmt: skip
        if "\0" not in url:
            assert kept["url"] == [url]
        assert not WebhookEndpoint.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "at"),
        [
            ({"which": "some"}, "events"),
            ({"which": "some", "events": ["rating.deleted"]}, "events"),
            ({"which": "some", "events": ["rating.created"] * 51}, "events"),
            ({"which": "all", "description": "x" * 501}, "description"),
            ({"which": "all", "description": "a\0b"}, "description"),
            ({"which": "all", "api_version": "2020-01-01"}, "api_version"),
        ],
    )
    def test_other_fields_are_refused_at_their_place_too(self, browser, team, fields, at):
        response = browser.post(NEW, {"url": "https://hooks.example.com/in", **fields})
        page = read(response)
        assert response.status_code == 400
        near = page.xpath(f"//*[@id='id_{at}_error']//*[@class='error']")
        assert near or page.xpath(f"//*[@role='alert']//a[@href='#id_{at}']")
        assert not WebhookEndpoint.objects.exists()

    def test_all_problems_are_told_at_once(self, browser, team):
        body = {"url": "ftp://hooks.example.com/", "description": "x" * 501, "which": "some"}
        page = read(browser.post(NEW, body))
        links = page.xpath("//*[@role='alert']//a/@href")
        assert sorted(links) == ["#id_description", "#id_events", "#id_url"]

    def test_one_more_than_the_limit_is_refused_above_the_form(self, browser, hook, settings):
        settings.WEBHOOK_ENDPOINT_LIMIT = 1
        response = browser.post(NEW, {"url": "https://hooks.example.com/in", "which": "all"})
        assert response.status_code == 400
        assert "A team can have 1 endpoints" in words(read(response))


class TestChanging:
    def test_fields_are_changed_and_the_rest_stays(self, browser, hook):
        secret = hook.secret
        form = typed(opened(browser, one(hook, "edit"))) | {
            "description": "New", "which": "some", "events": ["rating.created"]}  # fmt: skip
        response = browser.post(one(hook, "edit"), form, follow=True)
        changed = WebhookEndpoint.objects.get()
        assert "Saved." in words(read(response))
        assert (changed.description, changed.enabled_events) == ("New", ["rating.created"])
        assert (changed.url, changed.secret) == (hook.url, secret)

    def test_saving_what_is_stored_changes_nothing(self, browser, hook):
        browser.post(one(hook, "edit"), typed(opened(browser, one(hook, "edit"))))
        assert WebhookEndpoint.objects.get().updated_at == hook.updated_at

    def test_a_change_of_somebody_else_is_not_overwritten(self, browser, hook):
        form = typed(opened(browser, one(hook, "edit"))) | {"description": "Mine"}
        services.update_endpoint(endpoint=hook, changes={"description": "Theirs"})

        response = browser.post(one(hook, "edit"), form)

        assert response.status_code == 409
        assert WebhookEndpoint.objects.get().description == "Theirs"
        again = typed(read(response))
        assert again["description"] == ["Mine"]
        browser.post(one(hook, "edit"), again)
        assert WebhookEndpoint.objects.get().description == "Mine"

    def test_a_refused_address_stays_typed_and_is_not_stored(self, browser, hook, settings):
        settings.ALLOW_PRIVATE_TARGETS = False
        form = typed(opened(browser, one(hook, "edit"))) | {"url": "https://10.0.0.12/"}
        response = browser.post(one(hook, "edit"), form)
        assert response.status_code == 400
        assert typed(read(response))["url"] == ["https://10.0.0.12/"]
        assert hook.url in words(read(response))  # the crumb has what is stored
        assert WebhookEndpoint.objects.get().url == hook.url


class TestStatus:
    def test_disabling_says_what_goes_on(self, browser, hook):
        page = read(browser.post(one(hook, "status"), {"to": "disabled"}, follow=True))
        assert "Queued retries go on" in words(page)
        assert "A member of the team disabled it." in words(page)
        assert WebhookEndpoint.objects.get().status == "disabled"

    def test_enabling_leads_to_what_was_missed(self, browser, hook, team):
        services.disable_endpoint(hook, "It failed.")
        make_event(team)
        page = read(browser.post(one(hook, "status"), {"to": "enabled"}, follow=True))
        assert "1 event was missed" in words(page)
        assert WebhookEndpoint.objects.get().status == "enabled"

    @pytest.mark.parametrize("to", ["", "deleted", "\0"])
    def test_other_words_change_nothing(self, browser, hook, to):
        page = read(browser.post(one(hook, "status"), {"to": to}, follow=True))
        assert "There is no such status." in words(page)
        assert WebhookEndpoint.objects.get().status == "enabled"

    def test_pressing_twice_is_told_and_changes_nothing(self, browser, hook):
        browser.post(one(hook, "status"), {"to": "disabled"})
        since = WebhookEndpoint.objects.get().disabled_at
        page = read(browser.post(one(hook, "status"), {"to": "disabled"}, follow=True))
        assert "disabled already" in words(page)
        assert WebhookEndpoint.objects.get().disabled_at == since


class TestRotating:
    def test_both_secrets_sign_until_the_time_that_is_shown(self, browser, team):
        with receiving() as inbox:
            made = browser.post(NEW, {"url": inbox.url, "which": "all"})
            hook = WebhookEndpoint.objects.get()
            response = browser.post(
                one(hook, "rotate"), typed(opened(browser, one(hook, "rotate")))
            )
            send_test(endpoint=hook, type="webhook.test")
            deliver_due()

        old, new = secret_in(made), secret_in(response)
        assert old != new
        for secret in (old, new):
            inbox[0].verify(secret)
        hook.refresh_from_db()
        until = f"{hook.previous_secret_until:%-d %B %Y, %H:%M} UTC"
        assert f"Until {until} each request carries two signatures" in words(read(response))
        assert "no-store" in response["Cache-Control"]

    def test_a_form_that_is_sent_twice_rotates_once(self, browser, hook):
        form = typed(opened(browser, one(hook, "rotate")))
        secret = secret_in(browser.post(one(hook, "rotate"), form))
        second = browser.post(one(hook, "rotate"), form, follow=True)
        assert "rotated already" in words(read(second))
        assert not SECRET.search(second.content.decode())
        stored = WebhookEndpoint.objects.get()
        assert (stored.secret, stored.previous_secret) == (secret, hook.secret)

    def test_a_second_one_is_warned_of(self, browser, hook):
        services.rotate_secret(hook)
        assert "ends the oldest secret at once" in words(opened(browser, one(hook, "rotate")))
        assert "the old one signs too until" in words(opened(browser, one(hook)))

    def test_a_rotation_that_is_over_is_not_mentioned(self, browser, hook):
        services.rotate_secret(hook)
        WebhookEndpoint.objects.update(previous_secret_until=timezone.now())
        assert "ends the oldest" not in words(opened(browser, one(hook, "rotate")))


class TestDeleting:
    def test_it_says_what_is_given_up_and_gives_it_up(self, browser, hook, team):
        make_event(team)
        page = opened(browser, one(hook, "delete"))
        assert "1 delivery is waiting" in words(page)
        assert WebhookEndpoint.objects.get().deleted_at is None

        after = read(browser.post(one(hook, "delete"), typed(page), follow=True))

        assert "was deleted" in words(after)
        assert WebhookEndpoint.objects.get().deleted_at is not None
        assert WebhookDelivery.objects.get().status == "abandoned"
        assert WebhookEvent.objects.count() == 1

    def test_deleting_it_again_is_404(self, browser, hook):
        browser.post(one(hook, "delete"))
        assert browser.post(one(hook, "delete")).status_code == 404


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202eevil\u0007{{ 7|add:7 }}"


def test_texts_of_customers_are_text_and_nothing_else(browser, hook, team):
    WebhookEndpoint.objects.update(
        url=f"https://hooks.example.com/{HOSTILE}",
        description=HOSTILE,
        disabled_reason=HOSTILE,
        disabled_at=timezone.now(),
        status="disabled",
        enabled_events=["*"],
    )
    event = make_event(team)
    send_test(endpoint=hook, type="webhook.test")
    WebhookDelivery.objects.update(status="failed", error=HOSTILE, response_body=HOSTILE)
    delivery = WebhookDelivery.objects.get()
    delivery.attempts.create(
        id=delivery.pk,
        number=1,
        result="failed",
        response_status=500,
        response_body=HOSTILE,
        error=HOSTILE,
        response_headers=[[HOSTILE, HOSTILE]],
        started_at=timezone.now(),
        total_ms=5,
    )
    paths = [one(hook, word) for word in ("", "edit", "rotate", "delete", "test", "retry")]
    paths += ["/settings/webhooks", f"/settings/webhooks/deliveries/{delivery.pk}"]
    paths += ["/settings/events", f"/settings/events/{event.pk}"]
    paths += [
        f"{one(hook)}?type={HOSTILE}&since={HOSTILE}",
        f"/settings/events?object_id={HOSTILE}",
    ]
    for path in paths:
        response = browser.get(path)
        page = read(response)
        assert "<script>alert" not in response.content.decode(), path
        assert "<img src=x" not in response.content.decode(), path
        assert not page.xpath("//*[@onerror]"), path
