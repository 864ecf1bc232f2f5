"""How long events are kept, and removing them once that is over.

An event goes as a whole, with its deliveries and their attempts, and only
when nothing about it is due and nothing was tried lately. Removing takes many
short transactions with rests in between, and leaves alone what anybody holds,
so sending never waits for it.
"""

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from api import ids
from teams.models import Plan, Team
from webhooks.models import (
    EVENT_PREFIX,
    TEST_EVENT_PREFIX,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEvent,
)

#: How long the event log of a team goes back, by its plan now.
KEPT = {
    Plan.FREE: timedelta(days=90),
    Plan.TEAM: timedelta(days=90),
    Plan.PRO: timedelta(days=90),
    Plan.ENTERPRISE: timedelta(days=365),
}

#: Synthetic events are in no log; their deliveries can be looked at for so long.
SYNTHETIC_KEPT = timedelta(days=7)

#: An old event that was replayed stays until its last attempt is so long ago.
QUIET = timedelta(days=1)

#: Limits of one transaction: events, and deliveries unless a single event has more.
EVENTS = 200
DELIVERIES = 1_000

#: Seconds between two transactions, and seconds after which a run ends: a worker that has only one
#: process does not deliver meanwhile. The next run goes on.
REST = 0.05
BUDGET = 5.0


def remove_old_events(
    budget: float = BUDGET, rest: Callable[[], None] = lambda: time.sleep(REST)
) -> int:
    """Remove what is past its time; how many events."""
    now = timezone.now()
    end = time.monotonic() + budget
    teams = list(Team.objects.values_list("pk", "plan"))
    random.shuffle(teams)  # a run that ends early must not favour the same teams each time
    old = [_before(TEST_EVENT_PREFIX, now - SYNTHETIC_KEPT)]
    old += [_before(EVENT_PREFIX, now - KEPT[Plan(plan)]).filter(team=team) for team, plan in teams]
    removed = 0
    for events in old:
        last = ""
        while time.monotonic() < end and (batch := _within_limits(events.filter(pk__gt=last))):
            removed += _remove(batch, now)
            last = batch[-1]  # what had to stay is passed over
            rest()
    return removed


def _before(prefix: str, moment: datetime) -> QuerySet[WebhookEvent]:
    """The events of one kind that were made before a moment, which their ids tell."""
    limit = prefix + ids.time_part(int(moment.timestamp() * 1000))
    return WebhookEvent.objects.filter(pk__gte=f"{prefix}c", pk__lt=limit).order_by("pk")


def _remove(events: list[str], now: datetime) -> int:
    """Remove these events in one transaction, but for those that are held or needed; how many."""
    needed = WebhookDelivery.objects.filter(
        Q(next_attempt_at__isnull=False) | Q(last_attempt_at__gt=now - QUIET)
    )
    with transaction.atomic():
        skip = connection.features.has_select_for_update_skip_locked
        locked = WebhookEvent.objects.select_for_update(skip_locked=skip)
        free = set(locked.filter(pk__in=events).values_list("pk", flat=True))
        # After locking: from here on nobody can add a delivery.
        free -= set(needed.filter(event__in=free).values_list("event", flat=True))
        if free:
            deliveries = WebhookDelivery.objects.filter(event__in=free)
            # Through their deliveries: attempts have no index of events.
            _delete(WebhookAttempt.objects.filter(delivery__in=deliveries.values("pk")))
            _delete(deliveries)
            _delete(WebhookEvent.objects.filter(pk__in=free))
    return len(free)


def _within_limits(events: QuerySet[WebhookEvent]) -> list[str]:
    """The first of the events that together have no more deliveries than fit, but one at least."""
    oldest = list(events.values_list("pk", flat=True)[:EVENTS])
    deliveries = WebhookDelivery.objects.filter(event__in=oldest)
    sizes = dict(deliveries.values_list("event").annotate(size=Count("pk")))
    batch: list[str] = []
    total = 0
    for pk in oldest:
        total += sizes.get(pk, 0)
        if batch and total > DELIVERIES:
            break
        batch.append(pk)
    return batch


def _delete(rows: QuerySet) -> None:
    # Children are deleted before their parents here; Django would fetch them all to find that out.
    rows._raw_delete(rows.db)
