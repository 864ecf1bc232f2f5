"""Many callers at one autouser: one freeze, one event, versions without gaps."""

import json

import pytest

from autousers.models import Autouser, Rubric
from tests.clients import ApiClient
from tests.concurrency.threads import at_once
from webhooks.models import WebhookDelivery, WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def path(api):
    body = {"name": "Night-shift nurse", "systemPrompt": "You are tired."}
    return f"/api/v1/autousers/{api.post('/api/v1/autousers', body).json()['id']}"


@pytest.fixture
def rubrics(api, path):
    """The ids of three versions; the first one is active."""
    texts = ("Judge fairly.", "Judge harder.", "Judge hardest.")
    return [api.post(f"{path}/rubrics", {"criteriaText": text}).json()["id"] for text in texts]


def frozen():
    return [
        json.loads(bytes(event.payload))["data"]["object"]["rubric"]["id"]
        for event in WebhookEvent.objects.filter(type="calibration.frozen")
    ]


class TestFreezing:
    def test_many_freeze_it_once(self, api, path, rubrics, endpoint):
        def freeze():
            response = ApiClient(api.token).post(f"{path}/calibration/freeze")
            return response.status_code, json.dumps(response.json(), sort_keys=True)

        results = at_once([freeze] * 40)

        assert {status for status, _ in results} == {200}
        assert len({body for _, body in results}) == 1
        assert frozen() == [rubrics[0]]
        assert WebhookDelivery.objects.filter(event__type="calibration.frozen").count() == 1

    def test_both_routes_freeze_it_once(self, api, path, rubrics):
        client = lambda: ApiClient(api.token)  # noqa: E731
        jobs = [
            lambda: client().post(f"{path}/calibration/freeze").status_code,
            lambda: (
                client().patch(f"{path}/rubrics/{rubrics[0]}", {"status": "frozen"}).status_code
            ),
        ]

        assert set(at_once(jobs * 15)) == {200}
        assert frozen() == [rubrics[0]]

    def test_different_ones_leave_the_last_one_in_charge(self, api, path, rubrics):
        def freeze(id):
            return ApiClient(api.token).post(f"{path}/calibration/freeze", {"rubricId": id})

        replies = at_once([lambda id=id: freeze(id).status_code for id in rubrics * 8])

        assert set(replies) == {200}
        assert sorted(frozen()) == sorted(rubrics)
        autouser = Autouser.objects.get(team__isnull=False)
        assert autouser.calibration_status == "frozen"
        assert autouser.active_rubric_id in rubrics

    def test_an_edit_comes_before_it_or_is_refused(self, api, path, rubrics):
        url = f"{path}/rubrics/{rubrics[0]}"

        def edit(number):
            response = ApiClient(api.token).patch(url, {"criteriaText": f"Edit {number}."})
            return response.status_code, response.json()

        def freeze():
            response = ApiClient(api.token).post(f"{path}/calibration/freeze")
            return 0, response.json()["rubric"]

        jobs = [lambda n=n: edit(n) for n in range(20)]
        results = at_once([*jobs[:10], freeze, *jobs[10:]])

        (locked,) = [body for status, body in results if status == 0]
        assert {status for status, _ in results} <= {0, 200, 400}
        assert Rubric.objects.get(pk=rubrics[0]).criteria_text == locked["criteriaText"]


class TestVersions:
    def test_they_have_no_gaps_and_one_is_active(self, api, path):
        def add(number):
            body = {"criteriaText": f"Version {number}."}
            return ApiClient(api.token).post(f"{path}/rubrics", body).status_code

        assert set(at_once([lambda n=n: add(n) for n in range(40)])) == {201}

        rows = Rubric.objects.order_by("version")
        assert [row.version for row in rows] == list(range(1, 41))
        assert [row.status for row in rows] == ["active"] + ["draft"] * 39

    def test_one_stays_active_whoever_is_made_so(self, api, path, rubrics):
        def activate(id):
            url = f"{path}/rubrics/{id}"
            return ApiClient(api.token).patch(url, {"status": "active"}).status_code

        assert set(at_once([lambda id=id: activate(id) for id in rubrics * 8])) == {200}

        (active,) = Rubric.objects.filter(status="active")
        assert Autouser.objects.get(team__isnull=False).active_rubric_id == active.pk
