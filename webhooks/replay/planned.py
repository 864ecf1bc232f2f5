"""A planned delivery: the values of a row before it is inserted."""

from dataclasses import dataclass, field

from api import ids
from webhooks.models import DELIVERY_PREFIX


def _new_id() -> str:
    return DELIVERY_PREFIX + ids.cuid()


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """The values of a delivery before it is inserted.

    A replay names the delivery that it supersedes, and the status that this had.
    """

    event_id: str
    endpoint_id: str
    api_version: str
    replay: int = 0
    replaces: str = ""
    replaces_status: str = ""
    id: str = field(default_factory=_new_id)
