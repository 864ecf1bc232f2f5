"""What a credential may do, by its scopes."""

from typing import Any, Protocol, cast

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from api.exceptions import MissingRequiredScope


class HoldsScopes(Protocol):
    """Anything that can say whether it grants a scope; `request.auth` is one."""

    def allows(self, scope: str) -> bool:
        """Whether the scope is granted."""


def scopes_of(view: Any, method: str | None) -> tuple[str, ...]:
    """The scopes that a view accepts for this method; one is enough, and none means no check.

    A method for people only asks for none, because it refuses every key.
    """
    if method in view.person_methods:
        return ()
    scope = view.read_scope if method in SAFE_METHODS else view.write_scope
    if scope is None:
        return ()
    return (scope,) if isinstance(scope, str) else tuple(scope)


class HasScope(BasePermission):
    """Allow callers with one of the scopes that the view names for this method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse by naming the missing scope."""
        wanted = scopes_of(view, request.method)
        principal = cast(HoldsScopes | None, request.auth)
        if wanted and principal is not None and not any(map(principal.allows, wanted)):
            raise MissingRequiredScope(" or ".join(wanted), hint=view.scope_hint)
        return True
