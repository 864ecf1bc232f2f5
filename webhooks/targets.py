"""Where this installation may send: its address policy, and the check of an endpoint's URL."""

from functools import lru_cache
from ipaddress import ip_network

from django.conf import settings

from api.exceptions import InvalidRequest
from webhooks.addresses import (
    AddressPolicy,
    BlockedAddress,
    InvalidTarget,
    Target,
    check_literal,
    parse_target,
)


class InvalidWebhookUrl(InvalidRequest):
    """The URL of an endpoint is not one that events may be sent to."""

    code = "invalid_webhook_url"

    def __init__(self, message: str) -> None:
        super().__init__(f"url: {message}", param="url")


def address_policy() -> AddressPolicy:
    """Which addresses may be sent to, from the settings."""
    return AddressPolicy(
        allow_private=settings.ALLOW_PRIVATE_TARGETS,
        allowed_networks=tuple(ip_network(network) for network in settings.ALLOWED_NETWORKS),
    )


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
