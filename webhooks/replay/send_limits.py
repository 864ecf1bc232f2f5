"""The limits per minute on tests, retries, bulk retries and catch-ups.

Each of them makes this server send requests to an address that a customer chose. The
limit protects that address. So it does not depend on the plan, it holds with
`AUTOUSERS_RATE_LIMIT_MODE=log` too, and while Redis is gone each process counts in its
own memory (`api/security/security_limits.py`).
"""

from api.exceptions import RateLimitError
from api.security import security_limits

#: Requests to send per minute, for one endpoint and for a whole team.
PER_ENDPOINT = 30
PER_TEAM = 120


class TooManySends(RateLimitError):
    """The limit of tests and retries per minute is reached, for the endpoint or its team.

    `Retry-After` says when to continue. A bulk retry counts once, however much it sends.
    """

    code = "send_limit_exceeded"

    def __init__(self, limit: int, whose: str, retry_after: int) -> None:
        super().__init__(
            f"Tests, retries and catch-ups may be asked for {limit} times per minute for {whose}. "
            f"Try again in {retry_after} seconds; a bulk retry counts once.",
            headers={"Retry-After": str(retry_after)},
        )


def count(*, team_id: str, endpoint_id: str | None = None) -> None:
    """Count one request to send, for the endpoint (if any) and for the team.

    Raises:
        TooManySends: when the limit is exceeded; nothing may be sent then.
    """
    if endpoint_id is not None:
        _hit(f"sends:endpoint:{endpoint_id}", PER_ENDPOINT, "an endpoint")
    _hit(f"sends:team:{team_id}", PER_TEAM, "a team")


def _hit(key: str, limit: int, whose: str) -> None:
    window = security_limits.hit(key, limit)
    if window.exceeded:
        raise TooManySends(limit, whose, window.retry_after)
