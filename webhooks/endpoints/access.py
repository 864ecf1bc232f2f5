"""Finding the endpoints and deliveries that a caller may see."""

from api import ids
from api.exceptions import NotFound
from teams.auth.principals import Principal
from webhooks.models import (
    DELIVERY_PREFIX,
    ENDPOINT_PREFIX,
    TEST_DELIVERY_PREFIX,
    WebhookDelivery,
    WebhookEndpoint,
)


class EndpointNotFound(NotFound):
    """The team has no endpoint with this id."""

    code = "webhook_endpoint_not_found"
    message = "There is no such webhook endpoint."


class DeliveryNotFound(NotFound):
    """The team has no delivery with this id."""

    code = "webhook_delivery_not_found"
    message = "There is no such delivery."


def find_endpoint(
    principal: Principal, raw_id: str, *, lock: bool = False, param: str | None = None
) -> WebhookEndpoint:
    """Get an endpoint of the caller's team.

    `param` is the field of the body that had the id, if any.

    Raises:
        EndpointNotFound: when there is none.
    """
    endpoints = WebhookEndpoint.objects.visible_to(principal).select_related("team")
    if lock:
        endpoints = endpoints.locked()
    endpoint = endpoints.filter(pk=ids.parse(raw_id, ENDPOINT_PREFIX) or "").first()
    if endpoint is None:
        raise EndpointNotFound(param=param)
    return endpoint


def find_delivery(principal: Principal, raw_id: str) -> WebhookDelivery:
    """Get a delivery to an endpoint of the caller's team, by its id or an attempt's.

    Deliveries to deleted endpoints can be read too.

    Raises:
        DeliveryNotFound: when there is none.
    """
    pk = parse_delivery_id(raw_id) or ""
    deliveries = (
        WebhookDelivery.objects.visible_to(principal)
        .with_event_type()
        .select_related("endpoint__team")
    )
    # The first attempt has the delivery's id; only later attempts need the second query.
    delivery = deliveries.filter(pk=pk).first() or deliveries.filter(attempts__pk=pk).first()
    if delivery is None:
        raise DeliveryNotFound
    return delivery


def parse_delivery_id(text: str) -> str | None:
    """The stored form of a delivery id that a caller sent, or None if it is malformed."""
    is_test = text.startswith(TEST_DELIVERY_PREFIX)
    return ids.parse(text, TEST_DELIVERY_PREFIX if is_test else DELIVERY_PREFIX)
