"""Bringing a page in: fetched, decoded, and followed where it forwards at once."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from turbohtml import Element, parse

from autousers.engine.decoding import decode
from autousers.engine.fetch import Fetched, Fetcher
from autousers.engine.protocol import EngineError

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_FORWARDS = 3
_HEAD_LENGTH = 50_000
_REFRESH = re.compile(
    r"\s*(\d{1,4})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?+[\"']?([^\"']+)", re.IGNORECASE
)


def load(fetcher: Fetcher, url: str) -> tuple[Fetched, str]:
    """Fetch a page; its address and its source.

    Raises:
        EngineError: when it cannot be had, or is no page.
    """
    for _ in range(_FORWARDS + 1):
        fetched = fetcher.page(url)
        _refuse_what_is_no_page(fetched)
        source = decode(fetched.body, fetched.content_type)
        onward = next(_forwards(source, fetched.url), None)
        if onward is None:
            return fetched, source
        url = onward
    raise EngineError(f"It forwards more than {_FORWARDS} times.")


def _refuse_what_is_no_page(fetched: Fetched) -> None:
    kind = fetched.content_type.partition(";")[0].strip().lower()
    if kind in _HTML:
        return
    if kind:
        shown = "".join(char for char in kind if char.isprintable())[:60]
        raise EngineError(f"The address leads to {shown}, not to a page.")
    if b"<" not in fetched.body[:1024]:
        raise EngineError("The address does not lead to a page.")


def _forwards(source: str, base: str) -> Iterator[str]:
    """Where a page sends its visitors at once: a refresh after no seconds."""
    document = parse(source[:_HEAD_LENGTH], positions=False)
    for node in document.descendants:
        if not isinstance(node, Element) or node.tag != "meta":
            continue
        if (node.attr("http-equiv") or "").lower() != "refresh":
            continue
        match = _REFRESH.match(node.attr("content") or "")
        if match and int(match[1]) == 0 and (url := _joined(base, match[2])):
            yield url


def _joined(base: str, reference: str) -> str:
    """The address of a forward; empty for what is not fetched."""
    try:
        url = urljoin(base, reference.strip()).partition("#")[0]
    except ValueError:
        return ""
    return url if url.lower().startswith(("http://", "https://")) else ""
