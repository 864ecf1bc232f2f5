"""The rights of a caller at the moment of a change.

Between authentication and commit time passes: a change waits for locks, for an
idempotency key, for a slow database. Meanwhile the caller may be removed from
the team, lose a role, or have the key revoked. So every change reads the
caller's rights again inside its transaction, as its last statement, and commits
only if they cover those that the change relied on. If not, it is rolled back;
the API then makes it again under the present rights, which refuse it in the
usual words.

- A removal that was answered before this last statement refuses the change.
- A removal that is still uncommitted then comes after the change.
- No row of keys or memberships is locked, so changes do not wait for each other.

A change that takes rights from its own caller (leaving a team) would refuse
itself. Its view sets `lowers_own_rights`, and the rights are read before the
change instead, behind the lock of the team that removals take as well.
"""

from collections.abc import Callable
from typing import Any, Protocol, Self

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from api.database import outcome
from api.exceptions import AuthorizationError

#: Attempts of a change whose caller's rights change meanwhile.
ATTEMPTS = 3


class Caller(Protocol):
    """A caller whose rights can be read again; `request.auth` is one."""

    def afresh(self) -> Self:
        """The same caller with the present rights.

        Raises:
            AuthenticationError: when the credential is no longer good.
        """

    def covers(self, before: Any) -> bool:
        """Whether this caller may do everything that `before` was allowed to do."""


class RightsChanged(AuthorizationError):
    """Your role, or the scopes of your key, changed during the request. Nothing was changed."""

    code = "rights_changed"
    message = "Your rights were changed during this request. Nothing was changed; look again."

    def __init__(self, caller: Any = None) -> None:
        super().__init__()
        self.caller = caller


def confirm(caller: Caller) -> None:
    """Refuse a change whose caller has lost a right since authentication. One query.

    Raises:
        AuthenticationError: when the credential is no longer good.
        RightsChanged: when the present rights are less than those of before.
    """
    present = caller.afresh()
    if not present.covers(caller):
        raise RightsChanged(present)


def under_present_rights(view: Any, request: Request, change: Callable[[], Response]) -> Response:
    """Commit a change that calls `confirm`. Repeat it if the rights changed meanwhile.

    Raises:
        ApiError: what the change raises under the present rights.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            outcome.begin()
            with transaction.atomic():
                return change()
        except RightsChanged as changed:
            if attempt == ATTEMPTS:
                raise
            request.auth = changed.caller
        view.check_permissions(request)
    raise AssertionError("the last attempt returns or raises")
