"""Bounds on what a piece of code may take."""

import resource
import threading
import time
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def at_most(seconds):
    started = time.monotonic()
    yield
    assert time.monotonic() - started <= seconds


@contextmanager
def memory_growth_below(megabytes):
    """Watch the resident memory of this process, the hostile receiver's share included."""

    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    def watch():
        while not done.wait(0.005):
            seen.append(resident())

    done = threading.Event()
    seen = [resident()]
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    assert max(seen) - seen[0] < megabytes * 1024 * 1024
