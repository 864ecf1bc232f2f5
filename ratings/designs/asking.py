"""Asking a design's server whether its page may stand in a frame, through the address guard.

A web thread waits for the answer. So a process asks only a few servers at once, each has seconds to
answer, and the answer is stored for all processes. A request beyond that limit shows the frame
without asking; beside every frame is a link to the page.
"""

import hashlib
import threading
from datetime import datetime, timedelta
from time import monotonic
from urllib.parse import urljoin

from django.conf import settings
from django.utils import timezone

from api.outbound.addresses import InvalidTarget, parse_target
from api.outbound.getter import Getter, NoAnswer, Response
from api.outbound.policy import address_policy
from ratings.designs import framing
from ratings.models import FrameAnswer, Framing

#: How long an answer is used.
KEPT = {
    Framing.ALLOWED: timedelta(hours=1),
    Framing.FORBIDDEN: timedelta(hours=1),
    Framing.UNREACHABLE: timedelta(minutes=2),
}

#: Pages that one process asks at once, seconds for one of them, and redirects that are followed.
AT_ONCE = 2
SECONDS = 3.0
REDIRECTS = 4

HEADERS = {"User-Agent": "Autousers-FrameCheck/1.0", "Accept": "text/html, */*;q=0.5"}

_turns = threading.BoundedSemaphore(AT_ONCE)


def framing_of(*urls: str) -> list[Framing]:
    """Whether the pages at some addresses may stand in a frame here; kept answers, or new ones."""
    now = timezone.now()
    known = {
        row.digest: Framing(row.framing)
        for row in FrameAnswer.objects.filter(pk__in=map(_digest, urls))
        if _is_fresh(row, now)
    }
    return [known.get(_digest(url)) or _ask_in_turn(url) for url in urls]


def _ask_in_turn(url: str) -> Framing:
    """Ask, and store the answer; beyond the limit, show the frame without asking."""
    if not _turns.acquire(blocking=False):
        return Framing.ALLOWED
    try:
        found = _ask(url)
    finally:
        _turns.release()
    FrameAnswer.objects.bulk_create(
        [FrameAnswer(digest=_digest(url), framing=found)],
        update_conflicts=True,
        unique_fields=["digest"],
        update_fields=["framing", "asked_at"],
    )
    return found


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def forget() -> int:
    """Delete answers that are too old; returns their number."""
    return FrameAnswer.objects.filter(asked_at__lt=timezone.now() - max(KEPT.values())).delete()[0]


def _is_fresh(known: FrameAnswer, now: datetime) -> bool:
    return known.asked_at > now - KEPT[Framing(known.framing)]


def _ask(url: str) -> Framing:
    with Getter(policy=address_policy(), ca_bundle=settings.CA_BUNDLE) as getter:
        try:
            page, answer = _follow(getter, url)
        except (NoAnswer, InvalidTarget):
            return Framing.UNREACHABLE
    allowed = framing.allows(answer.headers, page=page, parent=settings.PUBLIC_URL)
    return Framing.ALLOWED if allowed else Framing.FORBIDDEN


def _follow(getter: Getter, url: str) -> tuple[str, Response]:
    """The final page of an address and the headers of its answer; every redirect is checked.

    Raises:
        NoAnswer, InvalidTarget: when it leads to none.
    """
    until = monotonic() + SECONDS
    for _ in range(REDIRECTS + 1):
        target = parse_target(url.partition("#")[0], allow_http=True)
        left = until - monotonic()
        if left <= 0:
            break
        answer = getter.get(target, headers=HEADERS, limit=1, seconds=left)
        location = answer.headers.get("location")
        if not (300 <= answer.status < 400 and location):
            return target.url, answer
        url = urljoin(target.url, location)
    raise NoAnswer("It leads on and on.")
