"""Names of fields, pictures and controls, as far as markup settles them.

A name is never worked out, only whether there is one. None means that markup does not tell, for
example inside of an element that a script defines.
"""

from turbohtml import Element, Text

from autousers.engine.markup.tree import Item, Page, text_of

_DEFAULT_NAMES = frozenset({"submit", "reset"})
_BUTTONS = frozenset({"submit", "reset", "button"})
_NO_FIELDS = _BUTTONS | {"hidden", "image"}
_FIELD_ROLES = frozenset({"textbox", "searchbox", "slider", "spinbutton"})
_NO_PICTURE = frozenset({"none", "presentation"})
_UNREAD = frozenset({"script", "style", "template", "noscript"})
_MOST_INSIDE = 100
_MOST_REFERENCES = 10


def is_field(item: Item) -> bool:
    """Whether people fill it in."""
    if item.tag == "input":
        return item.get("type").lower() not in _NO_FIELDS
    return item.tag in ("select", "textarea") or item.role in _FIELD_ROLES


def is_picture(item: Item) -> bool:
    """Whether it is a picture that does not say it is decoration."""
    if item.role in _NO_PICTURE:
        return False
    if item.tag == "input":
        return item.get("type").lower() == "image"
    if item.tag == "area":
        return item.has("href")
    return item.tag == "img" or item.role == "img"


def is_control(item: Item) -> bool:
    """Whether people press it: a link or a button of any kind."""
    if item.tag == "a":
        return item.has("href")
    if item.tag == "input":
        return item.get("type").lower() in _BUTTONS
    return item.tag == "button" or item.role in ("button", "link")


def field_has_label(page: Page, item: Item) -> bool:
    """Whether a field has a name that stays while people type."""
    return _is_told(page, item.element) or _has_label(page, item) or bool(item.get("title").strip())


def picture_has_alternative(page: Page, item: Item) -> bool:
    """Whether a picture has an alternative text, or an empty one on purpose."""
    if item.tag == "img" and item.has("alt"):
        return True
    if item.tag == "svg" and _title_of_drawing(item.element):
        return True
    given = item.get("alt") or item.get("title") or (item.tag == "input" and item.get("value"))
    return bool(given and given.strip()) or _is_told(page, item.element)


def control_has_name(page: Page, item: Item) -> bool | None:
    """Whether a link or button has a name; None when markup does not tell."""
    if _is_told(page, item.element) or item.get("title").strip():
        return True
    if item.tag == "input":
        kind = item.get("type").lower()
        return bool(item.get("value").strip()) or (kind in _DEFAULT_NAMES and not item.has("value"))
    inside = content_has_name(page, item.element)
    return inside or (True if _has_label(page, item) else inside)


def content_has_name(page: Page, element: Element) -> bool | None:
    """Whether what stands inside gives a name: texts, pictures, drawings."""
    unknown = False
    stack = list(reversed(element.children))
    for _ in range(_MOST_INSIDE):
        if not stack:
            return None if unknown else False
        node = stack.pop()
        if isinstance(node, Text):
            if node.data.strip():
                return True
        elif isinstance(node, Element):
            if node.tag in _UNREAD or (node.attr("aria-hidden") or "").lower() == "true":
                continue
            if _is_told(page, node) or (node.attr("alt") or "").strip():
                return True
            unknown = unknown or "-" in node.tag or node.tag in ("slot", "object")
            stack.extend(reversed(node.children))
    return None


def words_of_link(page: Page, item: Item) -> str:
    """What a link says, for looking at its words."""
    referred = item.get("aria-labelledby").split()[:_MOST_REFERENCES]
    told = " ".join(text_of(page.by_id[name], 300) for name in referred if name in page.by_id)
    said = told or item.get("aria-label") or text_of(item.element, 300)
    if said.strip():
        return said.strip()
    pictures = (one for one in item.element.descendants if isinstance(one, Element))
    return next((one.attr("alt") or "" for one in pictures if one.attr("alt")), "")


def _is_told(page: Page, element: Element) -> bool:
    """Whether ARIA names it."""
    if (element.attr("aria-label") or "").strip():
        return True
    referred = (element.attr("aria-labelledby") or "").split()[:_MOST_REFERENCES]
    return any(_says_something(page, name) for name in referred)


def _says_something(page: Page, name: str) -> bool:
    """Whether the element of an id has words."""
    if name not in page.named_by:
        other = page.by_id.get(name)
        page.named_by[name] = other is not None and bool(
            text_of(other, 1) or (other.attr("aria-label") or other.attr("alt") or "").strip()
        )
    return page.named_by[name]


def _has_label(page: Page, item: Item) -> bool:
    own = item.get("id")
    around = item.element.closest("label")
    labels = [*(page.labels.get(own, ()) if own else ()), *([around] if around else ())]
    return any(content_has_name(page, label) is not False for label in labels)


def _title_of_drawing(element: Element) -> bool:
    return any(
        isinstance(child, Element) and child.tag == "title" and text_of(child, 1)
        for child in element.children
    )
