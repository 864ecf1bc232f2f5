"""The request being served, for code that has no request object.

Log lines and event rows carry the request id; background work has none.
"""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestContext:
    """The request being served: its id, and the idempotency key it was sent with."""

    id: str | None = None
    idempotency_key: str | None = None


NO_REQUEST = RequestContext()
current: ContextVar[RequestContext] = ContextVar("current", default=NO_REQUEST)
