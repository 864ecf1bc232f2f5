"""Limits that guard passwords, keys and mailboxes.

They are no part of a plan. `AUTOUSERS_RATE_LIMIT_MODE=log` does not switch
them off, and while Redis is gone each process counts in its own memory.
"""

from functools import cache

from django.conf import settings
from limits.storage import MemoryStorage
from rest_framework.request import Request

from api.exceptions import RateLimitError
from api.http.client_address import client_address
from api.security import rate_limits
from api.security.rate_limits import Limiter, Window, make_limiter

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
    """Count a refused credential against the address that it was sent from.

    Raises:
        TooManyBadCredentials: in place of the refusal, when there were too many.
    """
    key = f"address:{rate_limits.network_of(client_address(request))}"
    window = rate_limits.remember(request, hit(key, BAD_CREDENTIALS))
    if window.exceeded:
        raise TooManyBadCredentials(window.retry_after)


def hit(key: str, limit: int, seconds: int = rate_limits.MINUTE) -> Window:
    """Count one attempt of a key, unless that exceeds the limit."""
    return limiter().hit(key, limit, seconds)


@cache
def limiter() -> Limiter:
    """The limiter of this process."""
    return make_limiter(settings.RATE_LIMIT_URL, fallback=Limiter(MemoryStorage()))
