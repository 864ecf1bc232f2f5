"""Taking secrets out of what support may read. Pure, and rather too careful than not.

Values are removed by the name they stand under, at any depth, and by what they
look like, wherever they stand. A body that cannot be read is not kept at all.
"""

import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

REMOVED = "[removed]"

#: Bytes of a body that are looked at, and characters of it that are kept.
READ_LIMIT = 16 * 1024
KEPT_LIMIT = 4_000

_SECRET_NAMES = re.compile(
    r"password|passwd|passphrase|passcode|secret|token|authorization|credential|cookie|signature"
    r"|session|bearer|jwt|(?:api|access|private|signing|encryption)key|^pwd|^otp|^pin$|^auth$|^key$"
)
_SECRET_LOOKS = re.compile(
    r"ak_live_[\w-]+|whsec_[\w+/=-]+|\bBearer\s+\S+|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"
    r"|(?<=://)[^/@\s\"]+(?=@)"
    r"|(?<=[?&;])[^=&?#\s\"]*(?:password|secret|token|key|auth|sig)[^=&?#\s\"]*=[^&#\s\"]*",
    re.IGNORECASE,
)
_PUNCTUATION = re.compile(r"[^a-z0-9]")


@lru_cache(maxsize=2048)
def is_secret_name(name: str) -> bool:
    """Whether what stands under such a name is nobody else's business."""
    return _SECRET_NAMES.search(_PUNCTUATION.sub("", name.lower())) is not None


def without_secrets(text: str) -> str:
    """A text without what looks like a secret, and without what a database does not store."""
    storable = text.replace("\0", "").encode("utf-8", "replace").decode()
    return _SECRET_LOOKS.sub(REMOVED, storable)


def body(raw: bytes) -> str:
    """A JSON body without its secrets, cut; or a note in place of one that cannot be read."""
    if not raw:
        return ""
    try:
        value = json.loads(raw, object_pairs_hook=_without_secret_values)
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return f"[{len(raw):,} bytes that are not JSON, not kept]"
    return without_secrets(text)[:KEPT_LIMIT]


def query(text: str) -> str:
    """A query string without its secrets."""
    pairs = parse_qsl(text[:READ_LIMIT], keep_blank_values=True)
    kept = [
        (without_secrets(name), REMOVED if is_secret_name(name) else without_secrets(value))
        for name, value in pairs
    ]
    return urlencode(kept, safe="[]")


def _without_secret_values(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: REMOVED if is_secret_name(name) else value for name, value in pairs}
