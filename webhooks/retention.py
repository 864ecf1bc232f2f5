"""Retention: how long events are kept, and their removal.

An event is removed with its deliveries and attempts, but not while a delivery is due or
had an attempt within the last day. The removal runs in many short transactions with
pauses and skips locked rows, so that deliveries never wait for it.
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

#: The retention of a team's event log by its current plan.
KEPT = {
    Plan.FREE: timedelta(days=90),
    Plan.TEAM: timedelta(days=90),
    Plan.PRO: timedelta(days=90),
    Plan.ENTERPRISE: timedelta(days=365),
}

#: The retention of synthetic events and their deliveries.
SYNTHETIC_KEPT = timedelta(days=7)

#: An event stays until its last attempt is so old, for example after a late replay.
QUIET = timedelta(days=1)

#: Limits of one transaction: events, and deliveries (a single event may have more).
EVENTS = 200
DELIVERIES = 1_000

#: Seconds between two transactions, and seconds after which a run ends, because a worker with one
#: process delivers nothing meanwhile. The next run continues.
REST = 0.05
BUDGET = 5.0


def remove_old_events(
    budget: float = BUDGET, rest: Callable[[], None] = lambda: time.sleep(REST)
) -> int:
    """Remove events past their retention; returns how many."""
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
            last = batch[-1]  # skip events that have to stay
            rest()
    return removed


def _before(prefix: str, moment: datetime) -> QuerySet[WebhookEvent]:
    """The events with an id prefix from before a time; ids are in the order of time."""
    limit = prefix + ids.time_part(int(moment.timestamp() * 1000))
    return WebhookEvent.objects.filter(pk__gte=f"{prefix}c", pk__lt=limit).order_by("pk")


def _remove(events: list[str], now: datetime) -> int:
    """Remove events in one transaction, but not locked or needed ones; returns how many."""
    needed = WebhookDelivery.objects.filter(
        Q(next_attempt_at__isnull=False) | Q(last_attempt_at__gt=now - QUIET)
    )
    with transaction.atomic():
        skip = connection.features.has_select_for_update_skip_locked
        locked = WebhookEvent.objects.select_for_update(skip_locked=skip)
        free = set(locked.filter(pk__in=events).values_list("pk", flat=True))
        # Read after locking: now nobody can add a delivery.
        free -= set(needed.filter(event__in=free).values_list("event", flat=True))
        if free:
            deliveries = WebhookDelivery.objects.filter(event__in=free)
            # Through their deliveries: attempts have no index of events.
            _delete(WebhookAttempt.objects.filter(delivery__in=deliveries.values("pk")))
            _delete(deliveries)
            _delete(WebhookEvent.objects.filter(pk__in=free))
    return len(free)


def _within_limits(events: QuerySet[WebhookEvent]) -> list[str]:
    """The oldest events that stay within the limits together, at least one."""
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
    # Without Django's cascade, which would fetch all children: they are deleted already.
    rows._raw_delete(rows.db)
