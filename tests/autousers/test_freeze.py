"""Freezing: which rubric, what it answers, and exactly one event."""

import json

import pytest

from teams.models import Plan
from tests.autousers.studies import make_study, rate_all
from tests.clients import assert_error
from webhooks.models import WebhookEvent


@pytest.fixture
def rubric(api, path):
    return api.post(f"{path}/rubrics", {"criteriaText": "Judge fairly."}).json()


@pytest.fixture
def freeze(api, path):
    def freeze(**body):
        return api.post(f"{path}/calibration/freeze", body)

    return freeze


def events():
    return [
        json.loads(bytes(event.payload))["data"]["object"]
        for event in WebhookEvent.objects.filter(type="calibration.frozen").order_by("sequence")
    ]


class TestFreeze:
    def test_it_answers_the_autouser_and_its_rubric(self, api, path, persona, rubric, freeze):
        response = freeze(commitMessage="Good enough")

        body = response.json()
        assert response.status_code == 200
        now = api.get(f"{path}/rubrics").json()["data"][0]
        assert now == {**rubric, "status": "frozen", "isFrozen": True, "krippendorffAlpha": None,
                       "commitMessage": "Good enough", "frozenAt": now["frozenAt"],
                       "updatedAt": now["updatedAt"]}  # fmt: skip
        assert body == {**persona, "calibrationStatus": "frozen", "activeRubricId": rubric["id"],
                        "updatedAt": body["updatedAt"], "rubricId": rubric["id"],
                        "rubric": now}  # fmt: skip

    def test_it_is_announced_with_what_was_measured(self, api, team, autouser, rubric, freeze,
                                                    path):  # fmt: skip
        study = make_study(team)
        rate_all(study, autouser, ours=[1, 2, 4, 5], theirs=[1, 2, 4, 4], rubric_version="v1")
        alpha = api.post(f"{path}/calibration/start").json()["krippendorffAlpha"]

        frozen = freeze().json()

        assert alpha > 0.6
        assert frozen["rubric"]["krippendorffAlpha"] == alpha
        assert events() == [
            {
                "autouser": {
                    "id": autouser.pk,
                    "name": "Night-shift nurse",
                    "calibrationStatus": "frozen",
                    "activeRubricId": rubric["id"],
                },
                "rubric": {
                    "id": rubric["id"],
                    "version": 1,
                    "krippendorffAlpha": alpha,
                    "frozenAt": frozen["rubric"]["frozenAt"],
                },
            }
        ]

    def test_what_was_measured_of_another_wording_is_not_told(self, api, team, autouser, rubric,
                                                              freeze, path):  # fmt: skip
        rate_all(make_study(team), autouser, ours=[1, 2, 4, 5], theirs=[1, 2, 4, 4])
        assert api.post(f"{path}/calibration/start").json()["status"] == "calibrated"

        api.patch(f"{path}/rubrics/{rubric['id']}", {"criteriaText": "Judge by the moon."})

        assert api.get(path).json()["calibrationStatus"] == "calibrating"
        assert freeze().json()["rubric"]["krippendorffAlpha"] is None

    def test_again_is_no_change_and_no_event(self, rubric, freeze):
        first = freeze(commitMessage="once").json()

        assert freeze().json() == first
        assert freeze(rubricId=rubric["id"], commitMessage="twice").json() == first
        assert len(events()) == 1

    def test_a_draft_that_is_named_becomes_the_one(self, api, path, rubric, freeze):
        draft = api.post(f"{path}/rubrics", {"criteriaText": "Judge harder."}).json()["id"]

        body = freeze(rubricId=draft).json()

        assert (body["rubricId"], body["activeRubricId"]) == (draft, draft)
        listed = api.get(f"{path}/rubrics").json()["data"]
        assert [row["status"] for row in listed] == ["frozen", "draft"]

    def test_each_rubric_has_its_own_event(self, api, path, rubric, freeze):
        freeze()
        second = api.post(f"{path}/rubrics", {"criteriaText": "Judge harder."}).json()["id"]

        freeze(rubricId=second)

        assert [event["rubric"]["version"] for event in events()] == [1, 2]

    def test_without_a_rubric_it_is_refused(self, freeze, persona, api, path):
        assert_error(freeze(), 400, "no_rubric", "rubricId")
        assert api.get(path).json() == persona
        assert events() == []

    def test_an_unknown_rubric_is_not_found(self, api, path, rubric, freeze):
        other = api.post(f"{path}/duplicate").json()["id"]
        url = f"/api/v1/autousers/{other}/rubrics"
        foreign = api.post(url, {"criteriaText": "x"}).json()["id"]

        for id in ("nothing", "c" + "1" * 24, foreign):
            assert_error(freeze(rubricId=id), 404, "rubric_not_found", "rubricId")
        assert events() == []

    @pytest.mark.parametrize(
        ("body", "param"),
        [({"rubricId": ""}, "rubricId"), ({"rubricId": 5}, "rubricId"),
         ({"commitMessage": "x" * 501}, "commitMessage"), ({"commitMessage": []}, "commitMessage")],
    )  # fmt: skip
    def test_what_does_not_fit_is_refused(self, rubric, freeze, body, param):
        assert_error(freeze(**body), 400, "validation_failed", param)
        assert events() == []

    def test_a_repeated_key_answers_the_same(self, api, path, rubric):
        headers = {"Idempotency-Key": "freeze"}
        url = f"{path}/calibration/freeze"

        first, second = (api.post(url, {}, headers=headers).json() for _ in range(2))

        assert first == second


ROUTES = [("GET", ""), ("GET", "/status"), ("POST", "/start"), ("POST", "/optimize"),
          ("POST", "/freeze")]  # fmt: skip


@pytest.mark.parametrize(("method", "below"), ROUTES)
class TestPlan:
    def test_the_free_plan_is_sent_to_upgrade(self, api, team, path, method, below):
        team.plan = Plan.FREE
        team.save()

        error = assert_error(
            api.generic(method, f"{path}/calibration{below}", b""), 403, "plan_upgrade_required"
        )

        assert error["message"] == (
            "Calibration needs the Team, Pro or Enterprise plan; this team is on the Free plan."
        )

    @pytest.mark.parametrize("plan", [Plan.TEAM, Plan.PRO, Plan.ENTERPRISE])
    def test_the_others_are_let_in(self, api, team, path, method, below, plan):
        team.plan = plan
        team.save()
        assert api.generic(method, f"{path}/calibration{below}", b"").status_code in (200, 202, 400)
