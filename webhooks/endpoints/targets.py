"""Which URLs may be an endpoint's in this installation."""

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


class InvalidWebhookUrl(InvalidRequest):
    """The URL of an endpoint is not one that events may be sent to."""

    code = "invalid_webhook_url"

    def __init__(self, message: str) -> None:
        super().__init__(f"url: {message}", param="url")


def target_of(url: str) -> Target:
    """The parts of a URL, parsed once.

    Raises:
        InvalidTarget: when it is not one that events may be sent to.
    """
    return _parse(url, settings.ALLOW_PRIVATE_TARGETS)


@lru_cache(maxsize=4096)
def _parse(url: str, allow_http: bool) -> Target:
    return parse_target(url, allow_http=allow_http)


def check_url(url: str) -> None:
    """Let a URL through that events may be sent to.

    A literal address is judged here; a name when it is looked up, at each
    attempt.

    Raises:
        InvalidWebhookUrl: saying what is wrong with it.
    """
    try:
        check_literal(target_of(url), address_policy())
    except (InvalidTarget, BlockedAddress) as error:
        raise InvalidWebhookUrl(str(error)) from None
