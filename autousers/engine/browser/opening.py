"""Opening a design: redirects, refusals, and waiting until the page is calm."""

import asyncio
import re
import time
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Error, Page, Response

from autousers.engine.browser.events import VisitFailed
from autousers.engine.browser.measuring.traffic import TrafficNotes
from autousers.engine.browser.measuring.world import Busy, MeasureFailed, World
from autousers.engine.browser.network.proxy import Traffic

OPEN_SECONDS = 12.0
"""Seconds until the first byte of a page."""
MOST_FORWARDS = 5
TRIES = 3
PAUSES = (0.5, 1.5)

BUSY = "The page keeps the browser busy, and nothing of it can be looked at."

_PROBE_SECONDS = 2.0
_LOOK_EVERY = 0.08
_CALM_LOOKS = 4
_EMPTY_LOOKS = 25
"""Looks at a page that shows nothing and has scripts, which may be about to make it."""
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_CODE = re.compile(r"net::(ERR_[A-Z0-9_]{1,60})")
_WORDS = {
    "ERR_NAME_NOT_RESOLVED": "The host name does not exist.",
    "ERR_CONNECTION_REFUSED": "The connection was refused.",
    "ERR_CONNECTION_RESET": "The server broke the connection off.",
    "ERR_CONNECTION_CLOSED": "The server closed the connection without an answer.",
    "ERR_EMPTY_RESPONSE": "The server closed the connection without an answer.",
    "ERR_TOO_MANY_REDIRECTS": "It redirects without end.",
    "ERR_UNSAFE_REDIRECT": "It redirects to what is no web page.",
    "ERR_UNKNOWN_URL_SCHEME": "It redirects to what is no web page.",
    "ERR_DISALLOWED_URL_SCHEME": "It redirects to what is no web page.",
    "ERR_SSL_PROTOCOL_ERROR": "The server does not speak TLS at this port.",
    "ERR_INVALID_HTTP_RESPONSE": "The server does not answer in HTTP.",
    "ERR_UNSAFE_PORT": "The port is one that browsers refuse.",
    "ERR_BLOCKED_BY_CLIENT": "The address is one that browsers refuse.",
    "ERR_INVALID_AUTH_CREDENTIALS": "It asks for a name and a password before it shows anything.",
    "ERR_ABORTED": "The address leads to a file to download, not to a page.",
    "ERR_INVALID_RESPONSE": "The address leads to a file to download, not to a page.",
}
_PASSING = ("ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_CLOSED")


class _Passing(Exception):
    """What may be over in a moment; the message says what it is."""


async def open_design(page: Page, url: str, notes: TrafficNotes, traffic: Traffic) -> Response:
    """Open the address; what may pass is tried again.

    Raises:
        VisitFailed: with the reason why there is no page.
    """
    for number in range(1, TRIES + 1):
        try:
            return await _open(page, url, notes, traffic)
        except _Passing as passing:
            if number == TRIES:
                raise VisitFailed(f"{str(passing).rstrip('.')} after {TRIES} tries.") from None
        await asyncio.sleep(PAUSES[number - 1])
    raise AssertionError("unreachable")


async def _open(page: Page, url: str, notes: TrafficNotes, traffic: Traffic) -> Response:
    notes.failed_document = ""
    try:
        answer = await page.goto(url, wait_until="commit", timeout=OPEN_SECONDS * 1000)
    except Error as error:
        raise _why_not(str(error), url, notes, traffic) from None
    response = notes.document or answer
    if response is None:
        raise VisitFailed("The address does not lead to a page.")
    _refuse(response, traffic)
    return response


def refuse_refused(url: str, traffic: Traffic) -> None:
    """Fail when a document is none of the page's, but what the proxy said instead.

    Raises:
        VisitFailed: with the reason of the proxy.
    """
    if reason := _of_proxy(url, traffic):
        raise VisitFailed(reason)


def _refuse(response: Response, traffic: Traffic) -> None:
    refuse_refused(response.url, traffic)
    status = response.status
    if status in (429, 500, 502, 503, 504) and "cf-mitigated" not in response.headers:
        raise _Passing(f"HTTP {status}.")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if status < 400 and kind and kind not in _HTML:
        shown = "".join(char for char in kind if char.isprintable())[:60]
        raise VisitFailed(f"The address leads to {shown}, not to a page.")


def _why_not(text: str, url: str, notes: TrafficNotes, traffic: Traffic) -> Exception:
    """The reason for people: the proxy's, the status, or Chromium's code."""
    for address in (notes.failed_document, *reversed(notes.navigations[-1:]), url):
        if address and (reason := _of_proxy(address, traffic)):
            return VisitFailed(reason)
    match = _CODE.search(text)
    code = match[1] if match else ""
    if code == "ERR_HTTP_RESPONSE_CODE_FAILURE" and notes.document is not None:
        status = notes.document.status
        passing = status >= 500 or status == 429
        return _Passing(f"HTTP {status}.") if passing else VisitFailed(f"HTTP {status}.")
    if "Timeout" in text or code == "ERR_TIMED_OUT":
        return VisitFailed(f"The server did not answer within {OPEN_SECONDS:g} seconds.")
    if "Download is starting" in text:
        return VisitFailed(_WORDS["ERR_ABORTED"])
    if code.startswith("ERR_CERT_"):
        return VisitFailed(f"The certificate of the server is not valid ({code}).")
    if "crash" in text.lower():
        return VisitFailed("The page crashed the browser.")
    reason = _WORDS.get(code, f"The page could not be opened ({code or 'no reason given'}).")
    return _Passing(reason) if code in _PASSING else VisitFailed(reason)


def _of_proxy(url: str, traffic: Traffic) -> str | None:
    """Why the proxy did not reach the host of an address."""
    parts = urlsplit(url)
    port = {"http": "80", "https": "443"}.get(parts.scheme, "")
    netloc = parts.netloc.rpartition("@")[2]
    return traffic.failures.get(netloc) or traffic.failures.get(f"{netloc}:{port}")


async def wait_for_calm(
    page: Page, world: World, notes: TrafficNotes, traffic: Traffic, *, seconds: float
) -> bool:
    """Wait until the document is complete and nothing changes; False when the time is over.

    Raises:
        VisitFailed: when the page forwards without end, or answers nothing at all.
    """
    until = time.monotonic() + seconds
    before, calm, answered, is_silent = None, 0, False, False
    while time.monotonic() < until:
        if len(notes.navigations) > MOST_FORWARDS + TRIES:
            raise VisitFailed(f"It forwards more than {MOST_FORWARDS} times.")
        try:
            now = await world.measure("calm", seconds=max(0.5, until - time.monotonic()))
            answered, is_silent = True, False
        except (MeasureFailed, Error) as failed:
            is_silent = isinstance(failed, Busy)
            _refuse_dead(page, notes, traffic)
            world.forget()
            await asyncio.sleep(_LOOK_EVERY)
            continue
        calm = calm + 1 if now == before and now["state"] == "complete" else 0
        before = now
        if calm >= (_EMPTY_LOOKS if _is_to_come(now) else _CALM_LOOKS) and not notes.open:
            return True
        await asyncio.sleep(_LOOK_EVERY)
    if not answered or (is_silent and not await _answers(world)):
        raise VisitFailed(BUSY)
    return False


async def _answers(world: World) -> bool:
    """Whether a page that was silent at last says anything: one that hangs is asked no more."""
    try:
        await world.evaluate("1", seconds=_PROBE_SECONDS)
    except Busy:
        return False
    return True


def _is_to_come(now: dict[str, Any]) -> bool:
    return now["scripts"] > 0 and not now["shows"]


def _refuse_dead(page: Page, notes: TrafficNotes, traffic: Traffic) -> None:
    if page.is_closed():
        raise VisitFailed("The page closed its window.")
    if notes.failed_document and (reason := _of_proxy(notes.failed_document, traffic)):
        raise VisitFailed(reason)
