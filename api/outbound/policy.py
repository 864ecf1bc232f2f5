"""The addresses that this installation may send requests to, from the settings."""

from ipaddress import ip_network

from django.conf import settings

from api.outbound.addresses import AddressPolicy


def address_policy() -> AddressPolicy:
    """Which addresses may be sent to, from the settings."""
    return AddressPolicy(
        allow_private=settings.ALLOW_PRIVATE_TARGETS,
        allowed_networks=tuple(ip_network(network) for network in settings.ALLOWED_NETWORKS),
    )
