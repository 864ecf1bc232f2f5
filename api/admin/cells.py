"""What the cells of the admin show: links, short times, cut texts, JSON as plain text.

Payloads, answers and errors are other people's text. All of it goes through
`format_html`, so it is shown and never interpreted.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

EMPTY = "-"
CUT_AT = 24
TITLE_LIMIT = 500


def link(row: Model | None, text: str | None = None) -> str:
    """A link to the page of a row, with its own text when none is given."""
    if row is None:
        return EMPTY
    return link_to(row._meta.label_lower, str(row.pk), str(row) if text is None else text)


def link_to(label: str, pk: str, text: str | None = None) -> SafeString:
    """A link to the page of the row of a model (`app.model`) with that key."""
    url = reverse(f"admin:{label.replace('.', '_')}_change", args=[quote(pk)])
    return anchor(url, pk if text is None else text)


def link_to_list(label: str, text: str, **filters: str) -> SafeString:
    """A link to the list of a model (`app.model`), filtered."""
    url = reverse(f"admin:{label.replace('.', '_')}_changelist", query=filters or None)
    return anchor(url, text)


def anchor(url: str, text: str) -> SafeString:
    """A link that looks like one and does not wrap; a long text is cut by the style."""
    return format_html('<a class="cell-link" href="{}" title="{}">{}</a>', url, text, text)


def links(several: Iterable[str]) -> SafeString:
    """Links in a row."""
    return format_html_join(" · ", "{}", ((one,) for one in several))


def moment(at: datetime | None) -> str:
    """A time in short, in UTC; all of it is in the title."""
    if at is None:
        return EMPTY
    return format_html(
        '<time class="cell-time" datetime="{0}" title="{0}">{1}</time>',
        at.isoformat(timespec="milliseconds"),
        at.strftime("%d %b %H:%M:%S"),
    )


def cut(text: str, limit: int = CUT_AT) -> str:
    """The beginning of a text; the title has more of it."""
    if not text:
        return EMPTY
    short = text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
    return format_html(
        '<span class="cell-text" title="{}">{}</span>', text[:TITLE_LIMIT], _printable(short)
    )


def plain(text: str) -> str:
    """A text of several lines, as it is."""
    return format_html('<pre class="cell-plain">{}</pre>', _printable(text)) if text else EMPTY


def pretty(value: Any) -> str:
    """A JSON value, laid out for reading."""
    return plain(json.dumps(value, ensure_ascii=False, indent=2))


def pretty_bytes(stored: bytes) -> str:
    """The bytes of a JSON document, laid out for reading; as they are when they are none."""
    try:
        return pretty(json.loads(stored))
    except ValueError:
        return plain(stored.decode(errors="replace"))


def _printable(text: str) -> str:
    """Without lone surrogates, which no page can be encoded with."""
    return text.encode(errors="replace").decode()
