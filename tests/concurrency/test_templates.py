"""Templates and drafts that are changed, selected, deleted and rated at the same moment."""

import threading

import pytest
from django.db import connection, transaction

from evaluations.models import Comparison, Evaluation, EvaluationDimension, Template
from ratings.models import Rating
from tests.autousers.studies import rate_by
from tests.clients import ApiClient
from tests.concurrency.threads import PATIENCE, at_once, until_blocked

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

TEMPLATES, EVALUATIONS = "/api/v1/templates", "/api/v1/evaluations"


@pytest.fixture
def template(api):
    body = {"name": "x", "dimensions": [{"id": "calm", "label": "Calm"}]}
    return api.post(TEMPLATES, body).json()


def test_versions_have_no_gaps_whoever_changes_it(api, template):
    path = f"{TEMPLATES}/{template['id']}"

    results = at_once(
        [
            lambda n=n: ApiClient(api.token).patch(path, {"name": f"n{n}"}).json()["version"]
            for n in range(20)
        ]
    )

    assert sorted(results) == list(range(2, 22))
    rows = api.get(f"{path}/versions?limit=100").json()["data"]
    assert [row["version"] for row in rows] == list(range(21, 0, -1))
    assert rows[0]["snapshot"] == api.get(path).json()


def test_members_of_a_set_are_made_once(api, template):
    path = f"{TEMPLATES}/{template['id']}"
    lists = [
        [{"id": "calm", "label": "Calm"}, {"id": "new", "label": f"New {n % 3}"}] for n in range(20)
    ]

    statuses = at_once(
        [
            lambda listed=listed: (
                ApiClient(api.token).patch(path, {"dimensions": listed}).status_code
            )
            for listed in lists
        ]
    )

    assert set(statuses) == {200}
    members = Template.objects.filter(set=template["id"]).order_by("key")
    assert [one.key for one in members] == ["calm", "new"]
    assert api.get(path).json()["dimensions"][1]["label"] == members[1].name


class TestDeletingWhatIsBeingSelected:
    @pytest.mark.parametrize("selected", ["calm", "the set"])
    def test_either_the_study_has_it_or_it_is_unknown(self, api, selected):
        """Nobody gets a 500, and no study is rated on what is not there."""
        for _ in range(10):
            body = {"name": "x", "dimensions": [{"id": "calm", "label": "Calm"}]}
            pk = api.post(TEMPLATES, body).json()["id"]
            wanted = pk if selected == "the set" else "calm"
            study = {"name": "x", "selectedDimensionIds": ["overall", wanted]}

            made, gone = at_once(
                [
                    lambda study=study: ApiClient(api.token).post(EVALUATIONS, study),
                    lambda pk=pk: ApiClient(api.token).delete(f"{TEMPLATES}/{pk}"),
                ]
            )

            if gone.status_code == 200:
                assert made.json()["error"]["code"] == "unknown_dimension"
            else:
                assert gone.json()["error"]["code"] == "template_in_use"
                assert made.status_code == 201
                api.delete(f"{EVALUATIONS}/{made.json()['id']}")
                api.delete(f"{TEMPLATES}/{pk}")
        assert not EvaluationDimension.objects.exclude(template="overall").exists()

    def test_one_that_was_found_and_then_deleted_is_unknown(self, api, template, monkeypatch):
        """The moment between finding and saving, held open."""
        from evaluations.studies import services

        consume = services.quotas.consume

        def delete_meanwhile(**values):
            thread = threading.Thread(target=delete)
            thread.start()
            thread.join(10)
            return consume(**values)

        def delete():
            try:
                response = ApiClient(api.token).delete(f"{TEMPLATES}/{template['id']}")
                assert response.status_code == 200
            finally:
                connection.close()

        monkeypatch.setattr(services.quotas, "consume", delete_meanwhile)
        response = api.post(
            EVALUATIONS, {"name": "x", "selectedDimensionIds": ["overall", template["id"]]}
        )

        assert response.status_code == 400, response.content
        assert response.json()["error"]["param"] == "selectedDimensionIds.1"
        assert not Evaluation.objects.exists()


def test_a_rating_given_while_a_draft_waited_is_not_deleted(api, owner, evaluation):
    """The draft gets the row as it is after the wait, and must count ratings then, too."""
    api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"status": "Running"})
    held = threading.Event()

    def rate_and_end():
        with transaction.atomic():
            row = Evaluation.objects.locked().get()
            held.set()
            rate_by(owner, Comparison.objects.get(), {"overall": 4})
            row.move_to("Ended")
            until_blocked()

    def save():
        assert held.wait(PATIENCE)
        path = f"{EVALUATIONS}/{evaluation['id']}/draft"
        body = {"designUrls": [{"url": "https://example.com/other"}]}
        return ApiClient(api.token).patch(path, body)

    _, response = at_once([rate_and_end, save])

    assert response.status_code == 400, response.content
    assert response.json()["error"]["param"] == "designUrls"
    assert Rating.objects.count() == 1


def test_drafts_saved_at_once_leave_one_whole_study(api, evaluation):
    path = f"{EVALUATIONS}/{evaluation['id']}/draft"

    def save(number):
        count = number % 3 + 1
        body = {
            "designUrls": [{"url": f"https://example.com/{number}"}] * count,
            "selectedDimensionIds": ["own", "overall"][:count],
            "customDimensions": [{"id": "own", "name": f"Own {number}"}],
        }
        return ApiClient(api.token).patch(path, body).status_code

    assert set(at_once([lambda n=n: save(n) for n in range(15)])) == {200}

    answer = api.get(f"{EVALUATIONS}/{evaluation['id']}").json()
    designs = answer["metadata"]["designUrls"]
    shown = Comparison.objects.order_by("position").values_list("stimulus", flat=True)
    assert list(shown) == designs
    rows = EvaluationDimension.objects.order_by("position")
    assert [row.dimension_id for row in rows] == answer["metadata"]["selectedDimensionIds"]
    own = Template.objects.get(key="own")
    assert own.name == answer["metadata"]["customDimensions"][0]["name"]
    assert own.versions.count() == own.version
