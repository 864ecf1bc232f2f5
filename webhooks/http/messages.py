"""The request and the outcome of one attempt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.outbound.addresses import Target
from api.outbound.transport_errors import Fault


@dataclass(frozen=True)
class Post:
    """A request to send. `key` is the caller's own and comes back in the outcome.

    `headers` go out as they are, beside `Host`, `Content-Length` and `Accept-Encoding`.
    """

    key: Any
    target: Target
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Timing:
    """How long the phases of an attempt took, in ms; None for a phase that did not happen.

    A kept connection has no `connect_ms` and `tls_ms`, a remembered or literal address no
    `lookup_ms`. `first_byte_ms` counts from the moment the connection is ready to the first byte
    of the answer, `total_ms` from submission to the end.
    """

    lookup_ms: int | None
    connect_ms: int | None
    tls_ms: int | None
    first_byte_ms: int | None
    total_ms: int


@dataclass(frozen=True)
class Outcome:
    """The end of one attempt.

    `status` is None when no answer came. `headers` and `body` are the receiver's, cut, and safe
    to store and to show as plain text. `error` says in words for people why the attempt failed
    and is None when it did not; `fault` says on whose side.
    """

    key: Any
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: str
    timing: Timing
    error: str | None
    fault: Fault = "receiver"

    @property
    def delivered(self) -> bool:
        """Whether the receiver accepted the event: a 2xx answer, complete in time."""
        return self.error is None and self.status is not None and 200 <= self.status < 300
