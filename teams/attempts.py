"""How often somebody may try a page that asks for a password or sends a mail.

Counted per minute, for the address that asks and for the account that is
asked about, whether or not there is such an account.
"""

import hashlib

from django.http import HttpRequest

from api import rate_limits
from api.client_address import client_address

PER_ADDRESS = 30
PER_ACCOUNT = 10
MAILS_PER_ACCOUNT = 1


def seconds_to_wait(request: HttpRequest, page: str, account: str) -> int:
    """Count an attempt to sign in; how long to wait, or 0 when it may go on."""
    address = _count(page, f"address:{_address(request)}", PER_ADDRESS)
    return max(address, _count(page, f"account:{_digest(account)}", PER_ACCOUNT))


def seconds_to_wait_for_mail(request: HttpRequest, page: str) -> int:
    """Count a request to mail somebody; how long its sender has to wait, or 0."""
    return _count(page, f"address:{_address(request)}", PER_ADDRESS)


def may_be_mailed(account: str) -> bool:
    """Whether an account may be sent another mail; strangers cannot fill a mailbox."""
    return _count("mail", f"account:{_digest(account)}", MAILS_PER_ACCOUNT) == 0


def _count(page: str, whom: str, limit: int) -> int:
    key = f"page:{page}:{whom}"
    window = rate_limits.limiter().hit(key, limit)
    return window.retry_after if window.exceeded and rate_limits.enforced(key) else 0


def _address(request: HttpRequest) -> str:
    return rate_limits.network_of(client_address(request))


def _digest(account: str) -> str:
    """What stands for an address in the store and in the log: not the address itself."""
    return hashlib.sha256(account.strip().lower().encode()).hexdigest()[:24]
