"""Finding the endpoints and deliveries that a caller may see, and those they may change."""

from api import ids
from api.exceptions import NotFound
from teams.auth.permissions import require_role
from teams.auth.principals import Principal
from teams.models import Role
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


def endpoint_to_change(
    principal: Principal, raw_id: str, *, param: str | None = None
) -> WebhookEndpoint:
    """An endpoint with its row locked, for the Admins of its team.

    Raises:
        EndpointNotFound: when there is none.
        InsufficientRole: when the caller may only read it.
    """
    endpoint = find_endpoint(principal, raw_id, lock=True, param=param)
    require_role(principal, endpoint.team, Role.ADMIN)
    return endpoint


def delivery_to_send(principal: Principal, raw_id: str) -> WebhookDelivery:
    """A delivery, for the Admins of its team, who may send it again.

    Raises:
        DeliveryNotFound: when there is none.
        InsufficientRole: when the caller may only read it.
    """
    delivery = find_delivery(principal, raw_id)
    require_role(principal, delivery.endpoint.team, Role.ADMIN)
    return delivery


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
