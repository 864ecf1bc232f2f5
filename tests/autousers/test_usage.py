"""`GET /usage`: the quotas of a month, and what runs used in the last days."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from autousers.models import Autouser, AutouserRun
from evaluations.models import Comparison, Evaluation
from teams.auth.authentication import ACTIVE_TEAM
from teams.limits import quotas
from teams.models import Meter
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_team

USAGE = "/api/v1/usage"
NOON = datetime(2026, 12, 15, 12, tzinfo=UTC)
NOTHING = {"runs": 0, "tokens": 0, "costUsd": 0}


@pytest.fixture(autouse=True)
def fifteenth_of_december():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def persona(team):
    return Autouser.objects.create(team=team, name="Pia", system_prompt="You are Pia.")


@pytest.fixture
def ran(evaluation, persona):
    """Make a run that ended so many days ago."""

    def make(days=0, *, cost="0.10", tokens=(100, 20), status="completed", of=None, by=None):
        about = Evaluation.objects.get(pk=(of or evaluation)["id"])
        at = NOON - timedelta(days=days)
        run = AutouserRun(
            team=about.team,
            evaluation=about,
            comparison=Comparison.objects.filter(evaluation=about).first(),
            autouser=by or persona,
            agent=1,
            quota_month=at.date().replace(day=1),
            status=status,
            due_at=None if status != "running" else at,
            error="It broke." if status == "failed" else None,
            estimated_cost_usd=cost,
            input_tokens=tokens[0],
            output_tokens=tokens[1],
            created_at=at,
        )
        run.save_base(raw=True)  # how it came to its end is announced, and not what this is about
        return run

    return make


class TestQuotas:
    def test_it_has_limits_used_and_remaining_of_this_month(self, api, team, evaluation):
        with transaction.atomic():
            period = quotas.reserve(team=team, meter=Meter.AUTOUSER_RATINGS, amount=10)
            quotas.settle(team=team, meter=Meter.AUTOUSER_RATINGS, period=period, amount=4)
            quotas.consume(team=team, meter=Meter.HUMAN_RATINGS)

        body = api.get(USAGE).json()

        daily = body.pop("daily")
        assert body == {
            "plan": "pro",
            "period": {"start": "2026-12-01T00:00:00.000Z", "end": "2027-01-01T00:00:00.000Z"},
            "limits": {
                "rpm": 600,
                "autouser_ratings_mo": 2000,
                "human_ratings_mo": 20000,
                "evals_mo": None,
            },
            "used": {"autouser_ratings_mo": 4, "human_ratings_mo": 1, "evals_mo": 1},
            "remaining": {
                "autouser_ratings_mo": 1990,
                "human_ratings_mo": 19999,
                "evals_mo": None,
            },
            "range": "30d",
            "byok": False,
            "byokConfigured": False,
            "freeQuota": {"used": 4, "limit": 2000},
            "freeRunsRemaining": 1990,
            "freeRunsTotal": 2000,
            "betaUnlimited": False,
            "totals": {
                "runs": 0,
                "inputTokens": 0,
                "outputTokens": 0,
                "costUsd": 0,
                "evaluations": 0,
                "autousersUsed": 0,
            },
            "byEval": [],
            "perRun": {"medianCost": 0, "meanCost": 0, "medianTokens": 0},
        }
        assert len(daily) == 30

    def test_without_a_limit_it_is_null(self, api, team, settings):
        team.plan = "enterprise"
        team.save()
        settings.QUOTA_MODE = "log"
        body = api.get(USAGE).json()
        assert set(body["limits"].values()) == set(body["remaining"].values()) == {None}
        assert (body["freeQuota"]["limit"], body["betaUnlimited"]) == (None, True)


class TestRuns:
    def test_it_adds_up_what_ended_in_the_range(self, api, evaluation, persona, ran, other_team):
        second = api.post(
            "/api/v1/evaluations", {"name": "Two", "designUrls": [{"url": "https://a.io"}]}
        ).json()
        other = Autouser.objects.create(team=persona.team, name="Olaf", system_prompt="Olaf.")
        ran(0, cost="0.10", tokens=(100, 10))
        ran(0, cost="0.20", tokens=(200, 20), status="failed")
        ran(29, cost="0.90", tokens=(900, 90), of=second, by=other)
        ran(30, cost="7")
        ran(0, cost="7", status="cancelled")
        ran(0, cost="7", status="running")
        foreign = ApiClient(make_key(other_team)).post(
            "/api/v1/evaluations", {"name": "F", "designUrls": [{"url": "https://a.io"}]}
        )
        ran(0, cost="7", of=foreign.json())

        body = api.get(USAGE).json()

        assert body["totals"] == {
            "runs": 3,
            "inputTokens": 1200,
            "outputTokens": 120,
            "costUsd": 1.2,
            "evaluations": 2,
            "autousersUsed": 2,
        }
        assert body["byEval"] == [
            {
                "evaluationId": second["id"],
                "evaluationName": "Two",
                "runs": 1,
                "tokens": 990,
                "costUsd": 0.9,
            },
            {
                "evaluationId": evaluation["id"],
                "evaluationName": "Ticket kiosk",
                "runs": 2,
                "tokens": 330,
                "costUsd": 0.3,
            },
        ]
        assert body["daily"][0] == {"date": "2026-11-16", "runs": 1, "tokens": 990, "costUsd": 0.9}
        assert body["daily"][-1] == {"date": "2026-12-15", "runs": 2, "tokens": 330, "costUsd": 0.3}
        assert all(row == {"date": row["date"], **NOTHING} for row in body["daily"][1:-1])
        assert body["perRun"] == {"medianCost": 0.2, "meanCost": 0.4, "medianTokens": 220.0}

    def test_of_an_even_number_the_median_lies_between_the_two_in_the_middle(self, api, ran):
        for cost in ("0.01", "0.02", "0.04", "0.99"):
            ran(cost=cost)
        assert api.get(USAGE).json()["perRun"]["medianCost"] == 0.03

    @pytest.mark.parametrize(("asked", "days"), [("7d", 7), ("30d", 30), ("90d", 90)])
    def test_the_range_is_days_in_utc_today_included(self, api, ran, asked, days):
        ran(days - 1)
        ran(days)
        body = api.get(USAGE, {"range": asked}).json()
        assert (body["range"], len(body["daily"])) == (asked, days)
        assert (body["totals"]["runs"], body["daily"][0]["runs"]) == (1, 1)

    def test_it_names_the_ten_dearest_evaluations(self, api, ran):
        for number in range(12):
            made = api.post(
                "/api/v1/evaluations",
                {"name": f"{number}", "designUrls": [{"url": "https://a.io"}]},
            )
            ran(cost=f"0.{number:02d}", of=made.json())
        names = [row["evaluationName"] for row in api.get(USAGE).json()["byEval"]]
        assert names == [f"{number}" for number in range(11, 1, -1)]

    def test_it_costs_the_same_however_many_runs_there_are(self, api, ran):
        def count():
            with CaptureQueriesContext(connection) as captured:
                api.get(USAGE)
            return len(captured)

        ran()
        count()
        before = count()
        for _ in range(5):
            ran()
        assert count() == before


class TestWho:
    def test_a_key_needs_no_scope(self, team):
        assert ApiClient(make_key(team, scopes=())).get(USAGE).status_code == 200

    def test_a_session_reads_of_the_team_it_acts_on(self, session, owner, team):
        second = make_team(owner=owner, name="Second", plan="free")
        client = session()
        for chosen in (second, team):
            state = client.session
            state[ACTIVE_TEAM] = chosen.pk
            state.save()
            assert client.get(USAGE).json()["plan"] == chosen.plan

    @pytest.mark.parametrize("asked", ["", "1d", "30", "30D", "30d ", "all"])
    def test_another_range_is_refused(self, api, asked):
        error = assert_error(api.get(USAGE, {"range": asked}), 400, "validation_failed", "range")
        assert "7d, 30d, 90d" in error["message"]
