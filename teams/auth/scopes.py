"""Scopes: what a key or token may be used for.

Checked in this order: the exact scope, its family's wildcard, `*`.
"""

from collections.abc import Collection, Iterable

EVERYTHING = "*"

#: Every scope that can be granted.
SCOPES: tuple[str, ...] = (
    EVERYTHING,
    *(
        f"{family}:{action}"
        for family in ("templates", "evaluations", "autousers", "ratings", "webhooks")
        for action in ("read", "write", "*")
    ),
    "events:read",
)

READ_SCOPES: tuple[str, ...] = tuple(scope for scope in SCOPES if scope.endswith(":read"))


def grants(granted: Collection[str], needed: str) -> bool:
    """Whether the granted scopes cover the needed one."""
    family = needed.partition(":")[0]
    return needed in granted or f"{family}:*" in granted or EVERYTHING in granted


def unknown(scopes: Iterable[str]) -> list[str]:
    """Those of the given scopes that do not exist."""
    return [scope for scope in scopes if scope not in SCOPES]
