"""The page of one endpoint: how it is doing, and its deliveries."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Q, Subquery
from django.db.models.lookups import Exact
from django.http import HttpRequest, HttpResponse

from api.rest.fields import Choice, Moment
from api.rest.pagination import InvalidCursor
from api.rest.shapes import Shape
from webhooks.catalogue.types import TEST_EVENT
from webhooks.endpoints.access import parse_delivery_id
from webhooks.endpoints.figures import HOURS, Figures, Hour, figures_of
from webhooks.endpoints.health import FAILING_LIMIT, failing_deliveries
from webhooks.models import (
    DeliveryQuerySet,
    DeliveryStatus,
    EndpointStatus,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from webhooks.pages.base import WebhookPage
from webhooks.pages.endpoints import endpoints_of
from webhooks.pages.lists import Filters, Part, part_of
from webhooks.pages.states import DELIVERIES, State
from webhooks.rest.endpoint_serializers import EVENT_TYPES

#: Deliveries that the figures of the page rest on.
COUNTED = 5_000

#: Endpoints in the list beside the page.
NEIGHBOURS = 30

#: What was not delivered is little, and has an index of its own.
INDEXED = (DeliveryStatus.FAILED, DeliveryStatus.ABANDONED, DeliveryStatus.SUPERSEDED)


class DeliveryFilterShape(Shape):
    """The filters of a list of deliveries."""

    status = Choice(DeliveryStatus.values, required=False)
    type = Choice((*EVENT_TYPES, TEST_EVENT), required=False)
    since = Moment(required=False)
    until = Moment(required=False)


class DeliveryFilters(Filters):
    """The filters of a list of deliveries."""

    shape = DeliveryFilterShape


class EndpointPage(WebhookPage):
    """One endpoint."""

    template = "settings/webhooks/endpoint.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The page, with a part of the deliveries."""
        endpoint = self.endpoint(id)
        filters, after = DeliveryFilters(request), request.GET.get("after", "")
        figures = figures_of([endpoint.pk], most=COUNTED)[endpoint.pk]
        neighbours = list(endpoints_of(endpoint.team_id)[: NEIGHBOURS + 1])
        return self.show(
            request,
            endpoint=endpoint,
            team=endpoint.team,
            state=State.of(endpoint),
            figures=figures,
            counted=COUNTED,
            chart=chart_of(figures),
            failing=0 if after else failing_of(endpoint),  # further pages have a query more
            failing_limit=FAILING_LIMIT,
            lasting=timedelta(seconds=settings.WEBHOOK_DISABLE_AFTER),
            neighbours=[(one, State.of(one)) for one in neighbours[:NEIGHBOURS]],
            filters=filters,
            part=deliveries_of(endpoint, filters, after),
            looks=DELIVERIES,
            statuses=[(status, word) for status, (_, word) in DELIVERIES.items()],
            types=(*EVENT_TYPES, TEST_EVENT),
            max_attempts=settings.WEBHOOK_MAX_ATTEMPTS,
        )


#: The type of a delivery's event, looked up row by row. With a join, the planner may begin with all
#: events of the type.
_TYPE = WebhookEvent.objects.filter(pk=OuterRef("event_id")).values("type")[:1]


def deliveries_of(endpoint: WebhookEndpoint, filters: DeliveryFilters, after: str) -> Part:
    """A part of the deliveries to an endpoint, those that the filters let through.

    Raises:
        InvalidCursor: when the endpoint has no delivery with the id `after`.
    """
    if filters.problems:
        return Part([])
    every = WebhookDelivery.objects.filter(endpoint=endpoint)
    rows, fits = every, Q()
    values = filters.values
    status = values.get("status")
    if status in INDEXED or status == DeliveryStatus.PENDING:
        rows = rows.with_status(status)
    elif status:
        fits &= Q(status=status)
    if "type" in values:
        fits &= Q(Exact(Subquery(_TYPE), values["type"]))
    if "since" in values:
        rows = rows.filter(created_at__gte=values["since"])
    if "until" in values:
        rows = rows.filter(created_at__lte=values["until"])
    last = _named(every, after) if after else None
    return part_of(
        rows,
        sort="created_at",
        after=last,
        fits=fits or None,
        shown=DeliveryQuerySet.with_event_type,
    )


def _named(rows: Any, id: str) -> WebhookDelivery:
    found: WebhookDelivery | None = rows.filter(pk=parse_delivery_id(id) or "").first()
    if found is None:
        raise InvalidCursor("after")
    return found


def failing_of(endpoint: WebhookEndpoint) -> int:
    """How many deliveries fail, up to the limit that disables the endpoint."""
    if endpoint.failing_since is None or endpoint.status != EndpointStatus.ENABLED:
        return 0
    return failing_deliveries(
        {
            "id": endpoint.pk,
            "failing_since": endpoint.failing_since,
            "last_delivered_at": endpoint.last_delivered_at,
        }
    )


# --- the chart ----------------------------------------------------------------------------------

#: The height of the chart in pixels, and how much of an hour's place its bar fills.
HEIGHT, FILLED = 44.0, 0.76


@dataclass(frozen=True)
class Column:
    """An hour of the chart: its bars from the bottom up, as look, top and height."""

    hour: Hour
    left: str
    bars: list[tuple[str, str, str]]
    is_counted: bool

    @property
    def width(self) -> str:
        """The width of each bar."""
        return f"{100 / HOURS * FILLED:.2f}%"


def chart_of(figures: Figures) -> list[Column]:
    """The columns of the chart, from a common zero line."""
    most = max((sum(_counts(hour)) for hour in figures.hours), default=0)
    return [
        Column(
            hour=hour,
            left=f"{100 / HOURS * (place + (1 - FILLED) / 2):.2f}%",
            bars=_bars(hour, most),
            is_counted=figures.reach is None or hour.began + timedelta(hours=1) > figures.reach,
        )
        for place, hour in enumerate(figures.hours)
    ]


def _counts(hour: Hour) -> tuple[int, int, int]:
    return hour.delivered, hour.not_arrived, hour.pending


def _bars(hour: Hour, most: int) -> list[tuple[str, str, str]]:
    """The bars of an hour; a small line where there is none."""
    bars, top = [], HEIGHT
    for look, count in zip(("ok", "no", "open"), _counts(hour), strict=True):
        if count:
            height = max(2.0, (HEIGHT - 4) * count / most)
            top -= height
            bars.append((look, f"{top:.1f}", f"{height:.1f}"))
    return bars or [("none", f"{HEIGHT - 2:.1f}", "2")]
