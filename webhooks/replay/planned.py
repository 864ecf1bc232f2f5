"""A delivery that is to be made, beside others."""

from dataclasses import dataclass, field

from api import ids
from webhooks.models import DELIVERY_PREFIX


def _new_id() -> str:
    return DELIVERY_PREFIX + ids.cuid()


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """What is known of it before it is written.

    A replay names the delivery whose place it takes, and the status in which
    that was found.
    """

    event_id: str
    endpoint_id: str
    api_version: str
    replay: int = 0
    replaces: str = ""
    replaces_status: str = ""
    id: str = field(default_factory=_new_id)
