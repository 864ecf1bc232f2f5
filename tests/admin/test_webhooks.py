"""What an operator does to endpoints and deliveries."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from tests.admin.conftest import form_data, list_of, path_of, run_action
from webhooks.models import DeliveryStatus, WebhookDelivery, WebhookEndpoint

pytestmark = pytest.mark.slow


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


class TestSendingAgain:
    @pytest.mark.parametrize("status", ["failed", "abandoned", "delivered"])
    def test_it_queues_a_replay_whatever_became_of_the_delivery(
        self, admin, delivery, root, status
    ):
        later = None if status == "delivered" else timezone.now() + timedelta(hours=5)
        WebhookDelivery.objects.update(status=status, next_attempt_at=later)

        response = run_action(admin, "send_again", delivery)

        assert messages_of(response) == ["Queued again: 1."]
        again = WebhookDelivery.objects.get(replay=1)
        assert (again.replays_delivery_id, again.status) == (delivery.pk, DeliveryStatus.PENDING)
        entry = LogEntry.objects.get(user=root)
        assert entry.get_change_message() == f"Sent again as {again.pk}."

    def test_the_older_delivery_links_to_what_took_its_place(self, admin, delivery):
        WebhookDelivery.objects.update(status="failed", next_attempt_at=timezone.now())
        run_action(admin, "send_again", delivery)
        again = WebhookDelivery.objects.get(replay=1)

        page = admin.get(path_of(delivery)).content.decode()

        delivery.refresh_from_db()
        assert (delivery.status, delivery.next_attempt_at) == ("superseded", None)
        assert path_of(again) in page

    def test_nothing_is_sent_to_an_endpoint_that_is_deleted(self, admin, delivery):
        WebhookEndpoint.objects.update(deleted_at=timezone.now())

        done, refused = messages_of(run_action(admin, "send_again", delivery))

        assert done == "Queued again: 0."
        assert refused.startswith(f"{delivery.pk}: The endpoint of this delivery was deleted")
        assert not LogEntry.objects.exists()

    def test_its_page_has_a_button_that_leads_back_to_it(self, admin, delivery):
        page = admin.get(path_of(delivery)).content.decode()
        url = f"{list_of(delivery)}?q={delivery.pk}"

        assert f'action="{url}"' in page
        assert 'value="send_again"' in page
        data = {"action": "send_again", "_selected_action": delivery.pk, "index": "0"}
        response = admin.post(url, data, follow=True)
        assert messages_of(response) == ["Queued again: 1."]
        assert [one.pk for one in response.context["cl"].result_list] == [delivery.pk]

    def test_it_has_a_permission_of_its_own(self, operator, delivery):
        client = operator("view_webhookdelivery", "change_webhookdelivery")

        assert "send_again" not in client.get(path_of(delivery)).content.decode()
        run_action(client, "send_again", delivery)

        assert not WebhookDelivery.objects.filter(replay=1).exists()

    def test_whoever_has_it_may(self, operator, delivery):
        client = operator("view_webhookdelivery", "retry_webhookdelivery")

        assert messages_of(run_action(client, "send_again", delivery)) == ["Queued again: 1."]


class TestLogs:
    def test_nobody_adds_alters_or_deletes_them(self, admin, delivery):
        for row in (delivery, delivery.event, delivery.attempts.first()):
            for page, code in (("change", 403), ("delete", 403)):
                assert admin.post(path_of(row, page), {"post": "yes"}).status_code == code
            assert admin.get(f"{list_of(row)}add/").status_code == 403
            run_action(admin, "delete_selected", row)
            row.refresh_from_db()


class TestEndpoints:
    @pytest.fixture
    def row(self, endpoint):
        return WebhookEndpoint.objects.get()

    def change(self, client, row, **fields):
        return client.post(path_of(row), form_data(client.get(path_of(row)), **fields))

    def test_what_is_corrected_is_saved(self, admin, row):
        before = row.updated_at
        response = self.change(
            admin,
            row,
            url="https://hooks.example.com/new",
            enabled_events=["evaluation.created", "rating.created"],
        )

        assert response.status_code == 302, response.context["adminform"].form.errors
        row.refresh_from_db()
        assert row.url == "https://hooks.example.com/new"
        assert row.enabled_events == ["evaluation.created", "rating.created"]
        assert row.description is None
        assert row.updated_at > before
        assert row.secret.startswith("whsec_")

    def test_a_url_that_may_not_be_sent_to_is_an_error_on_the_form(self, admin, row):
        for url in ("ftp://example.com/", "https://user:pw@example.com/", "nonsense"):
            response = self.change(admin, row, url=url)
            assert response.status_code == 200, url
            assert list(response.context["adminform"].form.errors) == ["url"]

    def test_disabling_and_enabling(self, admin, row, delivery, root):
        assert messages_of(run_action(admin, "disable", row)) == ["Set to disabled: 1."]
        row.refresh_from_db()
        assert row.status == "disabled"
        assert row.disabled_reason == "An operator of this server disabled it."

        WebhookEndpoint.objects.update(failures=7, gone_in_a_row=2, failing_since=timezone.now())
        assert messages_of(run_action(admin, "enable", row)) == ["Set to enabled: 1."]
        row.refresh_from_db()
        assert (row.status, row.disabled_reason, row.failures) == ("enabled", "", 0)
        assert (row.gone_in_a_row, row.failing_since) == (0, None)
        assert LogEntry.objects.filter(user=root).count() == 2

        assert messages_of(run_action(admin, "enable", row)) == ["Set to enabled: 0."]
        assert LogEntry.objects.filter(user=root).count() == 2

    def test_the_form_switches_it_too(self, admin, row):
        assert self.change(admin, row, status="disabled").status_code == 302
        row.refresh_from_db()
        assert row.status == "disabled"

    def test_deleting_is_soft_and_abandons_what_is_due(self, admin, row, delivery):
        WebhookDelivery.objects.update(status="failed", next_attempt_at=timezone.now())
        url = path_of(row, "delete")

        assert admin.get(url).status_code == 200
        assert admin.post(url, {"post": "yes"}).status_code == 302

        row.refresh_from_db()
        delivery.refresh_from_db()
        assert row.deleted_at is not None
        assert row.encrypted_secret == row.encrypted_previous_secret == ""
        assert (delivery.status, delivery.next_attempt_at) == ("abandoned", None)

    def test_what_is_deleted_stays_as_it_is(self, admin, row):
        run_action(admin, "disable", row)
        admin.post(path_of(row, "delete"), {"post": "yes"})

        assert admin.get(path_of(row)).status_code == 200
        assert admin.post(path_of(row), {"status": "enabled"}).status_code == 403
        assert admin.post(path_of(row, "delete"), {"post": "yes"}).status_code == 403
        assert messages_of(run_action(admin, "enable", row))[1] == f"{row}: it is deleted."

    def test_several_are_deleted_like_one(self, admin, row):
        data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}

        assert admin.post(list_of(row), data).status_code == 302
        row.refresh_from_db()
        assert row.deleted_at is not None

    def test_nobody_adds_one_here(self, admin, row):
        assert admin.get(f"{list_of(row)}add/").status_code == 403


class TestSendingATest:
    @pytest.fixture
    def row(self, endpoint):
        return WebhookEndpoint.objects.get()

    def test_it_queues_one_also_for_a_disabled_endpoint(self, admin, row, root):
        WebhookEndpoint.objects.update(status="disabled")

        assert messages_of(run_action(admin, "test", row)) == ["Tests queued: 1."]

        sent = WebhookDelivery.objects.get(synthetic=True)
        assert (sent.event.type, sent.status) == ("webhook.test", "pending")
        entry = LogEntry.objects.get(user=root)
        assert entry.get_change_message() == f"Sent the test {sent.pk}."

    def test_it_sends_none_to_what_is_deleted(self, admin, row):
        WebhookEndpoint.objects.update(deleted_at=timezone.now())

        assert messages_of(run_action(admin, "test", row))[0] == "Tests queued: 0."
        assert not WebhookDelivery.objects.filter(synthetic=True).exists()

    def test_changing_an_endpoint_is_not_enough_to_send(self, operator, row):
        client = operator("view_webhookendpoint", "change_webhookendpoint")

        page = client.get(path_of(row)).content.decode()
        assert 'value="disable"' in page
        assert 'value="test"' not in page
        assert 'value="retry_failed"' not in page
        run_action(client, "test", row)
        assert not WebhookDelivery.objects.filter(synthetic=True).exists()

    def test_retrying_is_not_enough_to_change(self, operator, row):
        client = operator("view_webhookendpoint", "retry_webhookdelivery")

        page = client.get(path_of(row)).content.decode()
        assert 'value="disable"' not in page
        assert messages_of(run_action(client, "test", row)) == ["Tests queued: 1."]


class TestRetryingWhatFailed:
    @pytest.fixture
    def row(self, delivery):
        return WebhookEndpoint.objects.get()

    def press(self, client, row, button, **fields):
        asked = client.post(list_of(row), self.choice(row))
        values = {
            name: asked.context["form"][name].value() for name in ("since", "per_second")
        } | fields
        data = {**self.choice(row), **values, "button": button}
        return client.post(list_of(row), data, follow=True)

    def choice(self, row):
        return {"action": "retry_failed", "_selected_action": [row.pk], "index": "0"}

    def test_it_asks_first_and_says_how_many(self, admin, row):
        response = run_action(admin, "retry_failed", row)

        assert response.context["found"] == 1
        page = response.content.decode()
        assert "1 delivery failed or was abandoned." in page
        assert row.url in page
        assert not WebhookDelivery.objects.filter(replay=1).exists()

    def test_it_counts_again_since_another_time(self, admin, row):
        response = self.press(admin, row, "count", since="2999-01-01T00:00")

        assert response.context["found"] == 0
        assert "0 deliveries failed or were abandoned." in response.content.decode()

    def test_it_queues_replays_and_leaves_a_trace(self, admin, row, delivery, root):
        response = self.press(admin, row, "retry")

        assert messages_of(response) == ["Queued again: 1 of 1."]
        again = WebhookDelivery.objects.get(replay=1)
        assert (again.replays_delivery_id, again.status) == (delivery.pk, "pending")
        message = LogEntry.objects.get(user=root).get_change_message()
        assert message.startswith("Retried 1 made since ")
        assert messages_of(self.press(admin, row, "retry")) == ["Queued again: 0 of 0."]

    @pytest.mark.parametrize(
        ("field", "value"),
        [("since", "yesterday"), ("since", ""), ("per_second", "0"), ("per_second", "1000000")],
    )
    def test_what_makes_no_sense_is_an_error_on_the_form(self, admin, row, field, value):
        response = self.press(admin, row, "retry", **{field: value})

        assert list(response.context["form"].errors) == [field]
        assert not WebhookDelivery.objects.filter(replay=1).exists()

    def test_it_needs_one_endpoint_that_is_enabled(self, admin, row):
        WebhookEndpoint.objects.update(status="disabled")
        [disabled] = messages_of(run_action(admin, "retry_failed", row))
        WebhookEndpoint.objects.update(deleted_at=timezone.now())
        [deleted] = messages_of(run_action(admin, "retry_failed", row))

        assert disabled.startswith("This endpoint is disabled.")
        assert deleted == f"{row}: it is deleted."

    def test_it_has_a_permission_of_its_own(self, operator, row):
        client = operator("view_webhookendpoint", "change_webhookendpoint")

        client.post(list_of(row), {**self.choice(row), "button": "retry"})

        assert not WebhookDelivery.objects.filter(replay=1).exists()


class TestTheSecret:
    @pytest.fixture
    def row(self, endpoint):
        return WebhookEndpoint.objects.get()

    def test_it_says_who_can_rotate_it(self, admin, row):
        page = admin.get(path_of(row)).content.decode()

        assert f"{row.secret_prefix}…" in page
        assert "Only its owner can rotate it, by the API" in page
        assert 'value="rotate' not in page

    @pytest.mark.parametrize(
        ("order", "words"),
        [
            ("old,new", "Its last success suggests that the receiver uses the new one."),
            ("new,old", "Its last success suggests that the receiver uses the previous one."),
            ("", "It is not known yet which of the two the receiver uses."),
        ],
    )
    def test_during_a_rotation_it_says_which_one_is_used(self, admin, row, order, words):
        row.rotate_secret(timezone.now())
        row.signature_order = order
        row.save()

        page = admin.get(path_of(row)).content.decode()

        assert words in page
        assert row.secret not in page
        assert row.previous_secret not in page
