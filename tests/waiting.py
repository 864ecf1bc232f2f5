"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable
from typing import Any


def wait_for(condition: Callable[[], Any], seconds: float = 20.0) -> bool:
    """Wait until the condition holds; False when it does not within `seconds`.

    Normally it holds at once. The limit is only there to end a test that would wait for ever, so
    it is generous: a loaded machine is slow.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
