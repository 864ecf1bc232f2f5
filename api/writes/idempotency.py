"""`Idempotency-Key`: a request that is sent twice is executed once.

The record of a key is written in the transaction of the change, and the
unique key in the database is what decides between two requests:

- the second one waits for its turn (`api/writes/turns.py`); when the first commits,
  the second answers the stored reply, and when the first fails, its record is
  gone and the second runs;
- a process that dies takes its transaction with it, which frees the key;
- only successes are stored, because a refusal rolls its record back.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol, cast

from django.db import connection
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from api.context import RequestContext, current
from api.exceptions import InvalidRequest
from api.models import KEPT_HOURS, IdempotencyRecord
from api.security import encryption
from api.writes import rights, turns
from api.writes.turns import HEADER

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


class Caller(Protocol):
    """The properties of a caller that a replay depends on; `request.auth` has them."""

    @property
    def idempotency_owner(self) -> str:
        """The owner of the idempotency keys."""

    @property
    def person(self) -> str:
        """The id of the person who calls."""

    @property
    def acts_on(self) -> str | None:
        """The id of the team that a request means when it names none."""


class Claim(NamedTuple):
    """The key of a request, and the record of an earlier request that took it, if there is one."""

    owner: str
    key: str
    earlier: IdempotencyRecord | None


def requested_key(request: Request) -> str | None:
    """The key of a request, if it has one.

    Raises:
        InvalidRequest: when it is empty, too long, or not plain printable text.
    """
    sent = request.headers.get(HEADER)
    if sent is None:
        return None
    key = _decoded(sent)
    if not 1 <= len(key) <= MAX_LENGTH:
        raise InvalidRequest(f"{HEADER} must have 1 to {MAX_LENGTH} characters.", param=HEADER)
    if not key.isprintable():
        raise InvalidRequest(f"{HEADER} must be printable text.", param=HEADER)
    return key


def _decoded(sent: str) -> str:
    """A header's text. WSGI hands over each of its bytes as one character."""
    try:
        return sent.encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise InvalidRequest(f"{HEADER} must be text in UTF-8.", param=HEADER) from None


def fingerprint(view: Any, request: Request, target: Any) -> str:
    """The identity of a request: sha256 of method, path, canonical body and caller.

    The team is part of it: after a session switches teams, the same body means something else. The
    person is part of it where the view says that the reply is the caller's own
    (`reply_is_personal`): two people who rate with one key make two ratings, and a secret that was
    shown once is not shown to another. So is what the view names as its `subject`.
    """
    caller = cast(Caller, request.auth)
    person = caller.person if view.reply_is_personal else None
    parts = [request.method, request.path, request.data, caller.acts_on, person]
    subject = view.subject(request, target)
    if subject is not None:
        parts.append(subject)
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def idempotent(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Run the change of a view in one transaction, at most once per idempotency key.

    Inside the transaction, in this order:

    1. It waits for another request with its key (`api/writes/turns.py`).
    2. The view's `authorize(request, **kwargs)` finds and locks what the request
       is about and checks the caller's role. Its result is the handler's second
       argument. A reply is never replayed to a caller who may no longer see it.
    3. The key is claimed.
    4. The handler makes the change, or the stored reply is taken.
    5. The caller's rights are read again (`api/writes/rights.py`).
    """

    @wraps(handler)
    def wrapped(view: Any, request: Request, **kwargs: Any) -> Response:
        def change() -> Response:
            _begin(request)
            target = view.authorize(request, **kwargs)
            claim = _claimed(view, request, target)
            if view.lowers_own_rights:
                rights.confirm(cast(rights.Caller, request.auth))
            response = _answer(claim, lambda: handler(view, request, target))
            if not view.lowers_own_rights:
                rights.confirm(cast(rights.Caller, request.auth))
            return response

        return _with_its_id(request, rights.under_present_rights(view, request, change))

    wrapped.reads_rights_again = True  # type: ignore[attr-defined]
    return wrapped


def _begin(request: Request) -> None:
    """Limit the waits of the transaction. Requests with the same key run one after the other."""
    key = request.headers.get(HEADER) if request.method in HONOURED_METHODS else None
    turns.begin(cast(Caller, request.auth).idempotency_owner, key)


def _claimed(view: Any, request: Request, target: Any) -> Claim | None:
    """Claim the key of a request; None if it has none."""
    key = requested_key(request) if request.method in HONOURED_METHODS else None
    if key is None:
        return None
    owner = cast(Caller, request.auth).idempotency_owner
    mark = fingerprint(view, request, target)
    earlier = _claim(owner, key, mark)
    if earlier is not None and earlier.fingerprint != mark:
        raise IdempotencyKeyReused
    return Claim(owner, key, earlier)


def _answer(claim: Claim | None, run: Callable[[], Response]) -> Response:
    """The stored reply of an earlier request; otherwise run the change and store its reply."""
    if claim is None:
        return run()
    if claim.earlier is not None:
        return _replay(claim.earlier)
    context = current.get()
    token = current.set(RequestContext(id=context.id, idempotency_key=claim.key))
    try:
        response = run()
    finally:
        current.reset(token)
    body = encryption.encrypt(json.dumps(response.data))
    IdempotencyRecord.objects.filter(owner=claim.owner, key=claim.key).update(
        status=response.status_code, body=body
    )
    return response


def _claim(owner: str, key: str, mark: str) -> IdempotencyRecord | None:
    """Claim the key; returns the record of an earlier request, if there is one."""
    fresh = IdempotencyRecord(
        owner=owner, key=key, fingerprint=mark, request_id=current.get().id or ""
    )
    expired = timezone.now() - timedelta(hours=KEPT_HOURS)
    with connection.cursor() as cursor:
        # One statement takes a key that is free or has expired. It changes no row when the key is
        # taken.
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
    return None if taken else IdempotencyRecord.objects.get(owner=owner, key=key)


def _replay(record: IdempotencyRecord) -> Response:
    response = Response(json.loads(encryption.decrypt(record.body)), status=record.status)
    response.first_id = record.request_id  # type: ignore[attr-defined]
    return response


def _with_its_id(request: Request, response: Response) -> Response:
    """A replayed reply goes out with the id of the request that made it."""
    if first_id := getattr(response, "first_id", None):
        request._request.replayed_id = first_id  # type: ignore[attr-defined]
    return response
