"""How long a drain stays, and when it calls for the next."""

import pytest

from webhooks.delivery.lifetime import FOLLOWER_IDLE_TIMEOUT, HANDOVER, Lifetime

START = 1_000.0
IDLE_TIMEOUT = 45.0
TIME_LIMIT = 180.0


@pytest.fixture
def lifetime() -> Lifetime:
    return Lifetime(START, idle_timeout=IDLE_TIMEOUT, time_limit=TIME_LIMIT)


@pytest.fixture
def is_leader(lifetime: Lifetime) -> Lifetime:
    lifetime.advance(START, is_leader=True)
    return lifetime


def at(lifetime: Lifetime, moment: float, *, is_leader: bool) -> Lifetime:
    lifetime.advance(moment, is_leader=is_leader)
    return lifetime


class TestTheFirst:
    def test_it_stays_for_its_time_though_nothing_comes(self, is_leader):
        assert not at(is_leader, START + IDLE_TIMEOUT - 0.1, is_leader=True).may_end()
        assert at(is_leader, START + IDLE_TIMEOUT, is_leader=True).may_end()

    def test_without_work_it_calls_for_nobody(self, is_leader):
        for second in range(200):
            assert not at(is_leader, START + second, is_leader=True).should_call_successor(
                idle=True
            )

    def test_with_work_it_calls_for_the_next_and_stays_until_that_one_listens(self, is_leader):
        is_leader.worked(needed=True)
        successor_called = START + IDLE_TIMEOUT

        assert not at(is_leader, successor_called - 0.1, is_leader=True).should_call_successor(
            idle=True
        )
        assert at(is_leader, successor_called, is_leader=True).should_call_successor(idle=True)
        assert not is_leader.may_end()
        is_leader.successor_called()
        assert not is_leader.should_call_successor(idle=True)
        assert not at(is_leader, successor_called + HANDOVER - 0.1, is_leader=True).may_end()
        assert at(is_leader, successor_called + HANDOVER, is_leader=True).may_end()

    def test_while_it_is_busy_it_calls_only_before_it_must_leave(self, is_leader):
        is_leader.worked(needed=True)
        near = START + TIME_LIMIT - HANDOVER

        assert not at(is_leader, near - 0.1, is_leader=True).should_call_successor(idle=False)
        assert at(is_leader, near, is_leader=True).should_call_successor(idle=False)

    def test_when_it_could_not_leave_in_time_it_calls_again(self, is_leader):
        """Who came has gone: there was nothing to help with."""
        is_leader.worked(needed=True)
        at(is_leader, START + IDLE_TIMEOUT, is_leader=True).successor_called()

        assert is_leader.successor_waits()
        assert at(
            is_leader, START + IDLE_TIMEOUT + FOLLOWER_IDLE_TIMEOUT, is_leader=True
        ).should_call_successor(idle=True)
        assert not is_leader.successor_waits()

    def test_it_must_leave_at_its_limit_and_no_sooner(self, is_leader):
        assert not at(is_leader, START + TIME_LIMIT - 0.1, is_leader=True).must_end()
        assert at(is_leader, START + TIME_LIMIT, is_leader=True).must_end()


class TestAHelper:
    def test_it_goes_when_it_was_not_needed(self, lifetime):
        for moment in (START + 1, START + FOLLOWER_IDLE_TIMEOUT - 0.1):
            assert not at(lifetime, moment, is_leader=False).may_end()
            assert not lifetime.must_end()
            lifetime.worked(needed=False)
        at(lifetime, START + FOLLOWER_IDLE_TIMEOUT, is_leader=False)

        assert lifetime.may_end()
        assert lifetime.must_end()  # though it waits for an endpoint that hangs

    def test_it_stays_while_it_is_needed_however_long(self, lifetime):
        """The first one may stand still, and hold its place meanwhile."""
        for second in range(100):
            at(lifetime, START + second, is_leader=False).worked(needed=True)
            assert not lifetime.must_end()
        late = START + 99 + FOLLOWER_IDLE_TIMEOUT

        assert not at(lifetime, late - 0.1, is_leader=False).may_end()
        assert at(lifetime, late, is_leader=False).may_end()

    def test_it_calls_for_nobody(self, lifetime):
        lifetime.worked(needed=True)

        assert not at(lifetime, START + TIME_LIMIT, is_leader=False).should_call_successor(
            idle=True
        )


class TestARoleThatChanges:
    def test_a_helper_that_becomes_the_first_begins_its_time(self, lifetime):
        at(lifetime, START + 4, is_leader=False).worked(needed=True)
        at(lifetime, START + 6, is_leader=True)

        assert not at(
            lifetime, START + 6 + IDLE_TIMEOUT - 0.1, is_leader=True
        ).should_call_successor(idle=True)
        assert at(lifetime, START + 6 + IDLE_TIMEOUT, is_leader=True).should_call_successor(
            idle=True
        )

    def test_a_leader_that_lost_the_lock_has_time_to_get_it_back(self, is_leader):
        is_leader.worked(needed=True)
        at(is_leader, START + 30, is_leader=False)

        assert not is_leader.may_end()
        assert not at(
            is_leader, START + 30 + FOLLOWER_IDLE_TIMEOUT - 0.1, is_leader=False
        ).must_end()

    def test_the_limit_counts_from_the_beginning(self, lifetime):
        for second in range(170):
            at(lifetime, START + second, is_leader=False).worked(needed=True)

        assert at(lifetime, START + TIME_LIMIT, is_leader=True).must_end()


def test_without_a_time_to_linger_it_leaves_when_nothing_is_to_do():
    for is_leader in (True, False):
        lifetime = Lifetime(START, idle_timeout=0, time_limit=TIME_LIMIT)
        lifetime.advance(START, is_leader=is_leader)
        lifetime.worked(needed=False)

        assert lifetime.may_end()
        assert not lifetime.should_call_successor(idle=True)
        assert not at(lifetime, START + 100, is_leader=is_leader).must_end()
