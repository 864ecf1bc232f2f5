"""What a credential may do, by its scopes."""

from typing import Any, Protocol, cast

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from api.exceptions import MissingRequiredScope


class HoldsScopes(Protocol):
    """Anything that can say whether it grants a scope; `request.auth` is one."""

    def allows(self, scope: str) -> bool:
        """Whether the scope is granted."""


class HasScope(BasePermission):
    """Let through whoever holds the scope that the view names for this method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse by naming the missing scope."""
        scope = view.read_scope if request.method in SAFE_METHODS else view.write_scope
        principal = cast(HoldsScopes | None, request.auth)
        if scope is not None and principal is not None and not principal.allows(scope):
            raise MissingRequiredScope(scope)
        return True
