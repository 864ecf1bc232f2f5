"""Fetching a page for its preview: through the address guard, small, and not for long.

A web thread waits for the page. So only a few may do so at once in a process,
and each person may ask so often in a minute. The limit protects whoever
answers at the address: `AUTOUSERS_RATE_LIMIT_MODE=log` does not switch it off.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from api.exceptions import InvalidRequest, RateLimitError
from api.outbound.getter import Getter
from api.outbound.policy import address_policy
from api.security import security_limits
from autousers.engine.fetch import Fetcher, Limits
from autousers.engine.protocol import EngineError
from autousers.link_previews.reading import ADDRESS_LIMIT, LinkPreview, read

#: Requests a person may make in a minute.
PER_PERSON = 30

#: Previews that one process fetches at once.
AT_ONCE = 2

#: Redirects are followed, each judged like the first address; nothing is tried twice.
LIMITS = Limits(page_bytes=256 * 1024, redirects=3, request_seconds=3.0, run_seconds=4.0, tries=1)

HEADERS = {"User-Agent": "Autousers-LinkPreview/1.0", "Accept": "text/html, image/*;q=0.5"}


class LinkUnreachable(InvalidRequest):
    """The page cannot be fetched. The message gives the reason."""

    code = "link_unreachable"

    def __init__(self, reason: str) -> None:
        super().__init__(f"There is no preview of this address: {reason}", param="url")


class TooManyPreviews(RateLimitError):
    """There are too many link previews, by this person or on the server at the moment."""

    code = "link_preview_limit_exceeded"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after)})


def preview(*, url: str, person_id: str) -> LinkPreview:
    """Fetch the page at an address and read what it says of itself.

    Raises:
        LinkUnreachable: when the address may not be fetched, or has no page.
        TooManyPreviews: when the person asked too often, or others are being fetched.
    """
    window = security_limits.hit(f"link-preview:{person_id}", PER_PERSON)
    if window.exceeded:
        raise TooManyPreviews(
            f"A person may ask for {PER_PERSON} link previews per minute. "
            f"Try again in {window.retry_after} seconds.",
            window.retry_after,
        )
    if len(url) > ADDRESS_LIMIT:
        raise LinkUnreachable(f"it is longer than {ADDRESS_LIMIT} characters.")
    with _turn(), Getter(policy=address_policy(), ca_bundle=settings.CA_BUNDLE) as getter:
        try:
            fetched = Fetcher(getter, limits=LIMITS, headers=HEADERS).page(url)
        except EngineError as error:
            raise LinkUnreachable(str(error)) from error
    return read(fetched.url, fetched.content_type, fetched.body)


_turns = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def _turn() -> Iterator[None]:
    """Be one of the few that fetch; the others do not wait."""
    if not _turns.acquire(blocking=False):
        raise TooManyPreviews(
            f"{AT_ONCE} link previews are being fetched. Try again in a moment.", retry_after=1
        )
    try:
        yield
    finally:
        _turns.release()
