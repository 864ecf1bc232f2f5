"""Measurements of requests, for `/metrics`. Labels are bounded: routes as they are declared.

Modules with measurements of their own take `Counter` and `Histogram` from here.
"""

import os
import socket
from typing import Any

from prometheus_client import Counter, Histogram, values

__all__ = ["Counter", "Histogram", "note_request"]

_HOST = socket.gethostname().replace("_", "-")  # an underscore separates the parts of a file's name


def _process() -> str:
    """The name of this process in a folder that several containers count in."""
    return f"{_HOST}-{os.getpid()}"


if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    # The library names files by the process number, which is 1 in every container.
    values.ValueClass = values.MultiProcessValue(_process)

REQUESTS = Counter("autousers_requests", "Answered requests.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "autousers_request_seconds",
    "Time in the application.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

#: Other methods have one label: a caller can send any word.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def note_request(request: Any, status: int, seconds: float) -> None:
    """Count a request that is answered."""
    match = request.resolver_match
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method, match.route if match else "none", str(status)).inc()
    REQUEST_SECONDS.observe(seconds)
