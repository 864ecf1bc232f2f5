"""Dated API versions, chosen by the `Autousers-Version` header."""

from rest_framework.request import Request

from api.exceptions import InvalidRequest

HEADER = "Autousers-Version"
CURRENT_VERSION = "2026-05-04"

#: Every version that is served, oldest first.
VERSIONS = (CURRENT_VERSION,)


class UnsupportedVersion(InvalidRequest):
    """The version asked for is not served; the message lists those that are."""

    code = "unsupported_version"

    def __init__(self, wanted: str, param: str) -> None:
        super().__init__(
            f"The API version {wanted[:40]!r} is not served. Served: {', '.join(VERSIONS)}.",
            param=param,
        )


def check(version: str, *, param: str) -> str:
    """Let a served version through.

    Raises:
        UnsupportedVersion: for anything else; `param` is the field or header that named it.
    """
    if version not in VERSIONS:
        raise UnsupportedVersion(version, param)
    return version


def requested(request: Request) -> str:
    """The version a request asks for, or the newest one."""
    wanted = request.headers.get(HEADER)
    return CURRENT_VERSION if wanted is None else check(wanted, param=HEADER)
