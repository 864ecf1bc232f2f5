"""The event log of a team, and the page of one event."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse

from api import ids
from api.rest.fields import Choice, Moment, Text
from api.rest.pagination import InvalidCursor
from api.rest.shapes import Shape
from webhooks.catalogue.types import CATALOGUE
from webhooks.models import EVENT_PREFIX, DeliveryStatus, WebhookDelivery, WebhookEvent
from webhooks.models.event import EventQuerySet
from webhooks.pages.base import WebhookPage
from webhooks.pages.deliveries import Payload
from webhooks.pages.lists import Filters, Part, part_of
from webhooks.pages.outcomes import outcomes_of
from webhooks.pages.states import DELIVERIES
from webhooks.rest.endpoint_serializers import EVENT_TYPES
from webhooks.rest.event_views import EventNotFound

#: How far the time in an id and the time of its event may differ, clocks of machines included.
SLACK = timedelta(minutes=2)

#: Events whose ids and sequences may be in different orders: they were recorded at one moment.
NEAR = 100


class EventFilterShape(Shape):
    """The filters of the event log."""

    type = Choice(EVENT_TYPES, required=False)
    object_id = Text(required=False, max_length=40)
    since = Moment(required=False)
    until = Moment(required=False)


class EventFilters(Filters):
    """The filters of the event log."""

    shape = EventFilterShape


class EventsPage(WebhookPage):
    """The events of the team, newest first."""

    template = "settings/webhooks/events.html"
    tab = "events"

    def get(self, request: HttpRequest) -> HttpResponse:
        """A part of the log."""
        self.admit(self.team)
        filters = EventFilters(request)
        every = WebhookEvent.objects.filter(team=self.team, synthetic=False)
        part = events_of(every, filters, request.GET.get("after", ""))
        counts = counts_of([event.pk for event in part.rows])
        return self.show(
            request,
            filters=filters,
            part=part,
            rows=[(event, counts[event.pk]) for event in part.rows],
            types=EVENT_TYPES,
        )

    def back(self) -> str:
        """The log."""
        return "settings-events"


class EventPage(WebhookPage):
    """One event: its payload, and what became of it at each endpoint."""

    template = "settings/webhooks/event.html"
    tab = "events"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The page."""
        pk = ids.parse(id, EVENT_PREFIX) or ""
        found = WebhookEvent.objects.visible_to(self.principal).select_related("team")
        event = found.filter(pk=pk).first()
        if event is None:
            raise EventNotFound
        self.admit(event.team)
        return self.show(
            request,
            event=event,
            team=event.team,
            about=CATALOGUE.get(event.type),
            payload=Payload.of(bytes(event.payload)),
            outcomes=outcomes_of(event),
        )


def events_of(every: EventQuerySet, filters: EventFilters, after: str) -> Part:
    """A part of the log, those that the filters let through.

    Raises:
        InvalidCursor: when the log has no event with the id `after`.
    """
    if filters.problems:
        return Part([])
    values, rows = filters.values, every.defer("payload")
    if "object_id" in values:
        rows = rows.filter(object_id=ids.parse(values["object_id"]) or values["object_id"])
    rows = _within(every, rows, values.get("since"), values.get("until"))
    last = None
    if after:
        last = every.filter(pk=ids.parse(after, EVENT_PREFIX) or "").only("pk", "sequence").first()
        if last is None:
            raise InvalidCursor("after")
    fits = Q(type=values["type"]) if "type" in values else None
    return part_of(rows, sort="sequence", after=last, fits=fits)


def _within(
    every: EventQuerySet, rows: EventQuerySet, since: datetime | None, until: datetime | None
) -> EventQuerySet:
    """The rows of a time.

    Ids are in the order of time, so an index gives the first sequence of the time and the last
    one. Between them the exact times count.
    """
    if since is not None:
        later = every.filter(pk__gte=_id_at(since, -SLACK)).order_by("pk")
        first = min(_sequences(later), default=None)
        rows = rows.none() if first is None else rows.filter(sequence__gte=first)
        rows = rows.filter(created_at__gte=since)
    if until is not None:
        earlier = every.filter(pk__lte=_id_at(until, SLACK)).order_by("-pk")
        last = max(_sequences(earlier), default=None)
        rows = rows.none() if last is None else rows.filter(sequence__lte=last)
        rows = rows.filter(created_at__lte=until)
    return rows


def _sequences(events: EventQuerySet) -> list[int]:
    return [one or 0 for one in events.values_list("sequence", flat=True)[:NEAR]]


def _id_at(moment: datetime, slack: timedelta) -> str:
    """The beginning of the ids of a time; before 1970 and after 2059 there are none."""
    milliseconds = int((moment.timestamp() + slack.total_seconds()) * 1000)
    return EVENT_PREFIX + ids.time_part(min(max(milliseconds, 0), 36**8 - 1))


def counts_of(events: list[str]) -> dict[str, list[tuple[str, str, int]]]:
    """How many endpoints each event came to, by state: look, word and number. One query."""
    newest = WebhookDelivery.objects.filter(event__in=events).newest_replays()
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for event, status, count in newest.values_list("event_id", "status").annotate(Count("pk")):
        found[event][status] = count
    return {
        event: [
            (*DELIVERIES[status], found[event][status])
            for status in DeliveryStatus
            if status in found[event]
        ]
        for event in events
    }
