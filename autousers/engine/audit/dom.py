"""A page as a tree that cannot grow out of hand, whatever it is made of.

libxml2 reads in linear time and repairs what is broken; the tree is ours, so that depth, size and
attributes are bounded while it is built. Scripts are not run.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

MAX_NODES = 20_000
MAX_DEPTH = 400
MAX_ATTRIBUTES = 64
MAX_ATTRIBUTE_LENGTH = 4096

_CHUNK = 64 * 1024

SILENT = frozenset({"head", "script", "style", "template", "noscript", "title", "svg", "object"})
"""Elements whose text nobody reads on the page."""

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "button", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "label", "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip


@dataclass(eq=False, slots=True)
class Node:
    """An element: its name and attributes in lower case, its children and texts in order."""

    tag: str
    attributes: dict[str, str]
    parent: "Node | None"
    index: int
    children: "list[Node | str]" = field(default_factory=list)

    def get(self, name: str) -> str:
        """An attribute, trimmed; empty when it is not there."""
        return self.attributes.get(name, "").strip()

    def has(self, name: str) -> bool:
        """Whether the attribute is there, with or without a value."""
        return name in self.attributes

    def ancestors(self) -> Iterator["Node"]:
        """Everything around this element, from the inside out."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def walk(self) -> Iterator["Node"]:
        """This element and everything within, in the order of the page."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(child for child in reversed(node.children) if isinstance(child, Node))

    def own_text(self) -> str:
        """The text directly within."""
        return " ".join(" ".join(c for c in self.children if isinstance(c, str)).split())

    def text(self, limit: int = 2_000) -> str:
        """The text within that is read, with single spaces, cut after about `limit` characters.

        Cut, because elements within one another would otherwise be read again and again.
        """
        pieces: list[str] = []
        stack: list[Node | str] = [self]
        while stack and limit > 0:
            item = stack.pop()
            limit -= 1
            if isinstance(item, str):
                pieces.append(item[:limit])
                limit -= len(item)
            elif item.tag not in SILENT or item is self:
                if item.tag in _BLOCKS:
                    pieces.append(" ")
                    stack.append(" ")
                stack.extend(reversed(item.children))
        return " ".join("".join(pieces).split())


@dataclass(frozen=True)
class Document:
    """A parsed page. `cut` says that it had more than was read."""

    nodes: tuple[Node, ...]
    cut: bool

    def named(self, *tags: str) -> list[Node]:
        """All elements of these names, in the order of the page."""
        return [node for node in self.nodes if node.tag in tags]

    def first(self, tag: str) -> Node | None:
        """The first element of that name."""
        return next((node for node in self.nodes if node.tag == tag), None)


class _Full(Exception):
    """The tree is as large as it may get."""


class _Builder:
    """Hears of elements as they are read, and builds the tree."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._open: list[Node] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.nodes) >= MAX_NODES or len(self._open) >= MAX_DEPTH:
            raise _Full
        parent = self._open[-1] if self._open else None
        kept = list(attributes.items())[:MAX_ATTRIBUTES]
        named = {name.lower(): value[:MAX_ATTRIBUTE_LENGTH] for name, value in kept}
        node = Node(tag.lower(), named, parent, len(self.nodes))
        if parent is not None:
            parent.children.append(node)
        self.nodes.append(node)
        self._open.append(node)

    def end(self, tag: str) -> None:
        if self._open:
            self._open.pop()

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1].children.append(text)

    def comment(self, text: str) -> None:
        """Nobody reads them."""

    def close(self) -> None:
        """All has been read."""


def parse(html: str) -> Document:
    """Read a page, as much of it as fits. Whatever it is, there is a document."""
    builder = _Builder()
    parser = etree.HTMLParser(target=builder, encoding="utf-8")
    data = html.replace("\0", "\ufffd").encode("utf-8", "replace")
    cut = False
    try:
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
        parser.close()
    except _Full:
        cut = True
    except etree.LxmlError:
        cut = bool(data.strip()) and not builder.nodes
    return Document(tuple(builder.nodes), cut)
