"""Studies that end by themselves when enough people have rated all of it."""

import pytest

from autousers.runs.expiry import end_expired
from evaluations.models import Evaluation
from teams.models import Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member
from tests.ratings.rating import create, rate, rated
from webhooks.models import WebhookEvent


@pytest.fixture
def people(team):
    return [
        ApiClient(make_key(team, make_member(team, Role.EDITOR, f"rater{number}@example.org")))
        for number in range(3)
    ]


def status():
    return Evaluation.objects.get().status


def test_it_ends_when_so_many_have_rated_everything(api, people, endpoint):
    study = create(api, stimuli=2, endsAtPeople=2)
    for person in people:
        rated(person, study, 0, overall=3)
    rated(people[0], study, 1, overall=3)
    assert end_expired() == 0
    assert status() == "Running"
    assert rate(people[1], study, 1, dimensionRatings={}, skipReason="broken").status_code == 201
    WebhookEvent.objects.all().delete()
    assert end_expired() == 1
    assert status() == "Ended"
    events = WebhookEvent.objects.values_list("type", flat=True)
    assert sorted(events) == ["evaluation.completed", "evaluation.status_changed"]
    assert end_expired() == 0


def test_one_person_who_rates_often_counts_once(api, people):
    study = create(api, endsAtPeople=2, allowMultipleRatings=True)
    for _ in range(3):
        rated(people[0], study, overall=3)
    assert end_expired() == 0


def test_runs_that_are_under_way_hold_it_up(api, people):
    study = create(
        api,
        endsAtPeople=1,
        evaluationMethod="both",
        selectedAutousers=[{"autouserId": "novice", "agentCount": 1}],
    )
    api.post(f"/api/v1/evaluations/{study['id']}/run-autousers", {})
    rated(people[0], study, overall=3)
    assert end_expired() == 0
    api.post(f"/api/v1/evaluations/{study['id']}/stop-autousers", {})
    assert status() == "Ended"


def test_a_study_that_was_reopened_is_ended_by_hand(api, people):
    study = create(api, endsAtPeople=1)
    rated(people[0], study, overall=3)
    end_expired()
    api.patch(f"/api/v1/evaluations/{study['id']}", {"status": "Running"})
    assert end_expired() == 0
    assert status() == "Running"


@pytest.mark.parametrize("value", [0, -1, 100_001, "2", 1.5, True])
def test_other_numbers_are_refused(api, value):
    study = create(api)
    answer = api.patch(f"/api/v1/evaluations/{study['id']}", {"endsAtPeople": value})
    assert_error(answer, 400, "validation_failed", "endsAtPeople")


def test_null_takes_it_back(api):
    study = create(api, endsAtPeople=2)
    assert study["endsAtPeople"] == 2
    answer = api.patch(f"/api/v1/evaluations/{study['id']}", {"endsAtPeople": None})
    assert answer.json()["endsAtPeople"] is None
