"""The time of a claim, in ms, with a backlog there.

    python -m benchmarks.engine.programs.claim_time CLAIMS

Each claim takes what a drain that has all its slots free would take, and is
settled before the next, as it would be. Prints the median.
"""

import statistics
import sys
import time

import benchmarks.django  # noqa: F401 - sets up Django
from webhooks.delivery import claims, recording
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.delivery.requests import Sending
from webhooks.http.messages import Outcome, Timing

_TIMING = Timing(None, None, None, 5, 6)


def claim_time(count: int) -> float:
    """Claim and record so many times; prints the median time of a claim."""
    times = []
    for _ in range(count):
        limits = ConcurrencyLimits(256)
        started = time.perf_counter()
        claimed = claims.claim(limits)
        times.append((time.perf_counter() - started) * 1000)
        recording.record(
            [Outcome(Sending(claim), 200, (), "ok", _TIMING, None) for claim in claimed]
        )
    return statistics.median(times)


if __name__ == "__main__":
    print(claim_time(int(sys.argv[1])))
