"""Measure what counting a request costs: in the process, and in a Redis.

python -m benchmarks.api.rate_limits [REDIS_URL]
"""

import sys
import time

import benchmarks.django  # noqa: F401 - sets up Django
from api.security.rate_limits import Limiter, make_limiter

COUNT = 5_000
PLENTY = 1_000_000_000


def cost(limiter: Limiter) -> str:
    """Microseconds for each request."""
    for _ in range(COUNT // 10):
        limiter.hit("benchmark", PLENTY)
    begun, worked = time.perf_counter(), time.process_time()
    for _ in range(COUNT):
        limiter.hit("benchmark", PLENTY)
    took, worked = time.perf_counter() - begun, time.process_time() - worked
    return f"{took / COUNT * 1e6:6.0f} µs, of which {worked / COUNT * 1e6:.0f} µs of CPU here"


if __name__ == "__main__":
    print("in the process", cost(make_limiter("")))
    for url in sys.argv[1:]:
        print("in a Redis    ", cost(make_limiter(url)))
