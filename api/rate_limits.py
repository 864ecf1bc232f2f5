"""Counting requests in sliding windows, for whoever needs a limit.

The counting itself is done by the library `limits`: in Redis, so that all
processes share a window, or in this process alone where there is no Redis.

A store that is gone must cost nobody anything. The first call that fails lets
its request through, and so do all others until a thread of its own has seen
the store answer; meanwhile nobody waits for it. What was let through uncounted
is counted and logged.
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
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rest_framework.request import Request

from api.client_address import client_address
from api.exceptions import RateLimitError

log = logging.getLogger("autousers.rate_limits")

#: Seconds a request waits for the store, once: after that nobody asks it until it answers again.
PATIENCE = 0.1

#: Seconds between two looks at a store that is gone, and between two warnings about it.
LOOK_EVERY = 1.0
WARN_EVERY = 60.0

KEY_PREFIX = "autousers:rate"

#: The value of the setting that makes limits more than a line in the log.
ENFORCE = "enforce"


@dataclass(frozen=True)
class Window:
    """Where a caller stands: requests a minute, those left, and when one more is free."""

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
        """What every counted reply tells."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(math.ceil(self.reset)),
        }


class Limiter:
    """Windows of one minute in one store."""

    def __init__(self, storage: "MemoryStorage | RedisStorage") -> None:
        self._storage = storage
        self._windows = MovingWindowRateLimiter(storage)
        self._outage = _Outage(storage)

    def hit(self, key: str, limit: int) -> Window:
        """Count one request against a key, unless that would be one too many."""
        return self._ask(key, limit, counted=True)

    def peek(self, key: str, limit: int) -> Window:
        """Where a key stands, counting nothing."""
        return self._ask(key, limit, counted=False)

    def forget(self) -> None:
        """Begin anew: nobody has asked for anything."""
        self._storage.reset()

    @property
    def uncounted(self) -> int:
        """How many requests were let through because the store was gone."""
        return self._outage.uncounted

    def _ask(self, key: str, limit: int, *, counted: bool) -> Window:
        if not self._outage.over:
            self._outage.note()
            return _untouched(limit)
        item = _per_minute(limit)
        try:
            allowed = not counted or self._windows.hit(item, key)
            reset, remaining = self._windows.get_window_stats(item, key)
        except (RedisError, OSError) as error:
            self._outage.begin(error)
            return _untouched(limit)
        return Window(limit, max(0, remaining), max(reset, time.time()), exceeded=not allowed)


class _Outage:
    """Whether the store can be asked, and who watches it while it cannot."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage
        self._lock = threading.Lock()
        self._warned_at = -WARN_EVERY
        self._watcher: int | None = None  # the process whose thread watches
        self.over = True
        self.uncounted = 0

    def begin(self, error: Exception) -> None:
        """The store failed somebody: let no one else wait for it."""
        self.over = False
        self.note(error)
        with self._lock:
            if self._watcher != os.getpid():
                self._watcher = os.getpid()
                threading.Thread(target=self._watch, name="rate-limits", daemon=True).start()

    def note(self, error: Exception | None = None) -> None:
        """Count a request that nobody counted, and say so from time to time."""
        with self._lock:
            self.uncounted += 1
            silent = time.monotonic() - self._warned_at < WARN_EVERY
            if not silent:
                self._warned_at = time.monotonic()
        if not silent:
            log.warning(
                "Rate limits are not enforced: their store does not answer (%s). "
                "Let through uncounted so far: %s",
                error or "still",
                self.uncounted,
            )

    def _watch(self) -> None:
        while not self._storage.check():
            time.sleep(LOOK_EVERY)
        with self._lock:
            self._watcher = None
            self.over = True
        log.warning("Rate limits are enforced again; let through uncounted: %s", self.uncounted)


def _untouched(limit: int) -> Window:
    return Window(limit, limit, time.time())


@cache
def _per_minute(limit: int) -> RateLimitItemPerMinute:
    return RateLimitItemPerMinute(limit, namespace="")


def make_limiter(url: str) -> Limiter:
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
        )
    )


#: Refused credentials that one address may send in a minute.
BAD_CREDENTIALS = 300


class TooManyBadCredentials(RateLimitError):
    """Too many requests with a missing or bad credential came from this address.

    Good ones from there are not affected.
    """

    code = "too_many_bad_credentials"

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"More than {BAD_CREDENTIALS} requests per minute with a missing or bad credential "
            f"came from your address. Try again in {retry_after} seconds.",
            headers={"Retry-After": str(retry_after)},
        )


def count_bad_credential(request: Request) -> None:
    """Count a refusal against the address it was sent from; a team has no part in it.

    Raises:
        TooManyBadCredentials: in place of the refusal, when there were too many.
    """
    key = f"address:{network_of(client_address(request))}"
    window = remember(request, limiter().hit(key, BAD_CREDENTIALS))
    if window.exceeded and enforced(key):
        raise TooManyBadCredentials(window.retry_after)


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    return str(ip) if ip.version == 4 else str(ip_network((ip, 64), strict=False))


def remember(request: Request, window: Window) -> Window:
    """Leave a window where the reply's headers are written from."""
    request._request.rate_window = window  # type: ignore[attr-defined]
    return window


def enforced(key: str) -> bool:
    """Whether who exceeds a limit is refused; when not, it is logged."""
    if settings.RATE_LIMIT_MODE == ENFORCE:
        return True
    log.warning("Over the rate limit, and let through: %s", key)
    return False


@cache
def limiter() -> Limiter:
    """The limiter of this process."""
    return make_limiter(settings.RATE_LIMIT_URL)
