"""What the page asks the network for, and what its scripts complain of."""

from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Error, Page, Request, Response

from autousers.engine.browser.measuring.found import Found
from autousers.observation.catalogue.kinds import NETWORK
from autousers.observation.facts import Place

_MOST = 2_000
_PARTS = frozenset({"image", "stylesheet", "script", "font", "media", "manifest"})
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_NO_FAULT = ("net::ERR_ABORTED", "net::ERR_BLOCKED_BY_CLIENT", "net::ERR_BLOCKED_BY_ORB")
_LOAD_NOISE = "Failed to load resource"


class TrafficNotes:
    """Listens to a page from its beginning; all lists are bounded."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.requests = 0
        self.open: set[Request] = set()
        self.hosts: dict[str, int] = {}
        self.broken: dict[str, str] = {}
        self.plain: list[str] = []
        self.errors: list[str] = []
        self.navigations: list[str] = []
        self.document: Response | None = None
        self.failed_document = ""
        self.lacks_style = False
        page.on("request", self._asked)
        page.on("response", self._answered)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._failed)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._complain(str(error)))

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(("http:", "https:")):
            return
        self.requests += 1
        if len(self.open) < _MOST:
            self.open.add(request)
        if self.requests <= _MOST:
            host = urlsplit(request.url).hostname or ""
            self.hosts[host] = self.hosts.get(host, 0) + 1
        if self._is_document(request):
            self.navigations.append(request.url)

    def _answered(self, response: Response) -> None:
        if self._is_document(response.request):
            self.document = response
        elif response.status >= 400 and response.request.resource_type in _PARTS:
            self._break(response.request, f"HTTP {response.status}")
        if response.url.startswith("http:") and len(self.plain) < _MOST:
            self.plain.append(response.url)

    def _ended(self, request: Request) -> None:
        self.open.discard(request)

    def _failed(self, request: Request) -> None:
        self.open.discard(request)
        failure = request.failure or ""
        if self._is_document(request):
            self.failed_document = request.url
        elif request.resource_type in _PARTS and failure not in _NO_FAULT:
            self._break(request, failure.removeprefix("net::"))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_LOAD_NOISE):
            self._complain(message.text)

    def _break(self, request: Request, why: str) -> None:
        self.lacks_style = self.lacks_style or request.resource_type == "stylesheet"
        if len(self.broken) < 200 and not request.url.endswith("/favicon.ico"):
            self.broken.setdefault(request.url, why)

    def _complain(self, text: str) -> None:
        if len(self.errors) < 200:
            self.errors.append(text[:500])

    def _is_document(self, request: Request) -> bool:
        try:
            return request.is_navigation_request() and request.frame == self._page.main_frame
        except Error:  # the frame of a request can be gone
            return False


def note_traffic(
    found: Found, notes: TrafficNotes, *, sent_bytes: int, cookies: list[Any], seconds: float
) -> None:
    """Note the facts of the network, as they are before anybody agreed to anything."""
    address = urlsplit(found.address)
    own = address.hostname or ""
    others = sorted(host for host in notes.hosts if host and not _is_same_site(host, own))
    found.add("page-weight", sent_bytes, NETWORK)
    found.add("many-requests", notes.requests, NETWORK)
    found.add("load-time", round(seconds, 1), NETWORK)
    broken = [Place(_end(url), why) for url, why in notes.broken.items()]
    found.add("broken-parts", len(broken), NETWORK, places=broken)
    errors = [Place("console", text) for text in notes.errors]
    found.add("script-errors", len(errors), NETWORK, places=errors)
    found.add("third-party-hosts", len(others), NETWORK, places=[Place(one) for one in others])
    tracking = [one for one in cookies if not _is_of_session(one, own)]
    told = [Place(one["domain"], one["name"]) for one in tracking]
    found.add("cookies-before-consent", len(told), NETWORK, places=told)
    is_plain = address.scheme == "http"
    if not is_plain:
        plain = [Place(_end(url)) for url in notes.plain]
        found.add("parts-not-encrypted", len(plain), NETWORK, places=plain)
    if is_plain and own in _THIS_MACHINE:
        found.skip("the page is on this machine", "not-encrypted", "secrets-not-encrypted")
    else:
        found.add("not-encrypted", int(is_plain), NETWORK)


def _is_of_session(cookie: Any, own: str) -> bool:
    """The page's own, gone with the window: what sign-in and language need."""
    mine = _is_same_site(cookie["domain"].lstrip("."), own)
    return mine and cookie.get("expires", -1) == -1


def _is_same_site(host: str, own: str) -> bool:
    """Whether two hosts are of one owner, as far as names tell: their last two labels agree."""
    if host == own or host.endswith(f".{own}") or own.endswith(f".{host}"):
        return True
    mine = own.split(".")
    if own.replace(".", "").isdigit() or ":" in own or len(mine) < 3:
        return False
    short = len(mine[-1]) == 2 and len(mine[-2]) <= 3  # co.uk, com.au
    registered = ".".join(mine[-3 if short else -2 :])
    return host == registered or host.endswith(f".{registered}")


def _end(url: str) -> str:
    """What to call a part in a sentence: the end of its address."""
    return url.partition("?")[0].rstrip("/").rpartition("/")[2][-80:] or url[:80]
