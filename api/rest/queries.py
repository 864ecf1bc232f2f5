"""Query parameters, read as strictly as bodies."""

from collections.abc import Sequence

from rest_framework.request import Request

from api.exceptions import InvalidRequest


def choice(request: Request, name: str, words: Sequence[str]) -> str | None:
    """The word that a parameter holds; None when it was not sent.

    Raises:
        InvalidRequest: when it is not one of `words`.
    """
    value = request.query_params.get(name)
    if value is not None and value not in words:
        raise InvalidRequest(f"{name} must be one of: {', '.join(words)}.", param=name)
    return value


def flag(request: Request, name: str, *, default: bool) -> bool:
    """The value of a parameter that is `true` or `false`.

    Raises:
        InvalidRequest: when it says something else.
    """
    value = choice(request, name, ("true", "false"))
    return default if value is None else value == "true"
