"""How long a drain stays, and when it calls for the next."""

import pytest

from webhooks.shift import HELPER_LINGER, OVERLAP, Shift

START = 1_000.0
LINGER = 45.0
LIMIT = 180.0


@pytest.fixture
def shift() -> Shift:
    return Shift(START, linger=LINGER, limit=LIMIT)


class TestTheFirst:
    def test_it_stays_for_its_time_though_nothing_comes(self, shift):
        assert not shift.may_leave(START + LINGER - 0.1, first=True)
        assert shift.may_leave(START + LINGER, first=True)

    def test_without_work_it_calls_for_nobody(self, shift):
        for second in range(200):
            assert not shift.calls_for_the_next(START + second, first=True, idle=True)

    def test_with_work_it_calls_for_the_next_and_stays_until_that_one_listens(self, shift):
        shift.found(START + 3)
        called = START + LINGER

        assert not shift.calls_for_the_next(called - 0.1, first=True, idle=True)
        assert shift.calls_for_the_next(called, first=True, idle=True)
        assert not shift.may_leave(called, first=True)
        shift.called(called)
        assert not shift.calls_for_the_next(called + 0.1, first=True, idle=True)
        assert not shift.may_leave(called + OVERLAP - 0.1, first=True)
        assert shift.may_leave(called + OVERLAP, first=True)

    def test_while_it_is_busy_it_calls_only_before_it_must_leave(self, shift):
        shift.found(START + 3)

        assert not shift.calls_for_the_next(START + LIMIT - OVERLAP - 0.1, first=True, idle=False)
        assert shift.calls_for_the_next(START + LIMIT - OVERLAP, first=True, idle=False)

    def test_when_it_could_not_leave_in_time_it_calls_again(self, shift):
        """Who came has gone: there was nothing to help with."""
        shift.found(START + 3)
        shift.called(START + LINGER)
        later = START + LINGER + HELPER_LINGER

        assert shift.calls_for_the_next(later, first=True, idle=True)

    def test_it_must_leave_at_its_limit(self, shift):
        assert not shift.must_leave(START + LIMIT - 0.1)
        assert shift.must_leave(START + LIMIT)


class TestAHelper:
    def test_it_goes_when_there_is_nothing_to_help_with(self, shift):
        assert not shift.may_leave(START + HELPER_LINGER - 0.1, first=False)
        assert shift.may_leave(START + HELPER_LINGER, first=False)

    def test_it_stays_while_it_finds_something_however_long(self, shift):
        """The first one may stand still, and hold its place meanwhile."""
        for second in range(100):
            shift.found(START + second)
        late = START + 99 + HELPER_LINGER

        assert not shift.may_leave(late - 0.1, first=False)
        assert shift.may_leave(late, first=False)

    def test_it_calls_for_nobody(self, shift):
        shift.found(START)

        assert not shift.calls_for_the_next(START + LIMIT, first=False, idle=True)

    def test_one_that_is_to_end_at_once_does(self):
        assert Shift(START, linger=0, limit=LIMIT).may_leave(START, first=False)
