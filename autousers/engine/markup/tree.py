"""A page as the HTML standard builds it, walked once: elements and texts in their order."""

import re
from dataclasses import dataclass
from functools import cached_property

from turbohtml import Element, Node, Text, parse

MOST_NODES = 60_000
"""Elements and texts that are walked; the rest of a larger page is not looked at."""

MOST_LETTERS = 400_000
"""Letters of text that are kept."""

SILENT = frozenset({
    "script", "style", "template", "noscript", "head", "title", "meta", "link", "datalist",
    "object", "canvas", "audio", "video", "iframe",
})  # fmt: skip
"""Elements whose content people do not read."""

FOCUSABLE = frozenset({"button", "select", "textarea", "summary", "iframe"})
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_STYLE_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Item:
    """An element of the page, with what it inherits from those around it.

    `silent` is inside of something that shows none of it, `unheard` what assistive technology
    is told to leave out.
    """

    element: Element
    silent: bool
    unheard: bool

    @property
    def tag(self) -> str:
        """The name of the element, in lower case."""
        return self.element.tag

    def get(self, name: str) -> str:
        """An attribute; empty when it is not there."""
        return self.element.attr(name) or ""

    def has(self, name: str) -> bool:
        """Whether an attribute is there."""
        return self.element.attr(name) is not None

    @property
    def role(self) -> str:
        """The first role that is given, in lower case."""
        return next(iter(self.get("role").lower().split()), "")

    @property
    def focusable(self) -> bool:
        """Whether the Tab key stops here, as far as markup tells."""
        if self.has("disabled"):
            return False
        if self.has("contenteditable") and self.get("contenteditable").lower() != "false":
            return True
        tabindex = self.get("tabindex").strip()
        if tabindex:
            return not tabindex.startswith("-")
        if self.tag in ("a", "area"):
            return self.has("href")
        return self.tag in FOCUSABLE or (self.tag == "input" and self.get("type") != "hidden")


@dataclass(frozen=True, slots=True)
class Words:
    """A text of the page that people read, and the element that it stands in."""

    text: str
    parent: Element


class Page:
    """A parsed page: what people can be shown of it, and what it says of itself."""

    def __init__(self, source: str, url: str) -> None:
        self.url = url
        self.document = parse(source, positions=False, scripting=True)
        self.everything: list[Item] = []
        self.texts: list[Words] = []
        self.cut = False
        self._walk()

    @cached_property
    def items(self) -> list[Item]:
        """Elements that people can be shown."""
        return [item for item in self.everything if not item.silent]

    @cached_property
    def heard(self) -> list[Item]:
        """Of these, what assistive technology is told of."""
        return [item for item in self.items if not item.unheard]

    @cached_property
    def by_id(self) -> dict[str, Element]:
        """Elements by their id; of two, the first."""
        found: dict[str, Element] = {}
        for item in self.everything:
            if name := item.get("id"):
                found.setdefault(name, item.element)
        return found

    @cached_property
    def named_by(self) -> dict[str, bool]:
        """Whether the element of an id has words that can name others; asked once for each."""
        return {}

    @cached_property
    def labels(self) -> dict[str, list[Element]]:
        """Labels by the id that they are for."""
        found: dict[str, list[Element]] = {}
        for item in self.named("label"):
            if name := item.get("for"):
                found.setdefault(name, []).append(item.element)
        return found

    @cached_property
    def text(self) -> str:
        """All that people read, in the order of the page."""
        return " ".join(one.text for one in self.texts)

    @cached_property
    def title(self) -> str:
        """The title of the page, on one line."""
        return next((text_of(item.element) for item in self.named("title") if _is_html(item)), "")

    @cached_property
    def language(self) -> str:
        """What the page says its language is."""
        root = next(iter(self.named("html")), None)
        return root.get("lang").strip() if root else ""

    @cached_property
    def has_scripts(self) -> bool:
        """Whether scripts may add to what the markup shows."""
        return any(
            item.has("src") or (item.element.text or "").strip()
            for item in self.named("script")
            if item.get("type").lower() not in ("application/json", "application/ld+json")
        )

    def named(self, *tags: str) -> list[Item]:
        """All elements of these names, also those that show nothing."""
        return [item for item in self.everything if item.tag in tags]

    def shown(self, *tags: str) -> list[Item]:
        """Elements of these names that people can be shown."""
        return [item for item in self.items if item.tag in tags]

    def meta(self, name: str) -> str | None:
        """The content of a `meta`; None when there is none."""
        found = (one for one in self.named("meta") if one.get("name").lower() == name)
        return next((one.get("content") for one in found), None)

    def _walk(self) -> None:
        # A stack of our own: hostile pages are deeper than Python recurses.
        stack: list[tuple[Node, Element | None, bool, bool]] = [(self.document, None, False, False)]
        letters = nodes = 0
        while stack:
            node, parent, silent, unheard = stack.pop()
            nodes += 1
            if nodes > MOST_NODES or letters > MOST_LETTERS:
                self.cut = True
                return
            if isinstance(node, Element):
                item = _item(node, silent, unheard)
                self.everything.append(item)
                inside = item.silent or item.tag in SILENT
                parent, silent, unheard = node, inside, item.unheard
            elif isinstance(node, Text):
                if parent is not None and not silent and (text := " ".join(node.data.split())):
                    self.texts.append(Words(text, parent))
                    letters += len(text)
                continue
            stack.extend((child, parent, silent, unheard) for child in reversed(node.children))


def _item(element: Element, silent: bool, unheard: bool) -> Item:
    style = element.attr("style")
    unseen = (
        element.attr("hidden") is not None
        or element.attr("inert") is not None
        or (element.tag == "dialog" and element.attr("open") is None)
        or (style is not None and _UNSEEN.search(style[:_STYLE_LENGTH]) is not None)
    )
    told = (element.attr("aria-hidden") or "").strip().lower() == "true"
    return Item(element, silent or unseen, unheard or told)


def _is_html(item: Item) -> bool:
    """A title of the page, and not of a drawing in it."""
    parent = item.element.parent
    return isinstance(parent, Element) and parent.tag in ("head", "body", "html")


def text_of(element: Element, limit: int = 2_000, *, most: int = 100) -> str:
    """The text of the first nodes within an element, hidden or not, on one line."""
    found: list[str] = []
    length = 0
    for number, node in enumerate(element.descendants):
        if number >= most or length > limit:
            break
        if isinstance(node, Text):
            found.append(node.data)
            length += len(node.data)
    return " ".join(" ".join(found).split())
