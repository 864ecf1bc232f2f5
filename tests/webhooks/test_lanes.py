"""One slow endpoint holds up nobody else. No database, no network."""

from typing import NamedTuple

import pytest

from webhooks.delivery.concurrency import FAST, RESERVED, SHARE, START, Lanes, take_turns

SLOTS = 256
TIMEOUT = 10_000
SLOW = FAST + 1


def start(lanes: Lanes, endpoint: str, count: int = 1, *, retry: bool = False) -> None:
    for _ in range(count):
        lanes.start(endpoint, retry=retry)


def end(lanes: Lanes, endpoint: str, count: int = 1, *, ok: bool = True, ms: int = 5) -> None:
    for _ in range(count):
        lanes.end(endpoint, retry=False, ok=ok, ms=ms)


class Due(NamedTuple):
    id: str
    endpoint_id: str
    attempts: int


def candidates(endpoint: str, count: int, attempts: int = 0) -> list[Due]:
    return [Due(f"{endpoint}{number}", endpoint, attempts) for number in range(count)]


class TestTheWidthOfALane:
    def test_it_starts_at_eight(self):
        lanes = Lanes(SLOTS)

        assert lanes.room("a") == START == 8
        start(lanes, "a", 8)
        assert lanes.room("a") == 0
        assert lanes.full() == ["a"]

    def test_each_fast_success_widens_it_by_one(self):
        lanes = Lanes(SLOTS)
        start(lanes, "a", 8)
        end(lanes, "a", 3)

        assert lanes.room("a") == 8 + 3 - 5

    def test_it_grows_to_a_quarter_of_the_slots_and_no_further(self):
        lanes = Lanes(SLOTS)
        for _ in range(SLOTS):
            start(lanes, "a")
            end(lanes, "a")

        assert lanes.room("a") == SLOTS // SHARE == 64

    @pytest.mark.parametrize(("ok", "ms"), [(True, SLOW), (False, 5), (False, SLOW)])
    def test_a_slow_success_and_a_quick_failure_leave_it_as_it_is(self, ok, ms):
        lanes = Lanes(SLOTS)
        start(lanes, "a")
        end(lanes, "a", ok=ok, ms=ms)

        assert lanes.room("a") == START

    def test_a_timeout_narrows_it_to_one(self):
        lanes = Lanes(SLOTS)
        start(lanes, "a", 8)
        end(lanes, "a", ok=False, ms=TIMEOUT)

        assert lanes.room("a") == 0  # the other seven are still on their way
        end(lanes, "a", 7, ok=False, ms=TIMEOUT)
        assert lanes.room("a") == 1

    def test_after_a_timeout_only_a_success_widens_it_again(self):
        lanes = Lanes(SLOTS)
        start(lanes, "a", 3)
        end(lanes, "a", ok=False, ms=TIMEOUT)
        end(lanes, "a", ok=False, ms=5)
        assert lanes.room("a") == 0  # one is on its way
        end(lanes, "a")

        assert lanes.room("a") == 2

    def test_four_endpoints_that_hang_leave_most_slots_to_the_others(self):
        lanes = Lanes(SLOTS)
        hanging = [one for name in "abcd" for one in candidates(name, 1000)]
        for _, endpoint, _ in take_turns(hanging, lanes):
            start(lanes, endpoint)

        assert lanes.in_flight == 4 * START
        assert lanes.free() == SLOTS - 32
        assert sorted(lanes.full()) == list("abcd")
        assert len(take_turns(candidates("healthy", 50), lanes)) == START

    def test_any_endpoint_has_room_for_what_the_narrowest_has_room_for(self):
        lanes = Lanes(SLOTS)
        assert lanes.room_for_any() == START
        start(lanes, "a")
        start(lanes, "b")
        end(lanes, "a", ok=False, ms=TIMEOUT)
        end(lanes, "b")
        assert lanes.room_for_any() == lanes.room("a") == 1
        for _ in range(START - 1):
            start(lanes, "a")
            end(lanes, "a")
        assert lanes.room("a") == lanes.room_for_any() == START

        assert Lanes(8).room_for_any() == Lanes(8).room("a") == 2

    def test_few_slots_still_give_every_endpoint_one(self):
        assert Lanes(1).room("a") == Lanes(3).room("a") == 1
        assert Lanes(8).room("a") == 2


class TestTheReservedSlots:
    def test_a_quarter_is_kept_for_first_attempts(self):
        lanes = Lanes(SLOTS)
        retries = [one for n in range(100) for one in candidates(f"e{n}-", 8, attempts=1)]
        chosen = take_turns(retries, lanes)

        assert len(chosen) == lanes.free_for_retries() == SLOTS - SLOTS // RESERVED == 192
        for _, endpoint, _ in chosen:
            start(lanes, endpoint, retry=True)
        assert lanes.free_for_retries() == 0
        assert lanes.free() == 64

    def test_first_attempts_may_use_them_all(self):
        lanes = Lanes(SLOTS)
        fresh = [one for n in range(100) for one in candidates(f"e{n}-", 8)]

        assert len(take_turns(fresh, lanes)) == SLOTS

    def test_first_attempts_behind_retries_are_found(self):
        lanes = Lanes(8)
        start(lanes, "x", 6, retry=True)
        mixed = [*candidates("a", 2, attempts=3), *candidates("b", 2)]

        assert [one.id for one in take_turns(mixed, lanes)] == ["b0", "b1"]

    def test_retries_never_use_more_than_there_is(self):
        lanes = Lanes(8)
        start(lanes, "x", 7)

        assert lanes.free_for_retries() == lanes.free() == 1


class TestTakingTurns:
    def test_endpoints_are_served_in_turn_and_each_in_order(self):
        mixed = [*candidates("a", 3), *candidates("b", 2), *candidates("c", 1)]

        chosen = [one.id for one in take_turns(mixed, Lanes(SLOTS))]

        assert chosen == ["a0", "b0", "c0", "a1", "b1", "a2"]

    def test_the_last_slots_go_round_as_well(self):
        lanes = Lanes(16)
        start(lanes, "x", 13)

        chosen = [one.id for one in take_turns([*candidates("a", 9), *candidates("b", 9)], lanes)]

        assert chosen == ["a0", "b0", "a1"]

    def test_nothing_due_is_nothing_chosen(self):
        assert take_turns([], Lanes(SLOTS)) == []


class TestWhatIsRemembered:
    def test_lanes_without_requests_are_forgotten_in_time(self, monkeypatch):
        monkeypatch.setattr("webhooks.delivery.concurrency.REMEMBERED", 3)
        lanes = Lanes(SLOTS)
        start(lanes, "busy", 8)
        for name in ("a", "b", "c", "d"):
            start(lanes, name)
            end(lanes, name)

        assert lanes.full() == ["busy"]
        assert len(lanes._lanes) <= 3
