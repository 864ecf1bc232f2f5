"""Of those who listen one hears at once, and the others a moment later."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.webhooks.test_wake import wait_for
from webhooks import notify

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

MOMENT = 0.6


class Ears:
    """When one listener heard."""

    def __init__(self, stack: ExitStack) -> None:
        self.heard: list[float] = []
        self.stack = stack.enter_context(ExitStack())
        self.stack.enter_context(notify.Listener(lambda: self.heard.append(time.monotonic())))
        assert wait_for(lambda: self.heard)  # once, as it begins to listen
        self.heard.clear()


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Ears]]:
    monkeypatch.setattr(notify, "AFTER_THE_FIRST", MOMENT)
    with ExitStack() as stack:
        yield [Ears(stack) for _ in range(3)]


def ring() -> float:
    """Ring; when that was."""
    begun = time.monotonic()
    notify.ring()
    return begun


class TestListeners:
    def test_the_first_hears_at_once_and_the_others_later(self, ears):
        begun = ring()

        assert wait_for(lambda: all(one.heard for one in ears), 5)
        assert ears[0].heard[0] < begun + MOMENT
        assert all(one.heard[0] >= begun + MOMENT for one in ears[1:])

    def test_when_the_first_goes_another_one_is_first(self, ears):
        ears[0].stack.close()
        time.sleep(2 * notify.PAUSE)

        begun = ring()

        assert wait_for(lambda: all(one.heard for one in ears[1:]), 5)
        assert sum(one.heard[0] < begun + MOMENT for one in ears[1:]) == 1

    def test_what_rings_meanwhile_is_heard_once_by_the_others(self, ears):
        for _ in range(50):
            ring()

        assert wait_for(lambda: all(one.heard for one in ears), 5)
        time.sleep(2 * MOMENT)
        assert all(1 <= len(one.heard) <= 2 for one in ears[1:])
