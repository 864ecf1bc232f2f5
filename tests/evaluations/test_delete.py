"""`DELETE /evaluations/{id}`: gone for good, and its events stay."""

import pytest

from evaluations.models import Comparison, Evaluation
from teams.models import Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member
from webhooks.models import WebhookEvent

EVALUATIONS = "/api/v1/evaluations"


@pytest.fixture
def path(evaluation):
    return f"{EVALUATIONS}/{evaluation['id']}"


class TestDeleting:
    def test_it_answers_what_was_deleted(self, api, evaluation, path):
        response = api.delete(path)

        assert response.status_code == 200
        assert response.json() == {"deleted": True, "id": evaluation["id"]}

    def test_it_answers_the_bare_id_to_a_prefixed_one(self, api, evaluation):
        response = api.delete(f"{EVALUATIONS}/eval_{evaluation['id']}")
        assert response.json() == {"deleted": True, "id": evaluation["id"]}

    def test_it_is_gone_with_all_that_belongs_to_it(self, api, path):
        api.delete(path)

        assert not Evaluation.objects.exists()
        assert not Comparison.objects.exists()
        assert api.get(EVALUATIONS).json()["data"] == []
        for method in (api.get, api.patch, api.delete):
            assert_error(method(path), 404, "evaluation_not_found")

    def test_its_events_stay_and_none_is_added(self, api, evaluation, path):
        api.patch(path, {"status": "Running"})
        before = api.get("/api/v1/events").json()

        api.delete(path)

        assert api.get("/api/v1/events").json() == before
        assert {event.object_id for event in WebhookEvent.objects.all()} == {evaluation["id"]}

    def test_a_running_one_can_be_deleted(self, api, path):
        api.patch(path, {"status": "Running"})
        assert api.delete(path).status_code == 200

    def test_a_body_is_ignored(self, api, path):
        assert api.delete(path, b"{", content_type="text/plain").status_code == 200


class TestWhoMayDelete:
    @pytest.mark.parametrize(
        ("role", "status"), [(Role.VIEWER, 403), (Role.EDITOR, 403), (Role.ADMIN, 200)]
    )
    def test_it_takes_an_admin(self, team, path, role, status):
        client = ApiClient(make_key(team, make_member(team, role)))

        response = client.delete(path)

        assert response.status_code == status
        assert Evaluation.objects.exists() == (status == 403)

    def test_a_stranger_cannot_tell_that_it_exists(self, other_api, path):
        assert_error(other_api.delete(path), 404, "evaluation_not_found")
        assert Evaluation.objects.exists()
