"""`Idempotency-Key`: a request that is sent twice happens once.

The record of a key is written in the transaction of the change, and the
unique key in the database is what decides between two requests:

- the second one waits on the row that the first has not committed yet; when
  the first commits, the second answers the stored reply, and when the first
  fails, its record is gone and the second runs;
- a process that dies takes its transaction with it, which frees the key;
- only successes are stored, because a refusal rolls its record back.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any, Protocol, cast

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from api import encryption
from api.context import RequestContext, current
from api.database import outcome
from api.exceptions import InvalidRequest
from api.models import KEPT_HOURS, IdempotencyRecord

HEADER = "Idempotency-Key"
MAX_LENGTH = 255
HONOURED_METHODS = frozenset({"POST", "PATCH"})


class IdempotencyKeyReused(InvalidRequest):
    """The key was used before for another method, path or body."""

    status = HTTPStatus.CONFLICT
    code = "idempotency_key_reused"
    message = (
        "This Idempotency-Key was already used for a different request. "
        "Use a new key for a new request."
    )

    def __init__(self) -> None:
        super().__init__(param=HEADER)


class IdempotencyKeyInUse(InvalidRequest):
    """A request with the same key is still running; try again in a moment."""

    status = HTTPStatus.CONFLICT
    code = "idempotency_key_in_use"
    message = "A request with this Idempotency-Key is still running. Try again in a moment."

    def __init__(self) -> None:
        super().__init__(param=HEADER, headers={"Retry-After": "1"})


class Caller(Protocol):
    """What of a caller a replay depends on; `request.auth` is one."""

    @property
    def idempotency_owner(self) -> str:
        """Whose keys these are."""

    @property
    def acts_on(self) -> str | None:
        """The id of the team that a request means when it names none."""


def requested_key(request: Request) -> str | None:
    """The key a request was sent with, if any.

    Raises:
        InvalidRequest: when it is empty, too long, or not plain printable text.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= MAX_LENGTH:
        raise InvalidRequest(f"{HEADER} must have 1 to {MAX_LENGTH} characters.", param=HEADER)
    if not key.isprintable():
        raise InvalidRequest(f"{HEADER} must be printable text.", param=HEADER)
    return key


def fingerprint(method: str, path: str, body: Any, acts_on: str | None) -> str:
    """What makes two requests the same one: sha256 of method, path, canonical body, and team.

    The same body means another thing once a session acts on another team; the
    reply, which may hold a secret, belongs to the team it was made for.
    """
    canonical = json.dumps([method, path, body, acts_on], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def idempotent(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Run a view's change in one transaction, at most once per idempotency key.

    The view's `authorize(request, **kwargs)` runs first, inside the
    transaction: it finds (and locks) what the request is about and checks the
    caller's role, so that a reply is never replayed to someone who may no
    longer see it. What it returns is the handler's second argument.
    """

    @wraps(handler)
    def wrapped(self: Any, request: Request, **kwargs: Any) -> Response:
        outcome.begin()
        with transaction.atomic():
            target = self.authorize(request, **kwargs)
            key = requested_key(request) if request.method in HONOURED_METHODS else None
            if key is None:
                return handler(self, request, target)
            return _once(request, key, lambda: handler(self, request, target))

    return wrapped


def _once(request: Request, key: str, run: Callable[[], Response]) -> Response:
    caller = cast(Caller, request.auth)
    owner = caller.idempotency_owner
    mark = fingerprint(request.method or "", request.path, request.data, caller.acts_on)
    record = _claim(owner, key, mark)
    if record is not None:
        return _replay(request, record, mark)
    context = current.get()
    token = current.set(RequestContext(id=context.id, idempotency_key=key))
    try:
        response = run()
    finally:
        current.reset(token)
    body = encryption.encrypt(json.dumps(response.data))
    IdempotencyRecord.objects.filter(owner=owner, key=key).update(
        status=response.status_code, body=body
    )
    return response


def _claim(owner: str, key: str, mark: str) -> IdempotencyRecord | None:
    """Take the key, or give the record of whoever took it first.

    Waits for a transaction that holds the key and has not ended.
    """
    fresh = IdempotencyRecord(
        owner=owner, key=key, fingerprint=mark, request_id=current.get().id or ""
    )
    expired = timezone.now() - timedelta(hours=KEPT_HOURS)
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(
                    "SELECT set_config('lock_timeout', %s, true)",
                    [f"{settings.IDEMPOTENCY_WAIT_SECONDS}s"],
                )
            # One statement takes a key that is free or has expired. It changes
            # no row when the key is taken.
            cursor.execute(
                """
                INSERT INTO api_idempotencyrecord
                    (id, owner, key, fingerprint, status, body, request_id, created_at)
                VALUES (%s, %s, %s, %s, NULL, '', %s, %s)
                ON CONFLICT (owner, key) DO UPDATE SET
                    fingerprint = excluded.fingerprint, status = NULL, body = '',
                    request_id = excluded.request_id, created_at = excluded.created_at
                WHERE api_idempotencyrecord.created_at < %s
                """,
                [fresh.id, owner, key, mark, fresh.request_id, fresh.created_at, expired],
            )
            taken = cursor.rowcount == 1
    except OperationalError as error:
        if _is_lock_timeout(error):
            raise IdempotencyKeyInUse from None
        raise
    return None if taken else IdempotencyRecord.objects.get(owner=owner, key=key)


def _is_lock_timeout(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == "55P03"


def _replay(request: Request, record: IdempotencyRecord, mark: str) -> Response:
    if record.fingerprint != mark:
        raise IdempotencyKeyReused
    body = json.loads(encryption.decrypt(record.body))
    request._request.replayed_id = record.request_id  # type: ignore[attr-defined]
    return Response(body, status=record.status)
