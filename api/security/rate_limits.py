"""Rate limits: counting requests in sliding windows.

The library `limits` counts: in Redis, so that all processes share a window, or in the memory of
each process if there is no Redis.

A store that is down must not stop the API. After the first failed call, no request waits for the
store until a thread has seen it answer. Meanwhile a limiter with a `fallback` uses that one; one
without lets requests through, counts them as uncounted and logs that. Limits that guard passwords
have a fallback: `api/security/security_limits.py`.
"""

import logging
import math
import os
import threading
import time
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rest_framework.request import Request

log = logging.getLogger("autousers.rate_limits")

#: Seconds that one request waits for the store; the others do not wait during an outage.
PATIENCE = 0.1

#: Seconds between two looks at a store that is gone, and between two warnings about it.
LOOK_EVERY = 1.0
WARN_EVERY = 60.0

KEY_PREFIX = "autousers:rate"

#: Seconds of a window that does not name another length.
MINUTE = 60

#: The value of the setting that enforces limits; with others they are only logged.
ENFORCE = "enforce"


@dataclass(frozen=True)
class Window:
    """The state of a caller's window: its limit, what is left, and when one more is free."""

    limit: int
    remaining: int
    reset: float
    exceeded: bool = False

    @property
    def retry_after(self) -> int:
        """Whole seconds until a request is let through again."""
        return max(1, math.ceil(self.reset - time.time()))

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every counted reply."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(math.ceil(self.reset)),
        }


class Limiter:
    """Sliding windows in one store, with another one for its outages."""

    def __init__(
        self, storage: "MemoryStorage | RedisStorage", fallback: "Limiter | None" = None
    ) -> None:
        self._storage = storage
        self._windows = MovingWindowRateLimiter(storage)
        self._fallback = fallback
        self._outage = _Outage(storage, covered=fallback is not None)

    def hit(self, key: str, limit: int, seconds: int = MINUTE) -> Window:
        """Count one request of a key, unless that exceeds the limit."""
        return self._ask(key, limit, seconds, counted=True)

    def peek(self, key: str, limit: int, seconds: int = MINUTE) -> Window:
        """The state of a key's window, without counting."""
        return self._ask(key, limit, seconds, counted=False)

    def forget(self) -> None:
        """Forget all counts."""
        self._storage.reset()
        if self._fallback is not None:
            self._fallback.forget()

    @property
    def uncounted(self) -> int:
        """How many requests were let through because the store was gone."""
        return self._outage.uncounted

    def _ask(self, key: str, limit: int, seconds: int, *, counted: bool) -> Window:
        if not self._outage.over:
            self._outage.note()
            return self._without_store(key, limit, seconds, counted=counted)
        item = _item(limit, seconds)
        try:
            allowed = not counted or self._windows.hit(item, key)
            reset, remaining = self._windows.get_window_stats(item, key)
        except (RedisError, OSError) as error:
            self._outage.begin(error)
            return self._without_store(key, limit, seconds, counted=counted)
        return Window(limit, max(0, remaining), max(reset, time.time()), exceeded=not allowed)

    def _without_store(self, key: str, limit: int, seconds: int, *, counted: bool) -> Window:
        if self._fallback is None:
            return Window(limit, limit, time.time())
        return self._fallback._ask(key, limit, seconds, counted=counted)


@dataclass(frozen=True)
class _Words:
    """The log messages of an outage and of its end."""

    begun: str
    over: str


_UNCOVERED = _Words(
    "Rate limits are not enforced: their store does not answer (%s). "
    "Let through uncounted so far: %s",
    "Rate limits are enforced again; let through uncounted: %s",
)
_COVERED = _Words(
    "Security limits are counted by each process for itself: their store does not answer (%s). "
    "Counted so until now: %s",
    "Security limits are shared by all processes again; counted by this one alone: %s",
)


class _Outage:
    """The state of the store, and the thread that watches it during an outage."""

    def __init__(self, storage: Any, *, covered: bool) -> None:
        self._storage = storage
        self._words = _COVERED if covered else _UNCOVERED
        self._lock = threading.Lock()
        self._warned_at = -WARN_EVERY
        self._watcher: int | None = None  # the process whose thread watches
        self.over = True
        self.uncounted = 0

    def begin(self, error: Exception) -> None:
        """Begin an outage: no other request waits for the store."""
        self.over = False
        self.note(error)
        with self._lock:
            if self._watcher != os.getpid():
                self._watcher = os.getpid()
                threading.Thread(target=self._watch, name="rate-limits", daemon=True).start()

    def note(self, error: Exception | None = None) -> None:
        """Count a request that was let through uncounted, and log the number from time to time."""
        with self._lock:
            self.uncounted += 1
            silent = time.monotonic() - self._warned_at < WARN_EVERY
            if not silent:
                self._warned_at = time.monotonic()
        if not silent:
            log.warning(self._words.begun, error or "still", self.uncounted)

    def _watch(self) -> None:
        while not self._storage.check():
            time.sleep(LOOK_EVERY)
        with self._lock:
            self._watcher = None
            self.over = True
        log.warning(self._words.over, self.uncounted)


@cache
def _item(limit: int, seconds: int) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(limit, seconds, namespace="")


def make_limiter(url: str, fallback: Limiter | None = None) -> Limiter:
    """A limiter that counts in a Redis, or in this process when there is no URL.

    Raises:
        limits.errors.ConfigurationError, ValueError: for a URL that is not one of a Redis.
    """
    if not url:
        return Limiter(MemoryStorage())
    return Limiter(
        RedisStorage(
            url,
            key_prefix=KEY_PREFIX,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]  # passed on to the client
        ),
        fallback,
    )


def network_of(address: str) -> str:
    """The network of an address: the IPv4 address itself, or the /64 of an IPv6 customer."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    return str(ip) if ip.version == 4 else str(ip_network((ip, 64), strict=False))


def remember(request: Request, window: Window) -> Window:
    """Keep a window for the headers of the reply."""
    request._request.rate_window = window  # type: ignore[attr-defined]
    return window


def enforced(key: str) -> bool:
    """Whether requests above a limit are refused; otherwise they are only logged."""
    if settings.RATE_LIMIT_MODE == ENFORCE:
        return True
    log.warning("Over the rate limit, and let through: %s", key)
    return False


@cache
def limiter() -> Limiter:
    """The limiter of this process."""
    return make_limiter(settings.RATE_LIMIT_URL)
