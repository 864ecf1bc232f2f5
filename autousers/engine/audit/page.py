"""A fetched page as the measures see it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from urllib.parse import urlsplit

from autousers.engine.audit import language
from autousers.engine.audit.dom import SILENT, Document, Node
from autousers.engine.audit.styles import Style, Styles

_FIELDS = frozenset({"input", "select", "textarea"})
_NO_FIELDS = frozenset({"hidden", "submit", "button", "reset", "image"})
_FOCUSABLE = frozenset({"button", "select", "textarea", "summary", "iframe"})
_LONG = 50_000
_PROSE = frozenset({"p", "li", "dd", "blockquote", "td", "figcaption"})


@dataclass(frozen=True)
class Viewport:
    """The window that a persona sees the page through, in CSS pixels."""

    width: int = 1280
    height: int = 800


@dataclass(frozen=True)
class Parts:
    """What the page is made of: requests, bytes, and what of it is not there."""

    requests: int = 1
    size: int = 0
    broken: tuple[str, ...] = ()
    skipped: int = 0


@dataclass(frozen=True)
class Page:
    """A page in one viewport, and the parts that were fetched for it."""

    url: str
    document: Document
    styles: Styles
    viewport: Viewport
    parts: Parts = Parts()
    cut: bool = False
    slow_network: bool = False

    def style(self, node: Node) -> Style:
        """How an element looks."""
        return self.styles.of(node)

    @cached_property
    def shown(self) -> list[Node]:
        """Elements that are on the page for people to see."""
        return [
            node
            for node in self.document.nodes
            if self.styles.of(node).shown and node.tag not in SILENT
        ]

    @cached_property
    def texts(self) -> list[tuple[Node, str]]:
        """Elements that have text of their own, with it."""
        pairs = ((node, node.own_text()) for node in self.shown)
        return [(node, text) for node, text in pairs if text]

    @cached_property
    def text(self) -> str:
        """All that can be read, in the order of the page."""
        return " ".join(text for _, text in self.texts)

    @cached_property
    def words(self) -> list[str]:
        """The words of the page."""
        return language.words(self.text)

    @cached_property
    def prose(self) -> list[str]:
        """Running text: paragraphs and the like of five words or more."""
        nodes = [node for node in self.shown if node.tag in _PROSE]
        outer = [node for node in nodes if not any(up.tag in _PROSE for up in node.ancestors())]
        blocks = (node.text(_LONG) for node in outer)
        return [block for block in blocks if len(block.split()) >= 5]

    @cached_property
    def links(self) -> list[tuple[Node, str]]:
        """Links, with their accessible names."""
        return [(n, self.name_of(n)) for n in self.shown if n.tag == "a" and n.has("href")]

    @cached_property
    def fields(self) -> list[Node]:
        """What people fill in."""
        return [
            node
            for node in self.shown
            if node.tag in _FIELDS and node.get("type").lower() not in _NO_FIELDS
        ]

    @cached_property
    def controls(self) -> list[Node]:
        """What people press, other than links: buttons of all kinds."""
        return [node for node in self.shown if _is_button(node)]

    @cached_property
    def main_language(self) -> str:
        """What the page says its language is."""
        html = self.document.first("html")
        return html.get("lang") or html.get("xml:lang") if html else ""

    @cached_property
    def is_english(self) -> bool:
        """Whether measures made for English apply."""
        return language.is_english(self.main_language, self.words)

    @cached_property
    def local(self) -> bool:
        """Whether it comes from this machine, where there is no network to protect it from."""
        host = urlsplit(self.url).hostname or ""
        return host == "localhost" or host.startswith("127.") or host == "::1"

    @cached_property
    def by_id(self) -> dict[str, Node]:
        """Elements by their id; of two, the first."""
        found: dict[str, Node] = {}
        for node in self.document.nodes:
            if node.get("id"):
                found.setdefault(node.get("id"), node)
        return found

    @cached_property
    def _labels(self) -> dict[str, str]:
        labels = (node for node in self.document.nodes if node.tag == "label" and node.get("for"))
        return {node.get("for"): node.text() for node in labels}

    def name_of(self, node: Node) -> str:
        """The accessible name of an element, simplified from the Accessible Name Computation.

        A placeholder is none: it is gone once something is typed.
        """
        return next((name for name in self._names(node) if name), "")

    def _names(self, node: Node) -> Iterator[str]:
        referred = (self.by_id.get(id) for id in node.get("aria-labelledby").split()[:8])
        yield " ".join(other.text() for other in referred if other is not None).strip()
        yield node.get("aria-label")
        yield self._label_of(node)
        yield node.get("value") if node.get("type").lower() in ("submit", "reset") else ""
        yield node.get("alt")
        yield "" if node.tag in _FIELDS else node.text()
        yield next(alts(islice(node.walk(), 200)), "")
        yield node.get("title")

    def _label_of(self, node: Node) -> str:
        if node.tag not in _FIELDS:
            return ""
        if named := self._labels.get(node.get("id"), "") if node.get("id") else "":
            return named
        around = next((up for up in node.ancestors() if up.tag == "label"), None)
        return around.text() if around is not None else ""


def alts(nodes: Iterable[Node]) -> Iterator[str]:
    """The alternative texts of pictures among these elements."""
    return (node.get("alt") for node in nodes if node.tag == "img" and node.get("alt"))


def is_focusable(node: Node) -> bool:
    """Whether the keyboard reaches an element."""
    if node.tag == "a":
        return node.has("href") or node.has("tabindex")
    return node.tag in _FOCUSABLE or node.tag == "input" or node.has("tabindex")


def _is_button(node: Node) -> bool:
    kind = node.get("type").lower()
    return (
        node.tag == "button"
        or node.get("role") == "button"
        or (node.tag == "input" and kind in ("submit", "button", "reset", "image"))
    )
