"""Rubrics: versions, which one is active, and what a frozen one refuses."""

import pytest

from autousers.models import Autouser, Rubric
from teams.models import Plan
from tests.clients import assert_error
from webhooks.models import WebhookEvent


@pytest.fixture
def add(api, path):
    """Add a version, and give the reply's body."""

    def add(criteria_text="Judge fairly.", **more):
        response = api.post(f"{path}/rubrics", {"criteriaText": criteria_text, **more})
        assert response.status_code == 201, response.content
        return response.json()

    return add


def frozen_events():
    return WebhookEvent.objects.filter(type="calibration.frozen").count()


def statuses(autouser):
    rows = Rubric.objects.filter(autouser=autouser).order_by("version")
    return list(rows.values_list("status", flat=True))


class TestAdd:
    def test_the_first_one_is_active_at_once(self, api, add, persona, path):
        rubric = add()

        assert rubric == {
            "id": rubric["id"],
            "autouserId": persona["id"],
            "dimensionId": "overall",
            "name": "Night-shift nurse",
            "version": 1,
            "status": "active",
            "isFrozen": False,
            "criteriaText": "Judge fairly.",
            "commitMessage": None,
            "krippendorffAlpha": None,
            "frozenAt": None,
            "createdAt": rubric["createdAt"],
            "updatedAt": rubric["updatedAt"],
        }
        autouser = api.get(path).json()
        assert autouser["activeRubricId"] == rubric["id"]
        assert autouser["calibrationStatus"] == "uncalibrated"

    def test_later_ones_are_drafts(self, api, add, path):
        first, second = add(), add("Judge harder.", name="Hard", commitMessage="harder")

        assert (second["version"], second["status"], second["name"]) == (2, "draft", "Hard")
        assert second["commitMessage"] == "harder"
        assert api.get(path).json()["activeRubricId"] == first["id"]

    @pytest.mark.parametrize(
        ("sent", "stored"), [("accessibility", "accessibility"), ("Visual", "visual-design")]
    )
    def test_a_dimension_has_one_name(self, add, sent, stored):
        assert add(dimensionId=sent)["dimensionId"] == stored

    @pytest.mark.parametrize(
        ("change", "param"),
        [({"criteriaText": ""}, "criteriaText"), ({"criteriaText": None}, "criteriaText"),
         ({"criteriaText": "x" * 50_001}, "criteriaText"), ({"name": ""}, "name"),
         ({"name": "x" * 201}, "name"), ({"dimensionId": ""}, "dimensionId"),
         ({"dimensionId": "x" * 201}, "dimensionId"),
         ({"commitMessage": "x" * 501}, "commitMessage")],
    )  # fmt: skip
    def test_what_does_not_fit_is_refused(self, api, path, autouser, change, param):
        body = {"criteriaText": "x", **change}
        assert_error(api.post(f"{path}/rubrics", body), 400, "validation_failed", param)
        assert statuses(autouser) == []


class TestList:
    def test_newest_version_first_page_by_page(self, api, add, path):
        made = [add()["id"] for _ in range(3)]

        first = api.get(f"{path}/rubrics?limit=2").json()
        second = api.get(f"{path}/rubrics?limit=2&starting_after={first['next_cursor']}").json()

        assert [row["version"] for row in first["data"]] == [3, 2]
        assert (first["has_more"], second["has_more"], second["next_cursor"]) == (True, False, None)
        assert [row["id"] for row in second["data"]] == [made[0]]

    def test_a_cursor_of_another_autouser_is_refused(self, api, add, path):
        other = api.post(f"{path}/duplicate").json()["id"]
        url = f"/api/v1/autousers/{other}/rubrics?starting_after={add()['id']}"
        assert_error(api.get(url), 400, "invalid_cursor", "starting_after")


class TestPatch:
    def test_it_changes_what_is_sent_alone(self, api, add, path):
        rubric = add()
        changes = {"criteriaText": "Judge harder.", "name": "Hard", "commitMessage": "why"}

        body = api.patch(f"{path}/rubrics/{rubric['id']}", changes).json()

        assert body == {**rubric, **changes, "updatedAt": body["updatedAt"]}
        assert body["updatedAt"] > rubric["updatedAt"]

    def test_nothing_new_leaves_it_as_it_was(self, api, add, path):
        rubric = add()
        body = {"criteriaText": "Judge fairly.", "status": "active"}
        assert api.patch(f"{path}/rubrics/{rubric['id']}", body).json() == rubric

    def test_one_is_active_at_a_time(self, api, add, autouser, path):
        add(), add()
        third = add()["id"]

        assert api.patch(f"{path}/rubrics/{third}", {"status": "active"}).status_code == 200

        assert statuses(autouser) == ["draft", "draft", "active"]
        assert api.get(path).json()["activeRubricId"] == third

    def test_a_draft_again_leaves_none_active(self, api, add, autouser, path):
        rubric = add()["id"]

        api.patch(f"{path}/rubrics/{rubric}", {"status": "draft"})

        assert statuses(autouser) == ["draft"]
        assert api.get(path).json()["activeRubricId"] is None
        assert_error(api.post(f"{path}/calibration/freeze"), 400, "no_rubric", "rubricId")

    def test_frozen_goes_through_the_one_freeze(self, api, add, path):
        rubric = add()["id"]

        body = api.patch(f"{path}/rubrics/{rubric}", {"status": "frozen"}).json()

        assert (body["status"], body["isFrozen"]) == ("frozen", True)
        assert body["frozenAt"]
        assert api.get(path).json()["calibrationStatus"] == "frozen"
        assert frozen_events() == 1

    @pytest.mark.parametrize("plan", [Plan.FREE])
    def test_freezing_needs_the_plan_by_this_route_too(self, api, add, team, path, plan):
        rubric = add()["id"]
        team.plan = plan
        team.save()

        refused = api.patch(f"{path}/rubrics/{rubric}", {"status": "frozen"})
        assert_error(refused, 403, "plan_upgrade_required")
        assert api.patch(f"{path}/rubrics/{rubric}", {"name": "x"}).status_code == 200

    @pytest.mark.parametrize(
        "body",
        [{"criteriaText": "x"}, {"name": "x"}, {"commitMessage": "x"}, {"status": "active"},
         {"status": "draft"}, {"status": "frozen", "name": "x"}],
    )  # fmt: skip
    def test_a_frozen_one_is_locked_for_good(self, api, add, path, body):
        rubric = add()["id"]
        frozen = api.patch(f"{path}/rubrics/{rubric}", {"status": "frozen"}).json()

        assert_error(api.patch(f"{path}/rubrics/{rubric}", body), 400, "rubric_frozen")

        assert api.patch(f"{path}/rubrics/{rubric}", {"status": "frozen"}).json() == frozen
        assert api.patch(f"{path}/rubrics/{rubric}", {}).json() == frozen
        assert frozen_events() == 1

    def test_a_later_version_takes_over_from_a_frozen_one(self, api, add, autouser, path):
        first = add()["id"]
        api.post(f"{path}/calibration/freeze")
        second = add("Judge harder.")["id"]

        api.patch(f"{path}/rubrics/{second}", {"status": "active"})

        assert statuses(autouser) == ["frozen", "active"]
        assert api.get(path).json()["calibrationStatus"] == "uncalibrated"
        back = api.post(f"{path}/calibration/freeze", {"rubricId": first}).json()
        assert (back["rubricId"], back["calibrationStatus"]) == (first, "frozen")
        assert statuses(autouser) == ["frozen", "draft"]
        assert frozen_events() == 1

    @pytest.mark.parametrize(
        ("body", "param"),
        [({"status": "Frozen"}, "status"), ({"status": None}, "status"),
         ({"criteriaText": ""}, "criteriaText"), ({"name": 5}, "name"),
         ({"commitMessage": None}, "commitMessage")],
    )  # fmt: skip
    def test_what_does_not_fit_is_refused(self, api, add, path, body, param):
        rubric = add()
        refused = api.patch(f"{path}/rubrics/{rubric['id']}", {"name": "New", **body})

        assert_error(refused, 400, "validation_failed", param)
        assert api.get(f"{path}/rubrics").json()["data"] == [rubric]

    @pytest.mark.parametrize("id", ["nothing", "%00", "é", "c" + "1" * 24, "x" * 5_000])
    def test_an_unknown_one_is_not_found(self, api, path, id):
        assert_error(api.patch(f"{path}/rubrics/{id}", {}), 404, "rubric_not_found")

    def test_that_of_another_autouser_is_not_found(self, api, add, path):
        other = api.post(f"{path}/duplicate").json()["id"]
        refused = api.patch(f"/api/v1/autousers/{other}/rubrics/{add()['id']}", {"name": "x"})
        assert_error(refused, 404, "rubric_not_found")


def test_the_documented_prefix_is_accepted(api, add, path):
    rubric = add()
    assert api.patch(f"{path}/rubrics/rub_{rubric['id']}", {}).json() == rubric


def test_frozen_is_frozen_for_the_whole_autouser(api, add, autouser, path):
    add()
    api.post(f"{path}/calibration/freeze")
    assert Autouser.objects.get(pk=autouser.pk).is_frozen
