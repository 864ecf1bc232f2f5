"""What an evaluation announces, and that each change is announced exactly once."""

import json

import pytest

from evaluations.models import Evaluation, EvaluationStatus, UnannouncedChange
from webhooks.models import WebhookDelivery, WebhookEvent


class TestCreating:
    def test_it_records_one_event_that_mirrors_the_reply(self, api, endpoint):
        response = api.post("/api/v1/evaluations", {"name": "Kiosk"})

        event = WebhookEvent.objects.get()
        payload = json.loads(bytes(event.payload))
        caller_relative = {"myPermission", "isSharedWithMe", "warnings"}
        assert event.type == payload["type"] == "evaluation.created"
        assert payload["data"]["object"] == {
            key: value for key, value in response.json().items() if key not in caller_relative
        }
        assert payload["request"] == {"id": response["X-Request-Id"], "idempotency_key": None}
        assert WebhookDelivery.objects.get().endpoint_id == endpoint["id"]

    def test_a_refused_request_records_nothing(self, api, endpoint):
        assert api.post("/api/v1/evaluations", {"name": ""}).status_code == 400
        assert not WebhookEvent.objects.exists()


class TestChangingTheStatus:
    def test_it_records_one_event_with_the_previous_status(self, api, evaluation, endpoint):
        response = api.patch(f"/api/v1/evaluations/{evaluation['id']}", {"status": "Running"})

        assert response.status_code == 200
        event = WebhookEvent.objects.get(type="evaluation.status_changed")
        body = json.loads(bytes(event.payload))
        assert body["data"]["object"]["status"] == "Running"
        assert body["data"]["object"]["previous_status"] == "Draft"
        assert body["sequence"] == event.sequence == 2

    def test_the_same_change_twice_is_one_event_and_one_update(self, api, evaluation, endpoint):
        path = f"/api/v1/evaluations/{evaluation['id']}"
        first = api.patch(path, {"status": "Running"})
        second = api.patch(path, {"status": "Running"})

        assert first.json() == second.json()
        assert WebhookEvent.objects.filter(type="evaluation.status_changed").count() == 1

    def test_a_change_made_by_code_is_heard_like_one_made_by_the_api(self, evaluation, endpoint):
        study = Evaluation.objects.get(pk=evaluation["id"])

        assert study.move_to(EvaluationStatus.RUNNING)
        assert not study.move_to(EvaluationStatus.RUNNING)

        event = WebhookEvent.objects.get(type="evaluation.status_changed")
        assert json.loads(bytes(event.payload))["request"] == {"id": None, "idempotency_key": None}

    def test_a_change_behind_its_back_is_refused(self, evaluation):
        study = Evaluation.objects.get(pk=evaluation["id"])
        study.status = EvaluationStatus.RUNNING

        with pytest.raises(UnannouncedChange):
            study.save()
        with pytest.raises(UnannouncedChange):
            Evaluation.objects.update(status="Running")
        with pytest.raises(UnannouncedChange):
            Evaluation.objects.bulk_update([study], ["status"])
        with pytest.raises(UnannouncedChange):
            Evaluation.objects.bulk_create([study])
