"""Bringing a page in: the page itself, its styles in their order, then what else it shows."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from autousers.engine.audit import dom
from autousers.engine.audit.css import Sheet, applies
from autousers.engine.audit.dom import Document, Node
from autousers.engine.audit.page import Page, Parts
from autousers.engine.audit.personas import Lens
from autousers.engine.audit.styles import Styles
from autousers.engine.decoding import decode
from autousers.engine.fetch import Broken, Fetched, Fetcher, NotLookedAt
from autousers.engine.protocol import EngineError

STYLE_BYTES = 512 * 1024
"""Bytes of style sheets that are read; reading them costs more than anything else."""

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_FORWARDS = 3
_FORWARD_SECONDS = 5
_REFRESH = re.compile(
    r"\s*(\d{1,4})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?+[\"']?([^\"']+)", re.IGNORECASE
)
_NAME_LENGTH = 60


class Loader:
    """Loads one page as a persona's browser would, scripts apart."""

    def __init__(self, fetcher: Fetcher, lens: Lens) -> None:
        self._fetcher = fetcher
        self._lens = lens

    def open(self, url: str) -> tuple[Fetched, str, Document]:
        """Fetch and read a page, and follow where it forwards at once.

        Raises:
            EngineError: when it cannot be had, or is no page.
        """
        for _ in range(_FORWARDS + 1):
            fetched = self._fetcher.page(url)
            _refuse_what_is_no_page(fetched)
            text = decode(fetched.body, fetched.content_type)
            document = dom.parse(text)
            onward = _join(fetched.url, _forward(document))
            if onward is None:
                return fetched, text, document
            url = onward
        raise EngineError(f"It forwards more than {_FORWARDS} times.")

    def complete(self, fetched: Fetched, document: Document) -> Page:
        """Fetch what the page is made of, and work out how it looks."""
        self._base = _base(document, fetched.url)
        self._requests, self._size = 1 + fetched.redirects, fetched.size
        self._broken: list[str] = []
        self._skipped = 0
        self._seen: set[str] = set()
        self._style_room = STYLE_BYTES
        self._fetcher.begin_parts()

        sheet = self._styles(document)
        for url in _others(document):
            self._part(url, self._base)
        window = self._lens.viewport
        return Page(
            url=fetched.url,
            document=document,
            styles=Styles(document, sheet, width=window.width, height=window.height),
            viewport=window,
            parts=Parts(self._requests, self._size, tuple(self._broken), self._skipped),
            cut=fetched.cut or document.cut,
            slow_network=self._lens.slow_network,
        )

    def _styles(self, document: Document) -> Sheet:
        sheet = Sheet()
        width = self._lens.viewport.width
        for node in document.named("link", "style"):
            if not applies(node.get("media") or "all", width):
                continue
            if node.tag == "style":
                self._add(sheet, "".join(c for c in node.children if isinstance(c, str)))
            elif "stylesheet" in node.get("rel").lower().split():
                self._add_linked(sheet, node.get("href"), self._base)
        return sheet

    def _add_linked(self, sheet: Sheet, url: str, base: str) -> None:
        fetched = self._part(url, base)
        if fetched is None:
            return
        imported = len(sheet.imports)
        self._add(sheet, decode(fetched.body, fetched.content_type))
        for inner in sheet.imports[imported:]:
            if (more := self._part(inner, fetched.url)) is not None:
                self._add(sheet, decode(more.body, more.content_type))

    def _add(self, sheet: Sheet, text: str) -> None:
        if self._style_room > 0:
            sheet.add(text[: self._style_room], width=self._lens.viewport.width)
            self._style_room -= len(text)

    def _part(self, reference: str, base: str) -> Fetched | None:
        """Fetch a part once; note it as broken when it is not there."""
        url = _join(base, reference)
        if url is None or url in self._seen:
            return None
        self._seen.add(url)
        try:
            fetched = self._fetcher.part(url)
        except NotLookedAt:
            self._skipped += 1
            return None
        except Broken as broken:
            self._requests += 1
            if broken.ours:
                self._skipped += 1
            else:
                self._broken.append(_name(url))
            return None
        self._requests += 1
        self._size += fetched.size
        if _media_type(fetched) in _HTML:  # an error page that calls itself a success
            self._broken.append(_name(url))
            return None
        return fetched


def _refuse_what_is_no_page(fetched: Fetched) -> None:
    kind = _media_type(fetched)
    if kind in _HTML:
        return
    if kind:
        shown = "".join(char for char in kind if char.isprintable())[:60]
        raise EngineError(f"The address leads to {shown}, not to a page.")
    if b"<" not in fetched.body[:1024]:
        raise EngineError("The address does not lead to a page.")


def _media_type(fetched: Fetched) -> str:
    return fetched.content_type.partition(";")[0].strip().lower()


def _forward(document: Document) -> str:
    """Where a page sends its visitors by itself, at once or nearly; empty when it does not."""
    for node in document.named("meta"):
        if node.get("http-equiv").lower() == "refresh":
            match = _REFRESH.match(node.get("content"))
            if match and int(match[1]) <= _FORWARD_SECONDS:
                return match[2]
    return ""


def _base(document: Document, url: str) -> str:
    node = document.first("base")
    return (_join(url, node.get("href")) or url) if node is not None else url


def _others(document: Document) -> Iterator[str]:
    """Pictures, scripts and icons, in the order of the page."""
    for node in document.nodes:
        if node.tag in ("img", "script") and node.get("src"):
            yield node.get("src")
        elif node.tag == "link" and "icon" in node.get("rel").lower().split():
            yield node.get("href")
        elif (source := _picture(node)) is not None:
            yield source


def _picture(node: Node) -> str | None:
    """A picture that is not in an `img`."""
    if node.tag == "input" and node.get("type").lower() == "image":
        return node.get("src") or None
    return (node.get("poster") or None) if node.tag == "video" else None


def _join(base: str, reference: str) -> str | None:
    """The full address of a reference; None for none, and what is not fetched (like `data:`)."""
    if not reference.strip():
        return None
    try:
        url = urljoin(base, reference.strip()).partition("#")[0]
    except ValueError:
        return None
    return url if url.lower().startswith(("http://", "https://")) else None


def _name(url: str) -> str:
    """What to call a part in a sentence: the end of its address."""
    end = url.partition("?")[0].rstrip("/").rpartition("/")[2] or url
    return end[-_NAME_LENGTH:]
