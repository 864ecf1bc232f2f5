"""Guests of a study: making and finding them, and deleting those without ratings."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from api.security import security_limits
from evaluations.models import Evaluation
from ratings.models import Guest

#: Guests that one address may become in a minute, per study.
STARTS = 120

#: How long a guest without ratings is kept.
KEPT = timedelta(days=30)

#: Guests removed in one transaction.
BATCH = 500


def seconds_to_wait(evaluation: Evaluation, *, network: str) -> int:
    """Count a start. Returns the seconds to wait, or 0."""
    window = security_limits.hit(f"guest-start:{evaluation.pk}:{network}", STARTS)
    return window.retry_after if window.exceeded else 0


def welcome(evaluation: Evaluation, *, name: str = "", email: str = "") -> Guest:
    """A new guest. The address is stored as typed, and nothing is sent to it."""
    return Guest.objects.create(evaluation=evaluation, name=name, email=email)


def find(evaluation: Evaluation, guest_id: str, *, lock: bool = False) -> Guest | None:
    """The guest of a study; None when there is none, or no longer.

    `lock` keeps `forget` from removing the guest until the end of the transaction.
    """
    if not guest_id:
        return None
    guests = Guest.objects.filter(evaluation=evaluation, pk=guest_id)
    return (guests.select_for_update(no_key=True) if lock else guests).first()


def forget() -> int:
    """Delete guests without ratings after 30 days, with their input; returns the number.

    Locked rows are skipped: their guest is rating. Safe to run twice.
    """
    removed = 0
    while batch := _forget_some():
        removed += batch
    return removed


@transaction.atomic
def _forget_some() -> int:
    old = Guest.objects.filter(Q(ratings=None), created_at__lt=timezone.now() - KEPT)
    pks = list(old.order_by("created_at").values_list("pk", flat=True)[:BATCH])
    locked = Guest.objects.filter(pk__in=pks).select_for_update(skip_locked=True, of=("self",))
    held = list(locked.values_list("pk", flat=True))
    # A rating may have come between the two statements; behind the lock none can.
    return Guest.objects.filter(pk__in=held, ratings=None).delete()[0]
