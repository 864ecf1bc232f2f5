"""Making a receiver's answer safe to store and to show: it may be malicious."""

import codecs
import re
from collections.abc import Sequence

BODY_KEPT = 4096
"""Bytes of an answer's body that are kept, counted in UTF-8."""

_HEADERS_KEPT = 64
_DECODER = codecs.getincrementaldecoder("utf-8")

# Control characters except tab and line feed, marks that hide or reorder text, separators that
# break lines, and half surrogates, which no database stores.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb]"
)


def safe_text(data: bytes, limit: int = BODY_KEPT) -> str:
    """Turn bytes into plain text of at most `limit` bytes in UTF-8.

    What is not UTF-8 becomes replacement characters; characters that control, hide or reorder
    text are dropped. The result fits a PostgreSQL text column; it is not escaped for HTML.
    """
    # An incremental decoder leaves out a character that the limit cuts in two.
    text = _DECODER("replace").decode(data[:limit], final=len(data) <= limit)
    if not text.isprintable():
        text = _UNSAFE.sub("", text)
    if text.isascii():
        return text
    return text.encode()[:limit].decode("utf-8", "ignore")


def safe_headers(lines: Sequence[bytes]) -> tuple[tuple[str, str], ...]:
    """Read raw header lines into pairs of name and value, both safe text, at most 64 of them."""
    # All in one go, because this runs for every delivery.
    raw = b"".join(lines[:_HEADERS_KEPT]).replace(b"\r\n", b"\n")
    pairs = [line.partition(":") for line in safe_text(raw, 3 * len(raw)).split("\n")]
    return tuple((name.strip(), value.strip()) for name, colon, value in pairs if colon)


def status_error(status: int) -> str | None:
    """Say why an answer with this status is a failure; None for 2xx, which is not."""
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"The receiver answered {status}; redirects are not followed."
    return f"The receiver answered {status}."
