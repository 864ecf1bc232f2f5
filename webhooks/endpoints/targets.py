"""The URLs that an endpoint may have in this installation."""

from functools import lru_cache

from django.conf import settings

from api.exceptions import InvalidRequest
from api.outbound.addresses import (
    BlockedAddress,
    InvalidTarget,
    Target,
    check_literal,
    parse_target,
)
from api.outbound.policy import address_policy

#: The refusal of a literal address; it reveals nothing about the server there.
NOT_PUBLIC = (
    "Private and reserved addresses are not allowed. Use a public one, "
    "or a host name that leads to one."
)


class InvalidWebhookUrl(InvalidRequest):
    """Events may not be sent to the URL of the endpoint."""

    code = "invalid_webhook_url"

    def __init__(self, message: str) -> None:
        super().__init__(f"url: {message}", param="url")


def target_of(url: str) -> Target:
    """The parts of a URL; cached.

    Raises:
        InvalidTarget: when it is not one that events may be sent to.
    """
    return _parse(url, settings.ALLOW_PRIVATE_TARGETS)


@lru_cache(maxsize=4096)
def _parse(url: str, allow_http: bool) -> Target:
    return parse_target(url, allow_http=allow_http)


def check_url(url: str) -> None:
    """Check that events may be sent to a URL.

    An IP address is checked here; a host name when it is resolved, at each attempt.

    Raises:
        InvalidWebhookUrl: with the reason.
    """
    try:
        check_literal(target_of(url), address_policy())
    except InvalidTarget as error:
        raise InvalidWebhookUrl(str(error)) from None
    except BlockedAddress:
        raise InvalidWebhookUrl(NOT_PUBLIC) from None
