"""How fast the work of a call grows with the length of its text.

Growth is asserted, not time: four times the text may take up to eight times the processor time
of this thread. Linear work takes four times as long, quadratic work sixteen times. What takes
less than `FLOOR` for 2,048 characters is not compared: quadratic work on them takes longer.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import permutations
from typing import Any

LENGTH = 2_048
LOOKS = ((1, LENGTH // 4, LENGTH), (3, LENGTH // 4, LENGTH), (3, LENGTH, 4 * LENGTH))
FLOOR = 0.001
MOST = 8.0
PATIENCE = 1.0  # seconds of processor time, for work that grows without bounds

Make = Callable[[int], str]


class NeverEnds(Exception):
    """The work took longer than anybody waits."""


def growth(act: Callable[[str], Any], make: Make) -> float:
    """The factor by which four times the text made more work; 0 where there is hardly any.

    What seems to grow too fast is looked at again: something may have disturbed the machine. A
    step with a large constant grows fast until that is reached: the last look takes longer texts.
    """
    try:
        with _patience():
            if _seconds(act, make(LENGTH), 1) < FLOOR:
                return 0.0
            for times, shorter, longer in LOOKS:
                before = _seconds(act, make(shorter), times)
                after = _seconds(act, make(longer), times)
                factor = after / max(before, FLOOR / 16)
                if factor <= MOST:
                    break
            return factor
    except NeverEnds:
        return float("inf")


def worst(act: Callable[[str], Any], makers: Iterator[tuple[str, Make]]) -> str | None:
    """Says which text makes the work grow too fast; None when none does."""
    for name, make in makers:
        factor = growth(act, make)
        if factor > MOST:
            return f"{name}: four times the text is {factor:.0f} times the work"
    return None


def pumped(units: list[str], starts: list[str], ends: list[str]) -> Iterator[tuple[str, Make]]:
    """Texts made of units: one repeated, two in turn, and many of one before many of another."""
    for start in starts:
        for end in ends:
            for one in units:
                yield f"{start!r} {one!r}* {end!r}", _repeat(start, one, "", end)
    for one, other in permutations(units, 2):
        yield f"({one + other!r})*", _repeat("", one + other, "", "\0")
        yield f"{one!r}* {other!r}*", _repeat("", one, other, "\0")


def _repeat(start: str, one: str, other: str, end: str) -> Make:
    def make(length: int) -> str:
        if not other:
            return start + one * (length // len(one)) + end
        half = length // 2
        return start + one * (half // len(one) + 1) + other * (half // len(other) + 1) + end

    return make


def _seconds(act: Callable[[str], Any], text: str, times: int) -> float:
    """The processor time of a call: the shortest of some, because others disturb the machine."""
    taken = []
    for _ in range(times):
        started = time.thread_time()
        act(text)
        taken.append(time.thread_time() - started)
    return min(taken)


@contextmanager
def _patience() -> Iterator[None]:
    def give_up(_signal: int, _frame: Any) -> None:
        raise NeverEnds

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
