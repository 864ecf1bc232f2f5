"""How long a drain stays, and when it calls for the next."""

import pytest

from webhooks.delivery.lifetime import HELPER_LINGER, OVERLAP, Shift

START = 1_000.0
LINGER = 45.0
LIMIT = 180.0


@pytest.fixture
def shift() -> Shift:
    return Shift(START, linger=LINGER, limit=LIMIT)


@pytest.fixture
def first(shift: Shift) -> Shift:
    shift.turn(START, first=True)
    return shift


def at(shift: Shift, moment: float, *, first: bool) -> Shift:
    shift.turn(moment, first=first)
    return shift


class TestTheFirst:
    def test_it_stays_for_its_time_though_nothing_comes(self, first):
        assert not at(first, START + LINGER - 0.1, first=True).may_leave()
        assert at(first, START + LINGER, first=True).may_leave()

    def test_without_work_it_calls_for_nobody(self, first):
        for second in range(200):
            assert not at(first, START + second, first=True).calls_for_the_next(idle=True)

    def test_with_work_it_calls_for_the_next_and_stays_until_that_one_listens(self, first):
        first.worked(needed=True)
        called = START + LINGER

        assert not at(first, called - 0.1, first=True).calls_for_the_next(idle=True)
        assert at(first, called, first=True).calls_for_the_next(idle=True)
        assert not first.may_leave()
        first.called()
        assert not first.calls_for_the_next(idle=True)
        assert not at(first, called + OVERLAP - 0.1, first=True).may_leave()
        assert at(first, called + OVERLAP, first=True).may_leave()

    def test_while_it_is_busy_it_calls_only_before_it_must_leave(self, first):
        first.worked(needed=True)
        near = START + LIMIT - OVERLAP

        assert not at(first, near - 0.1, first=True).calls_for_the_next(idle=False)
        assert at(first, near, first=True).calls_for_the_next(idle=False)

    def test_when_it_could_not_leave_in_time_it_calls_again(self, first):
        """Who came has gone: there was nothing to help with."""
        first.worked(needed=True)
        at(first, START + LINGER, first=True).called()

        assert first.next_waits()
        assert at(first, START + LINGER + HELPER_LINGER, first=True).calls_for_the_next(idle=True)
        assert not first.next_waits()

    def test_it_must_leave_at_its_limit_and_no_sooner(self, first):
        assert not at(first, START + LIMIT - 0.1, first=True).must_leave()
        assert at(first, START + LIMIT, first=True).must_leave()


class TestAHelper:
    def test_it_goes_when_it_was_not_needed(self, shift):
        for moment in (START + 1, START + HELPER_LINGER - 0.1):
            assert not at(shift, moment, first=False).may_leave()
            assert not shift.must_leave()
            shift.worked(needed=False)
        at(shift, START + HELPER_LINGER, first=False)

        assert shift.may_leave()
        assert shift.must_leave()  # though it waits for an endpoint that hangs

    def test_it_stays_while_it_is_needed_however_long(self, shift):
        """The first one may stand still, and hold its place meanwhile."""
        for second in range(100):
            at(shift, START + second, first=False).worked(needed=True)
            assert not shift.must_leave()
        late = START + 99 + HELPER_LINGER

        assert not at(shift, late - 0.1, first=False).may_leave()
        assert at(shift, late, first=False).may_leave()

    def test_it_calls_for_nobody(self, shift):
        shift.worked(needed=True)

        assert not at(shift, START + LIMIT, first=False).calls_for_the_next(idle=True)


class TestARoleThatChanges:
    def test_a_helper_that_becomes_the_first_begins_its_time(self, shift):
        at(shift, START + 4, first=False).worked(needed=True)
        at(shift, START + 6, first=True)

        assert not at(shift, START + 6 + LINGER - 0.1, first=True).calls_for_the_next(idle=True)
        assert at(shift, START + 6 + LINGER, first=True).calls_for_the_next(idle=True)

    def test_a_first_one_that_lost_its_place_has_time_to_get_it_back(self, first):
        first.worked(needed=True)
        at(first, START + 30, first=False)

        assert not first.may_leave()
        assert not at(first, START + 30 + HELPER_LINGER - 0.1, first=False).must_leave()

    def test_the_limit_counts_from_the_beginning(self, shift):
        for second in range(170):
            at(shift, START + second, first=False).worked(needed=True)

        assert at(shift, START + LIMIT, first=True).must_leave()


def test_without_a_time_to_linger_it_leaves_when_nothing_is_to_do():
    for first in (True, False):
        shift = Shift(START, linger=0, limit=LIMIT)
        shift.turn(START, first=first)
        shift.worked(needed=False)

        assert shift.may_leave()
        assert not shift.calls_for_the_next(idle=True)
        assert not at(shift, START + 100, first=first).must_leave()
