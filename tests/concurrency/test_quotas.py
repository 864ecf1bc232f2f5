"""Many callers want the last of a quota at the same moment: exactly what is left is given out."""

from threading import Event

import pytest
from django.db import transaction

from teams.limits import quotas
from teams.limits.quotas import Period, QuotaExceeded
from teams.models import Meter
from tests.concurrency.threads import PATIENCE, at_once, until_blocked

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

METER = Meter.HUMAN_RATINGS


@pytest.fixture
def limited(team):
    team.human_ratings_limit = 20
    team.save()
    return team


def count(team):
    return quotas.counts(team=team, period=Period.current())[METER]


class TestTheLastOfAQuota:
    def test_of_fifty_that_consume_twenty_may(self, limited):
        def consume() -> bool:
            try:
                with transaction.atomic():
                    quotas.consume(team=limited, meter=METER)
            except QuotaExceeded:
                return False
            return True

        assert sum(at_once([consume] * 50)) == 20
        assert count(limited).used == 20

    def test_what_a_rolled_back_change_took_goes_to_the_one_that_waited(self, limited):
        """A second one waits for the first to end, and then sees what is left."""

        class Abandoned(Exception):
            pass

        held = Event()

        def abandon() -> str:
            try:
                with transaction.atomic():
                    quotas.consume(team=limited, meter=METER, amount=20)
                    held.set()
                    until_blocked()
                    raise Abandoned
            except Abandoned:
                return "abandoned"

        def wait() -> str:
            assert held.wait(PATIENCE)
            with transaction.atomic():
                quotas.consume(team=limited, meter=METER, amount=20)
            return "consumed"

        assert at_once([abandon, wait]) == ["abandoned", "consumed"]
        assert count(limited).used == 20

    def test_reserving_settling_and_releasing_at_once_adds_up(self, limited):
        def run(number: int) -> int:
            try:
                with transaction.atomic():
                    period = quotas.reserve(team=limited, meter=METER, amount=2)
            except QuotaExceeded:
                return 0
            end = quotas.settle if number % 2 else quotas.release
            with transaction.atomic():
                end(team=limited, meter=METER, period=period, amount=2)
            return 2 if number % 2 else 0

        used = sum(at_once([lambda n=n: run(n) for n in range(40)]))

        assert (count(limited).used, count(limited).reserved) == (used, 0)
        assert used <= 20
