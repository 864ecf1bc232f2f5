"""The description of a page in its head (pure: no Django, no network)."""

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from turbohtml import Document, parse

from autousers.engine.decoding import decode

TITLE_LIMIT = 300
DESCRIPTION_LIMIT = 1000
NAME_LIMIT = 200
ADDRESS_LIMIT = 2048

_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_PICTURES = "image/"

#: Where each fact stands; the first that is there and not empty counts.
_TITLE = ("og:title", "twitter:title")
_DESCRIPTION = ("og:description", "twitter:description", "description")
_PICTURE = ("og:image:secure_url", "og:image:url", "og:image", "twitter:image")
_SITE = ("og:site_name", "application-name")


@dataclass(frozen=True)
class LinkPreview:
    """What is known of the page at an address. None: the page does not say."""

    url: str
    title: str | None = None
    description: str | None = None
    image: str | None = None
    site_name: str | None = None


def read(url: str, content_type: str, body: bytes) -> LinkPreview:
    """The preview of what was fetched from an address. A picture is its own picture."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith(_PICTURES):
        return LinkPreview(url=url, image=_address(url, url))
    if kind not in _PAGES:
        return LinkPreview(url=url)
    document = parse(decode(body, content_type), positions=False)
    said = _facts(document)
    title = document.find("title")
    return LinkPreview(
        url=url,
        title=_line(_first(said, _TITLE) or (title.text if title is not None else ""), TITLE_LIMIT),
        description=_line(_first(said, _DESCRIPTION), DESCRIPTION_LIMIT),
        image=_address(_base(document, url), _first(said, _PICTURE)),
        site_name=_line(_first(said, _SITE), NAME_LIMIT),
    )


def _facts(document: Document) -> dict[str, str]:
    """The contents of the page's `meta` elements, by property or name; the first of each."""
    facts: dict[str, str] = {}
    for node in document.find_all("meta"):
        name = (node.attr("property") or node.attr("name") or "").lower()
        content = node.attr("content")
        if name and content:
            facts.setdefault(name, content)
    return facts


def _first(facts: dict[str, str], names: tuple[str, ...]) -> str:
    return next((facts[name] for name in names if name in facts), "")


def _line(text: str, limit: int) -> str | None:
    """Text on one line, without control characters, cut to a length; None when none is left."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line[:limit].rstrip() or None


def _base(document: Document, url: str) -> str:
    node = document.find("base")
    return _join(url, node.attr("href") or "") if node is not None else url


def _address(base: str, reference: str) -> str | None:
    """A web address; None for any other kind, and for one that is too long."""
    joined = _join(base, reference) if reference else ""
    is_web = joined.startswith(("http://", "https://")) and joined.isprintable()
    return joined if is_web and len(joined) <= ADDRESS_LIMIT else None


def _join(base: str, reference: str) -> str:
    try:
        joined = urljoin(base, reference.strip())
        urlsplit(joined)
    except ValueError:  # brackets that are no IPv6 address
        return ""
    return joined
