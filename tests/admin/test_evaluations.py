"""What an operator changes on an evaluation, and what is told of it."""

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from api.models import DeletedRow
from evaluations.models import Comparison, Evaluation
from tests.admin.conftest import form_data, path_of, run_action
from webhooks.models import WebhookDelivery, WebhookEvent

pytestmark = pytest.mark.slow

CHANGED = "evaluation.status_changed"


@pytest.fixture
def study(evaluation: dict[str, Any]) -> Evaluation:
    return Evaluation.objects.get(pk=evaluation["id"])


def change(client: Any, study: Evaluation, **fields: Any) -> Any:
    """Load the page, change fields, send it."""
    page = client.get(path_of(study))
    return client.post(path_of(study), form_data(page, **fields))


def payload_of(event: WebhookEvent) -> dict[str, Any]:
    return dict(json.loads(bytes(event.payload)))


class TestChangingTheStatus:
    def test_it_tells_exactly_what_the_api_would(self, admin, api, study, endpoint):
        twin = api.post(
            "/api/v1/evaluations",
            {"name": study.name, "designUrls": [{"url": "https://example.com/kiosk"}]},
        ).json()
        WebhookDelivery.objects.all().delete()

        response = change(admin, study, status="Running")
        api.patch(f"/api/v1/evaluations/{twin['id']}", {"status": "Running"})

        assert response.status_code == 302
        by_admin = WebhookEvent.objects.get(type=CHANGED, object_id=study.pk)
        by_api = WebhookEvent.objects.get(type=CHANGED, object_id=twin["id"])
        ours, theirs = payload_of(by_admin), payload_of(by_api)
        assert shape(ours) == shape(theirs)
        assert ours["data"]["object"]["status"] == "Running"
        assert ours["data"]["object"]["previous_status"] == "Draft"
        assert ours["request"] == {"id": response["X-Request-Id"], "idempotency_key": None}
        assert by_admin.transition == 1
        assert by_admin.deliveries.count() == 1

    def test_only_reachable_statuses_are_offered(self, admin, study):
        page = admin.get(path_of(study))
        offered = [
            value for value, _ in page.context["adminform"].form["status"].field.widget.choices
        ]

        assert offered == ["Draft", "Running", "Ended", "Archived"]
        study.move_to("Running")
        page = admin.get(path_of(study))
        offered = [
            value for value, _ in page.context["adminform"].form["status"].field.widget.choices
        ]
        assert offered == ["Running", "Ended", "Archived"]

    def test_an_impossible_one_is_an_error_on_the_form(self, admin, study):
        study.move_to("Running")

        response = change(admin, study, status="Draft", name="Renamed")

        assert response.status_code == 200
        assert "An evaluation cannot move from Running to Draft." in response.content.decode()
        study.refresh_from_db()
        assert (study.status, study.name) == ("Running", "Ticket kiosk")
        assert WebhookEvent.objects.filter(type=CHANGED).count() == 1

    def test_one_that_does_not_exist_is_an_error_on_the_form(self, admin, study):
        response = change(admin, study, status="Paused")

        assert response.status_code == 200
        assert "status" in response.context["adminform"].form.errors

    def test_running_without_autousers_is_an_error_on_the_form(self, admin, api):
        made = api.post("/api/v1/evaluations", {"name": "By AI", "evaluationMethod": "ai"}).json()

        response = change(admin, Evaluation.objects.get(pk=made["id"]), status="Running")

        assert response.status_code == 200
        assert list(response.context["adminform"].form.errors) == ["status"]

    def test_a_stale_page_does_not_take_back_what_somebody_else_did(self, admin, api, study):
        page = admin.get(path_of(study))
        api.patch(f"/api/v1/evaluations/{study.pk}", {"status": "Running", "name": "Theirs"})

        response = admin.post(path_of(study), form_data(page, description="Ours"))

        assert response.status_code == 302
        study.refresh_from_db()
        assert (study.status, study.name, study.description) == ("Running", "Theirs", "Ours")
        assert WebhookEvent.objects.filter(type=CHANGED).count() == 1


class TestChangingSomethingElse:
    def test_it_is_saved_and_not_told(self, admin, study):
        before = study.updated_at
        response = change(admin, study, name="Kiosk, again", share_expiry_0="2027-01-01")

        assert response.status_code == 200, "half a date is an error on the form"
        response = change(
            admin,
            study,
            name="Kiosk, again",
            share_expiry_0="2027-01-01",
            share_expiry_1="12:00:00",
        )
        assert response.status_code == 302
        study.refresh_from_db()
        assert study.name == "Kiosk, again"
        assert study.share_expiry.isoformat() == "2027-01-01T12:00:00+00:00"
        assert study.updated_at > before
        assert WebhookEvent.objects.count() == 1

    def test_sending_the_page_as_it_is_writes_nothing(self, admin, study):
        before = study.updated_at

        assert change(admin, study).status_code == 302
        study.refresh_from_db()
        assert study.updated_at == before
        assert study.description is None

    def test_text_is_kept_as_it_was_meant(self, admin, study):
        change(admin, study, description="one\r\ntwo", proxy_region="eu")
        study.refresh_from_db()
        assert (study.description, study.proxy_region) == ("one\ntwo", "eu")

        change(admin, study, description="", proxy_region="")
        study.refresh_from_db()
        assert (study.description, study.proxy_region) == (None, None)

    def test_it_can_move_to_another_team(self, admin, study, other_team):
        assert change(admin, study, team=other_team.pk).status_code == 302
        study.refresh_from_db()
        assert study.team == other_team

    def test_a_link_protected_by_no_password_is_an_error_on_the_form(self, admin, study):
        response = change(admin, study, share_access="PASSWORD_PROTECTED")

        assert response.status_code == 200
        assert list(response.context["adminform"].form.errors) == ["share_access"]

    def test_a_type_that_does_not_fit_is_an_error_on_the_form(self, admin, study):
        response = change(admin, study, type="SxS")

        assert response.status_code == 200
        assert list(response.context["adminform"].form.errors) == ["type"]

    def test_looking_is_not_changing(self, operator, study):
        client = operator("view_evaluation")

        assert client.get(path_of(study)).status_code == 200
        assert client.post(path_of(study), {"status": "Running"}).status_code == 403


class TestAdding:
    URL = "/admin/evaluations/evaluation/add/"

    def test_it_tells_of_it_as_the_api_does(self, admin, api, team, endpoint):
        designs = "https://example.com/a\n\n https://example.com/b "
        page = admin.get(self.URL)

        response = admin.post(
            self.URL, form_data(page, team=team.pk, name="By hand", design_urls=designs)
        )

        assert response.status_code == 302, response.context["adminform"].form.errors
        study = Evaluation.objects.get()
        twin = api.post(
            "/api/v1/evaluations",
            {
                "name": "By hand",
                "designUrls": [{"url": f"https://example.com/{name}"} for name in "ab"],
            },
        )
        by_admin = WebhookEvent.objects.get(object_id=study.pk)
        by_api = WebhookEvent.objects.get(object_id=twin.json()["id"])
        assert by_admin.type == "evaluation.created"
        assert shape(payload_of(by_admin)) == shape(payload_of(by_api))
        assert payload_of(by_admin)["request"]["id"] == response["X-Request-Id"]
        assert payload_of(by_admin)["data"]["object"]["owner"]["email"] == "root@example.org"
        assert Comparison.objects.filter(evaluation=study).count() == 2

    def test_what_the_api_refuses_is_an_error_on_the_form(self, admin, team):
        page = admin.get(self.URL)
        fields = {"team": team.pk, "name": "By hand"}

        for wrong, field in (
            ({"status": "Ended"}, "status"),
            ({"status": "Running", "evaluation_method": "ai"}, "status"),
            ({"design_urls": "javascript:alert(1)"}, "design_urls"),
            ({"type": "SxS", "design_urls": "https://example.com/"}, "design_urls"),
            ({"name": ""}, "name"),
            ({"team": "nosuchteam"}, "team"),
        ):
            response = admin.post(
                self.URL,
                form_data(page, **fields, **wrong)
                if not set(fields) & set(wrong)
                else form_data(page, **{**fields, **wrong}),
            )
            assert response.status_code == 200, wrong
            assert list(response.context["adminform"].form.errors) == [field]
        assert not Evaluation.objects.exists()
        assert not WebhookEvent.objects.exists()


class TestActions:
    def test_they_move_what_can_be_moved_and_say_what_cannot(self, admin, api, study, root):
        made = api.post("/api/v1/evaluations", {"name": "Put away"}).json()
        other = Evaluation.objects.get(pk=made["id"])
        other.move_to("Archived")
        study.move_to("Running")
        third = Evaluation.objects.get(
            pk=api.post("/api/v1/evaluations", {"name": "Ended"}).json()["id"]
        )
        third.move_to("Ended")

        response = run_action(admin, "archive", study, other, third)

        messages = [str(message) for message in response.context["messages"]]
        assert messages == ["Moved to Archived: 2."]
        assert WebhookEvent.objects.filter(type=CHANGED, object_id=study.pk).count() == 2
        assert WebhookEvent.objects.filter(type=CHANGED, object_id=other.pk).count() == 1
        logged = LogEntry.objects.filter(user=root).values_list("object_id", "change_message")
        assert set(logged) == {(study.pk, "Moved to Archived."), (third.pk, "Moved to Archived.")}

    def test_one_that_cannot_be_moved_does_not_hold_up_the_others(
        self, admin, study, api, monkeypatch
    ):
        stuck = Evaluation.objects.get(
            pk=api.post("/api/v1/evaluations", {"name": "Stuck"}).json()["id"]
        )
        stuck.move_to("Archived")
        monkeypatch.setitem(Evaluation.NEXT_STATUSES, "Archived", frozenset())

        response = run_action(admin, "end", stuck, study)

        messages = [str(message) for message in response.context["messages"]]
        assert messages == [
            "Moved to Ended: 1.",
            "Stuck: An evaluation cannot move from Archived to Ended.",
        ]
        study.refresh_from_db()
        assert study.status == "Ended"

    def test_they_need_the_permission_to_change(self, operator, study):
        client = operator("view_evaluation")

        run_action(client, "end", study)

        study.refresh_from_db()
        assert study.status == "Draft"
        assert not client.get(reverse("admin:evaluations_evaluation_changelist")).context[
            "action_form"
        ]


class TestDeleting:
    def test_it_deletes_as_the_api_does(self, admin, study, root):
        url = path_of(study, "delete")

        assert admin.get(url).status_code == 200
        assert admin.post(url, {"post": "yes"}).status_code == 302

        assert not Evaluation.objects.exists()
        assert DeletedRow.objects.get().pk == study.pk
        assert WebhookEvent.objects.get().object_id == study.pk, "the log stays"
        assert LogEntry.objects.get(user=root).is_deletion()

    def test_several_at_once(self, admin, study, api):
        other = api.post("/api/v1/evaluations", {"name": "Another"}).json()["id"]
        url = reverse("admin:evaluations_evaluation_changelist")
        data = {
            "action": "delete_selected",
            "_selected_action": [study.pk, other],
            "post": "yes",
        }

        assert admin.post(url, data).status_code == 302
        assert set(DeletedRow.objects.values_list("pk", flat=True)) == {study.pk, other}


def shape(value: Any) -> Any:
    """The keys of a JSON value and the kinds of what they hold."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__
