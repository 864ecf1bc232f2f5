"""Monthly quotas: what counts, what is refused, what comes back, and when a month begins anew."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import IntegrityError, transaction

from teams.limits import quotas
from teams.limits.plans import PLAN_LIMITS, PlanLimits, limits_of
from teams.limits.quotas import Period, QuotaExceeded
from teams.models import Meter, Plan, QuotaCounter
from tests.clients import assert_error

pytestmark = pytest.mark.django_db

EVALUATIONS = "/api/v1/evaluations"
NOVEMBER = datetime(2026, 11, 30, 23, 59, 59, 999_000, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
METER = Meter.AUTOUSER_RATINGS


@pytest.fixture
def limited(team):
    """The team, with 10 autouser ratings a month."""
    team.autouser_ratings_limit = 10
    team.save()
    return team


def counted(team, meter=METER):
    """(used, reserved) of this month."""
    count = quotas.counts(team=team, period=Period.current())[meter]
    return count.used, count.reserved


class TestPlans:
    @pytest.mark.parametrize(
        ("plan", "expected"),
        [
            ("free", PlanLimits(60, 50, 250, 5, 100, 1_000)),
            ("team", PlanLimits(120, 500, 5_000, 100, 1_000, 10_000)),
            ("pro", PlanLimits(600, 2_000, 20_000, None, 10_000, 100_000)),
            ("enterprise", PlanLimits(None, None, None, None)),
        ],
    )
    def test_they_have_the_documented_limits(self, team, plan, expected):
        team.plan = plan
        assert limits_of(team) == expected == PLAN_LIMITS[Plan(plan)]

    def test_a_teams_own_limit_goes_before_the_plans(self, team):
        team.plan, team.evaluations_limit, team.rpm_limit = "enterprise", 7, 0
        assert limits_of(team) == PlanLimits(0, None, None, 7)


class TestConsume:
    def test_it_counts_up_to_the_limit_and_no_further(self, limited):
        quotas.consume(team=limited, meter=METER, amount=9)
        quotas.consume(team=limited, meter=METER)
        with pytest.raises(QuotaExceeded) as refused:
            quotas.consume(team=limited, meter=METER)

        assert counted(limited) == (10, 0)
        assert "10 autouser ratings on the Pro plan" in refused.value.message
        assert refused.value.headers == {}

    @pytest.mark.parametrize("before", [0, 1])
    def test_it_is_all_or_nothing(self, limited, before):
        if before:
            quotas.consume(team=limited, meter=METER, amount=before)
        with pytest.raises(QuotaExceeded):
            quotas.consume(team=limited, meter=METER, amount=11 - before)
        assert counted(limited) == (before, 0)

    def test_a_limit_of_nothing_lets_nothing_through(self, limited):
        limited.autouser_ratings_limit = 0
        with pytest.raises(QuotaExceeded):
            quotas.consume(team=limited, meter=METER)

    def test_without_a_limit_it_only_counts(self, team):
        for _ in range(3):
            quotas.consume(team=team, meter=Meter.EVALUATIONS, amount=1_000_000)
        assert counted(team, Meter.EVALUATIONS) == (3_000_000, 0)
        assert quotas.remaining(team=team, meter=Meter.EVALUATIONS) is None

    def test_what_is_reserved_is_not_there_to_be_used(self, limited):
        quotas.reserve(team=limited, meter=METER, amount=8)
        with pytest.raises(QuotaExceeded):
            quotas.consume(team=limited, meter=METER, amount=3)
        quotas.consume(team=limited, meter=METER, amount=2)
        assert quotas.remaining(team=limited, meter=METER) == 0

    def test_teams_and_meters_are_counted_apart(self, limited, other_team):
        quotas.consume(team=limited, meter=METER, amount=10)
        quotas.consume(team=limited, meter=Meter.HUMAN_RATINGS, amount=10)
        quotas.consume(team=other_team, meter=METER, amount=10)
        assert counted(other_team) == (10, 0)

    def test_a_change_that_fails_gives_its_quota_back(self, limited):
        with transaction.atomic():
            quotas.consume(team=limited, meter=METER, amount=10)
            transaction.set_rollback(True)
        assert counted(limited) == (0, 0)
        quotas.consume(team=limited, meter=METER, amount=10)

    def test_after_a_downgrade_there_is_nothing_left_and_never_less(self, limited):
        quotas.consume(team=limited, meter=METER, amount=10)
        limited.autouser_ratings_limit = 5
        assert quotas.remaining(team=limited, meter=METER) == 0

    @pytest.mark.parametrize("amount", [0, -1])
    def test_an_amount_that_is_not_positive_is_a_bug(self, limited, amount):
        for ask in (quotas.consume, quotas.reserve):
            with pytest.raises(ValueError, match="positive"):
                ask(team=limited, meter=METER, amount=amount)


class TestReservations:
    def test_settling_uses_what_was_reserved(self, limited):
        period = quotas.reserve(team=limited, meter=METER, amount=6)
        quotas.settle(team=limited, meter=METER, period=period, amount=4)
        quotas.release(team=limited, meter=METER, period=period, amount=2)
        assert counted(limited) == (4, 0)
        assert quotas.remaining(team=limited, meter=METER) == 6

    @pytest.mark.parametrize("end", [quotas.settle, quotas.release])
    def test_more_than_was_reserved_cannot_end(self, limited, end):
        period = quotas.reserve(team=limited, meter=METER, amount=2)
        with pytest.raises(LookupError):
            end(team=limited, meter=METER, period=period, amount=3)
        with pytest.raises(LookupError):
            end(team=limited, meter=METER, period=Period(date(2020, 1, 1)), amount=1)
        assert counted(limited) == (0, 2)

    def test_the_database_keeps_a_counter_from_going_below_nothing(self, limited):
        quotas.reserve(team=limited, meter=METER, amount=2)
        with pytest.raises(IntegrityError), transaction.atomic():
            QuotaCounter.objects.update(reserved=-1)


class TestMonths:
    def test_the_next_month_begins_anew_without_anybody_doing_anything(self, limited):
        with time_machine.travel(NOVEMBER, tick=False):
            quotas.consume(team=limited, meter=METER, amount=10)
            with pytest.raises(QuotaExceeded, match="01 December 2026, 00:00 UTC"):
                quotas.consume(team=limited, meter=METER)
        with time_machine.travel(DECEMBER, tick=False):
            quotas.consume(team=limited, meter=METER, amount=10)

    def test_what_was_reserved_last_month_is_settled_there(self, limited):
        with time_machine.travel(NOVEMBER, tick=False):
            period = quotas.reserve(team=limited, meter=METER, amount=10)
        with time_machine.travel(DECEMBER, tick=False):
            quotas.settle(team=limited, meter=METER, period=period, amount=10)
            assert counted(limited) == (0, 0)
        with time_machine.travel(NOVEMBER, tick=False):
            assert counted(limited) == (10, 0)

    @pytest.mark.parametrize(
        ("first", "end"), [(date(2026, 11, 1), (2026, 12, 1)), (date(2026, 12, 1), (2027, 1, 1))]
    )
    def test_a_month_ends_where_the_next_begins(self, first, end):
        period = Period(first)
        assert period.start == datetime(first.year, first.month, 1, tzinfo=UTC)
        assert period.end == datetime(*end, tzinfo=UTC)


class TestOnlyLogging:
    def test_it_counts_on_and_warns(self, limited, settings, caplog):
        settings.QUOTA_MODE = "log"
        quotas.consume(team=limited, meter=METER, amount=10)
        assert not caplog.records
        quotas.consume(team=limited, meter=METER, amount=5)
        assert counted(limited) == (15, 0)
        assert "over its quota of 10 autouser ratings: 15" in caplog.text


class TestEvaluations:
    @pytest.fixture(autouse=True)
    def two_a_month(self, team):
        team.evaluations_limit = 2
        team.save()

    def test_making_one_uses_one_and_deleting_it_gives_nothing_back(self, api, team):
        first = api.post(EVALUATIONS, {"name": "one"}).json()
        api.post(EVALUATIONS, {"name": "two"})
        assert api.delete(f"{EVALUATIONS}/{first['id']}").status_code == 200

        refused = api.post(EVALUATIONS, {"name": "three"})

        error = assert_error(refused, 429, "quota_exceeded")
        assert error["type"] == "rate_limit_error"
        assert "Retry-After" not in refused
        assert counted(team, Meter.EVALUATIONS) == (2, 0)
        assert len(api.get(EVALUATIONS).json()["data"]) == 1

    def test_one_that_is_refused_or_repeated_uses_none(self, api, team):
        assert api.post(EVALUATIONS, {}).status_code == 400
        for _ in range(3):
            api.post(EVALUATIONS, {"name": "one"}, headers={"Idempotency-Key": "k"})
        assert counted(team, Meter.EVALUATIONS) == (1, 0)
