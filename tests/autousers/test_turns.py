"""The turns of a run: the steps of the visit that it shares with others, and calls of a model."""

import pytest
from django.utils import timezone

from autousers.models import AutouserRun, Observation
from tests.autousers.running import make_study, queue, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fake_engine")]

STEPS = [
    {
        "step": "looking",
        "action": "Looking at the first screen",
        "narration": "The page is calm after 0.4 s.",
        "picture": "first-screen.jpg",
        "at": "2026-11-28T09:00:00.250+00:00",
    },
    {"step": "scrolling", "action": "Scrolling", "narration": "Goes down.", "picture": ""},
]


@pytest.fixture
def study(api):
    made = make_study(api, "steps=1&tokens=30", agents=2)
    queue(api, made)
    work()
    visit = Observation.objects.create(
        evaluation_id=made["id"],
        key="k",
        design="https://design.example/",
        observer="browser",
        status="done",
        facts={},
        steps=STEPS,
        files=["first-screen.jpg"],
        ended_at=timezone.now(),
    )
    for run in AutouserRun.objects.all():
        run.observations.add(visit)
    return made


def turns(api, study, run):
    path = f"/api/v1/evaluations/{study['id']}/autouser-runs/{run.pk}/turns"
    return api.get(path).json()


class TestTurns:
    def test_steps_of_the_visit_stand_before_calls_of_the_model(self, api, study):
        run, other = AutouserRun.objects.all()
        visit = Observation.objects.get()

        first, second, call = turns(api, study, run)["data"]

        assert first == {
            "index": 0,
            "inputTokens": 0,
            "outputTokens": 0,
            "cost": 0.0,
            "costUsd": 0.0,
            "createdAt": "2026-11-28T09:00:00.250Z",
            "step": "looking",
            "action": "Looking at the first screen",
            "narration": "The page is calm after 0.4 s.",
            "picture": "first-screen.jpg",
            "observationId": visit.pk,
        }
        assert (second["index"], second["picture"]) == (1, None)
        assert (call["index"], call["inputTokens"], "step" in call) == (2, 30, False)
        assert turns(api, study, other)["data"][0] == first

    def test_steps_cost_nothing(self, api, study):
        run = AutouserRun.objects.first()
        spent = sum(one["inputTokens"] for one in turns(api, study, run)["data"])

        assert spent == run.input_tokens == 30

    def test_a_step_without_a_time_began_with_the_visit(self, api, study):
        second = turns(api, study, AutouserRun.objects.first())["data"][1]
        began = Observation.objects.get().created_at

        assert second["createdAt"][:19] == began.isoformat()[:19]
