"""How long a drain stays, and when it calls for the next."""

import pytest

from webhooks.shift import HELPER_LINGER, OVERLAP, Shift

START = 1_000.0
LINGER = 45.0


@pytest.fixture
def shift() -> Shift:
    return Shift(START, LINGER)


class TestTheFirst:
    def test_it_stays_for_its_time_though_nothing_comes(self, shift):
        assert not shift.is_over(START + LINGER - 0.1, first=True)
        assert shift.is_over(START + LINGER, first=True)

    def test_without_work_it_calls_for_nobody(self, shift):
        assert not shift.calls_for_the_next(START + LINGER, first=True)

    def test_with_work_it_calls_for_the_next_and_stays_until_that_one_listens(self, shift):
        shift.found(START + 3)

        assert not shift.calls_for_the_next(START + LINGER - 0.1, first=True)
        assert shift.calls_for_the_next(START + LINGER, first=True)
        assert not shift.is_over(START + LINGER, first=True)
        assert shift.is_over(START + LINGER + OVERLAP, first=True)


class TestAHelper:
    def test_it_goes_when_there_is_nothing_to_help_with(self, shift):
        assert not shift.is_over(START + HELPER_LINGER - 0.1, first=False)
        assert shift.is_over(START + HELPER_LINGER, first=False)

    def test_it_stays_while_it_finds_something_however_long(self, shift):
        """The first one may stand still, and hold its place meanwhile."""
        for second in range(100):
            shift.found(START + second)
        late = START + 99 + HELPER_LINGER

        assert not shift.is_over(late - 0.1, first=False)
        assert shift.is_over(late, first=False)

    def test_it_calls_for_nobody(self, shift):
        shift.found(START)

        assert not shift.calls_for_the_next(START + 2 * LINGER, first=False)

    def test_one_that_is_to_end_at_once_does(self):
        assert Shift(START, 0).is_over(START, first=False)
