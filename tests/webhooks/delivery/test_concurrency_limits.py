"""One slow endpoint holds up nobody else. No database, no network."""

from typing import NamedTuple

import pytest

from webhooks.delivery.concurrency import (
    FAST_MS,
    FIRST_ATTEMPT_SHARE,
    INITIAL_LIMIT,
    MAX_SHARE,
    ConcurrencyLimits,
    round_robin,
)

SLOTS = 256
TIMEOUT = 10_000
SLOW = FAST_MS + 1


def start(limits: ConcurrencyLimits, endpoint: str, count: int = 1, *, retry: bool = False) -> None:
    for _ in range(count):
        limits.start(endpoint, retry=retry)


def end(
    limits: ConcurrencyLimits, endpoint: str, count: int = 1, *, ok: bool = True, ms: int = 5
) -> None:
    for _ in range(count):
        limits.end(endpoint, retry=False, ok=ok, ms=ms)


class Due(NamedTuple):
    id: str
    endpoint_id: str
    attempts: int


def candidates(endpoint: str, count: int, attempts: int = 0) -> list[Due]:
    return [Due(f"{endpoint}{number}", endpoint, attempts) for number in range(count)]


class TestTheWidthOfALane:
    def test_it_starts_at_eight(self):
        limits = ConcurrencyLimits(SLOTS)

        assert limits.free_for("a") == INITIAL_LIMIT == 8
        start(limits, "a", 8)
        assert limits.free_for("a") == 0
        assert limits.at_limit() == ["a"]

    def test_each_fast_success_widens_it_by_one(self):
        limits = ConcurrencyLimits(SLOTS)
        start(limits, "a", 8)
        end(limits, "a", 3)

        assert limits.free_for("a") == 8 + 3 - 5

    def test_it_grows_to_a_quarter_of_the_slots_and_no_further(self):
        limits = ConcurrencyLimits(SLOTS)
        for _ in range(SLOTS):
            start(limits, "a")
            end(limits, "a")

        assert limits.free_for("a") == SLOTS // MAX_SHARE == 64

    @pytest.mark.parametrize(("ok", "ms"), [(True, SLOW), (False, 5), (False, SLOW)])
    def test_a_slow_success_and_a_quick_failure_leave_it_as_it_is(self, ok, ms):
        limits = ConcurrencyLimits(SLOTS)
        start(limits, "a")
        end(limits, "a", ok=ok, ms=ms)

        assert limits.free_for("a") == INITIAL_LIMIT

    def test_a_timeout_narrows_it_to_one(self):
        limits = ConcurrencyLimits(SLOTS)
        start(limits, "a", 8)
        end(limits, "a", ok=False, ms=TIMEOUT)

        assert limits.free_for("a") == 0  # the other seven are still on their way
        end(limits, "a", 7, ok=False, ms=TIMEOUT)
        assert limits.free_for("a") == 1

    def test_after_a_timeout_only_a_success_widens_it_again(self):
        limits = ConcurrencyLimits(SLOTS)
        start(limits, "a", 3)
        end(limits, "a", ok=False, ms=TIMEOUT)
        end(limits, "a", ok=False, ms=5)
        assert limits.free_for("a") == 0  # one is on its way
        end(limits, "a")

        assert limits.free_for("a") == 2

    def test_four_endpoints_that_hang_leave_most_slots_to_the_others(self):
        limits = ConcurrencyLimits(SLOTS)
        hanging = [one for name in "abcd" for one in candidates(name, 1000)]
        for _, endpoint, _ in round_robin(hanging, limits):
            start(limits, endpoint)

        assert limits.in_flight == 4 * INITIAL_LIMIT
        assert limits.free() == SLOTS - 32
        assert sorted(limits.at_limit()) == list("abcd")
        assert len(round_robin(candidates("healthy", 50), limits)) == INITIAL_LIMIT

    def test_any_endpoint_has_room_for_what_the_narrowest_has_room_for(self):
        limits = ConcurrencyLimits(SLOTS)
        assert limits.free_for_any() == INITIAL_LIMIT
        start(limits, "a")
        start(limits, "b")
        end(limits, "a", ok=False, ms=TIMEOUT)
        end(limits, "b")
        assert limits.free_for_any() == limits.free_for("a") == 1
        for _ in range(INITIAL_LIMIT - 1):
            start(limits, "a")
            end(limits, "a")
        assert limits.free_for("a") == limits.free_for_any() == INITIAL_LIMIT

        assert ConcurrencyLimits(8).free_for_any() == ConcurrencyLimits(8).free_for("a") == 2

    def test_few_slots_still_give_every_endpoint_one(self):
        assert ConcurrencyLimits(1).free_for("a") == ConcurrencyLimits(3).free_for("a") == 1
        assert ConcurrencyLimits(8).free_for("a") == 2


class TestTheReservedSlots:
    def test_a_quarter_is_kept_for_first_attempts(self):
        limits = ConcurrencyLimits(SLOTS)
        retries = [one for n in range(100) for one in candidates(f"e{n}-", 8, attempts=1)]
        chosen = round_robin(retries, limits)

        assert (
            len(chosen) == limits.free_for_retries() == SLOTS - SLOTS // FIRST_ATTEMPT_SHARE == 192
        )
        for _, endpoint, _ in chosen:
            start(limits, endpoint, retry=True)
        assert limits.free_for_retries() == 0
        assert limits.free() == 64

    def test_first_attempts_may_use_them_all(self):
        limits = ConcurrencyLimits(SLOTS)
        fresh = [one for n in range(100) for one in candidates(f"e{n}-", 8)]

        assert len(round_robin(fresh, limits)) == SLOTS

    def test_first_attempts_behind_retries_are_found(self):
        limits = ConcurrencyLimits(8)
        start(limits, "x", 6, retry=True)
        mixed = [*candidates("a", 2, attempts=3), *candidates("b", 2)]

        assert [one.id for one in round_robin(mixed, limits)] == ["b0", "b1"]

    def test_retries_never_use_more_than_there_is(self):
        limits = ConcurrencyLimits(8)
        start(limits, "x", 7)

        assert limits.free_for_retries() == limits.free() == 1


class TestTakingTurns:
    def test_endpoints_are_served_in_turn_and_each_in_order(self):
        mixed = [*candidates("a", 3), *candidates("b", 2), *candidates("c", 1)]

        chosen = [one.id for one in round_robin(mixed, ConcurrencyLimits(SLOTS))]

        assert chosen == ["a0", "b0", "c0", "a1", "b1", "a2"]

    def test_the_last_slots_go_round_as_well(self):
        limits = ConcurrencyLimits(16)
        start(limits, "x", 13)

        chosen = [one.id for one in round_robin([*candidates("a", 9), *candidates("b", 9)], limits)]

        assert chosen == ["a0", "b0", "a1"]

    def test_nothing_due_is_nothing_chosen(self):
        assert round_robin([], ConcurrencyLimits(SLOTS)) == []


class TestWhatIsRemembered:
    def test_endpoints_without_requests_are_forgotten_in_time(self, monkeypatch):
        monkeypatch.setattr("webhooks.delivery.concurrency.REMEMBERED_ENDPOINTS", 3)
        limits = ConcurrencyLimits(SLOTS)
        start(limits, "busy", 8)
        for name in ("a", "b", "c", "d"):
            start(limits, name)
            end(limits, name)

        assert limits.at_limit() == ["busy"]
        assert len(limits._states) <= 3
