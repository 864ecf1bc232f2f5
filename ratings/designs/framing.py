"""Whether a page lets another one show it in a frame (pure: no Django, no network).

`frame-ancestors` of a content security policy decides; `X-Frame-Options` counts only without it, as
in browsers. Of several policies each must allow it.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def allows(headers: Mapping[str, str], *, page: str, parent: str) -> bool:
    """Whether the page at an address with these headers may stand in a frame of `parent`.

    Both are addresses; the names of the headers are in lower case.
    """
    policies = [
        sources
        for policy in headers.get("content-security-policy", "").split(",")
        if (sources := _frame_ancestors(policy)) is not None
    ]
    if policies:
        return all(_matches(sources, page, parent) for sources in policies)
    options = {one.strip().lower() for one in headers.get("x-frame-options", "").split(",")}
    if "deny" in options:
        return False
    return "sameorigin" not in options or origin_of(page) == origin_of(parent)


def origin_of(address: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address."""
    parts = urlsplit(address)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(scheme)


def _frame_ancestors(policy: str) -> list[str] | None:
    """The sources of the first such directive; None without one."""
    for directive in policy.split(";"):
        name, *sources = directive.lower().split() or [""]
        if name == "frame-ancestors":
            return sources
    return None


def _matches(sources: list[str], page: str, parent: str) -> bool:
    return any(_is_source_of(source, page, parent) for source in sources)


def _is_source_of(source: str, page: str, parent: str) -> bool:
    """Whether one source names the origin of the parent; False for an invalid source."""
    scheme, host, port = origin_of(parent)
    if source == "'self'":
        return origin_of(page) == (scheme, host, port)
    if source == "*":
        return True
    if source.endswith(":") and "/" not in source:
        return _schemes_fit(source[:-1], scheme)
    wanted, separator, rest = source.partition("://")
    if not separator:
        wanted, rest = origin_of(page)[0], source
    name, _, wanted_port = rest.partition("/")[0].partition(":")
    return (
        _schemes_fit(wanted, scheme)
        and _hosts_fit(name, host)
        and _ports_fit(wanted_port, port, scheme)
    )


def _schemes_fit(wanted: str, scheme: str) -> bool:
    """A source for http is one for https too."""
    return wanted == scheme or (wanted, scheme) == ("http", "https")


def _hosts_fit(wanted: str, host: str) -> bool:
    if wanted.startswith("*."):
        return host.endswith(wanted[1:])
    return wanted == host


def _ports_fit(wanted: str, port: int | None, scheme: str) -> bool:
    if wanted == "*":
        return True
    return port == (int(wanted) if wanted.isdecimal() else _PORTS.get(scheme))
