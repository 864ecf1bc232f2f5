"""Limits on attempts at passwords and on mails.

The rule for passwords is the same on every page that asks for one. An attempt counts against the
pair of account and network. So an attacker on another network uses up none of the owner's attempts.
Guesses that are spread over many networks or many accounts are bounded too: a network that the
account's owner has not signed in from counts all its attempts together, and so does the account for
all such networks. The limits also apply to addresses without an account.
"""

import hashlib
from dataclasses import dataclass

from django.http import HttpRequest

from api.email_addresses import normal_address
from api.http.client_address import client_address
from api.security import security_limits
from api.security.rate_limits import network_of
from teams.models import KnownNetwork

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True)
class Bound:
    """A number of attempts in a number of seconds."""

    attempts: int
    seconds: int


#: One account from one network.
PER_PAIR = (Bound(10, MINUTE), Bound(60, HOUR))
#: All accounts from one network, without known pairs.
PER_NETWORK = (Bound(30, MINUTE),)
#: One account from all unknown networks together.
PER_ACCOUNT = (Bound(100, HOUR),)
#: Requests for mails from one network, and mails to one address.
MAIL_REQUESTS = (Bound(30, MINUTE),)
MAILS = (Bound(1, MINUTE), Bound(20, DAY))


def seconds_to_wait(request: HttpRequest, account: str) -> int:
    """Count an attempt at a password. Returns the seconds to wait, or 0."""
    address, network = normal_address(account), network_of(client_address(request))
    name = _digest(address)
    wait = _count(f"password:{name}:{network}", PER_PAIR)
    if wait or KnownNetwork.objects.knows(address, network):
        return wait
    return max(
        _count(f"password:network:{network}", PER_NETWORK),
        _count(f"password:account:{name}", PER_ACCOUNT),
    )


def seconds_to_wait_for_mail(request: HttpRequest, page: str) -> int:
    """Count a request for a mail. Returns the seconds to wait, or 0."""
    return _count(f"mail:{page}:network:{network_of(client_address(request))}", MAIL_REQUESTS)


def may_be_mailed(account: str) -> bool:
    """Whether an account may be sent another mail, so that nobody can flood its mailbox."""
    return _count(f"mail:account:{_digest(normal_address(account))}", MAILS) == 0


def in_words(seconds: int) -> str:
    """How long to wait, for people."""
    if seconds < 2 * MINUTE:
        return f"{seconds} second{'s'[: seconds != 1]}"
    return f"{seconds // MINUTE + 1} minutes"


def _count(key: str, bounds: tuple[Bound, ...]) -> int:
    """Count against every limit of a key. Returns the seconds until all of them allow it."""
    windows = [
        security_limits.hit(f"page:{key}", bound.attempts, bound.seconds) for bound in bounds
    ]
    return max((window.retry_after for window in windows if window.exceeded), default=0)


def _digest(address: str) -> str:
    """The digest of an address, for the store."""
    return hashlib.sha256(address.encode()).hexdigest()[:24]
