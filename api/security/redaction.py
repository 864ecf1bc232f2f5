"""Removal of secrets from what support may read. Pure; in doubt it removes too much.

Values are removed by their name, at any depth, and by their form, everywhere. An unreadable body is
not kept.

Anybody can send the text, so the work is linear: the text is cut first, then split at single
characters, and each expression fails within a few characters or consumes what it has read.
"""

import json
import re
from base64 import b64decode
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

REMOVED = "[removed]"

#: Below these an address is a credential (`evaluations/files/addresses.py`).
SIGNED_PATHS = ("/uploads/", "/files/")

#: Bytes of a body that are looked at, and characters of it that are kept.
READ_LIMIT = 16 * 1024
KEPT_LIMIT = 4_000

#: Characters of a name. Values with a longer name are removed.
NAME_LIMIT = 200

#: Parts of names, whatever stands around them. Compared without case and punctuation.
_SECRET_NAMES = re.compile(
    r"passwor[dt]|passwd|passphrase|passcode|secret|token|authorization|credential|cookie"
    r"|signature|session|bearer|jwt|seedphrase|mnemonic|onetime|passkey"
    r"|(?:api|access|private|signing|encryption)key"
)
#: The last word of names: `pin` and `cardPin`, and neither `pinned` nor `pinColor`.
_LAST_WORDS = frozenset({
    "pass", "pw", "pwd", "pin", "otp", "totp", "mfa", "2fa", "seed", "auth", "sig", "cvv", "cvc",
})  # fmt: skip
#: What makes a secret of the word `code` behind it, and of `key`.
_CODES = frozenset({
    "pass", "pin", "otp", "totp", "mfa", "2fa", "auth", "access", "login", "sms", "security",
    "verification", "recovery", "backup", "factor",
})  # fmt: skip
_KEYS = frozenset({"", "ssh", "master", "license", "hmac", "auth", "account", "storage"})
#: Last words that leave a name as secret as it is without them.
_FILLERS = frozenset({"hash", "value", "number", "confirm", "confirmation", "repeat", "again"})
_WORD_OF_NAME = re.compile(r"2(?i:fa)|[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PUNCTUATION = re.compile(r"[^a-z0-9]")

_PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{1,40}-----.*?(?:-----END [A-Z0-9 ]{1,40}-----|\Z)", re.DOTALL
)
_SECRET_LOOKS = re.compile(
    r"(?:ak_live|whsec)_[\w+/=-]+|(?<![a-z0-9])(?:"
    r"(?:shr|gh[pousr]|github_pat|(?:sk|rk)_(?:live|test))_\w{8,}"
    r"|(?:xox[a-z]|glpat|sk-(?:ant|proj))-[\w-]{8,}|eyJ[\w-]{8,}[\w.-]*"
    r"|(?-i:A[KS]IA[A-Z0-9]{16}|AIza[\w-]{30,}))",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"(?:^|[^a-z])(bearer|basic)$")
_GAP = re.compile(r"([\s\"'<>]+)")
_BETWEEN_PARAMETERS = re.compile(r"([&#])")
_BEFORE_NAME = re.compile(r"[?;,]")


@lru_cache(maxsize=2048)
def is_secret_name(name: str) -> bool:
    """Whether a name is that of a secret."""
    if len(name) > NAME_LIMIT:
        return True
    if _SECRET_NAMES.search(_PUNCTUATION.sub("", name.lower())):
        return True
    words = [word.lower() for word in _WORD_OF_NAME.findall(name)]
    before, last = ["", "", *(word for word in words if word not in _FILLERS)][-2:]
    return (
        last in _LAST_WORDS
        or (last in ("code", "codes") and before in _CODES)
        or (last == "key" and before in _KEYS)
    )


def without_secrets(text: str) -> str:
    """A text without secrets and without characters that a database cannot store."""
    if len(text) > READ_LIMIT:  # the last word was cut in two, and may be half a secret
        text = text[:READ_LIMIT].rpartition(" ")[0]
    storable = text.replace("\0", "").encode("utf-8", "replace").decode()
    known = _SECRET_LOOKS.sub(REMOVED, _PEM.sub(REMOVED, storable))
    parts = _GAP.split(known)  # words, and between each two of them what separates them
    words = parts[::2]
    parts[::2] = [
        REMOVED if _is_credential(before, word) else _without_parameters(_without_user(word))
        for before, word in zip(["", *words], words, strict=False)
    ]
    return "".join(parts)


def path(text: str) -> str:
    """A path without the signature of an address that takes or gives a file."""
    for prefix in SIGNED_PATHS:
        if text.startswith(prefix):
            return prefix + REMOVED
    return text


def body(raw: bytes) -> str:
    """A JSON body without its secrets, cut; or a note in place of one that cannot be read."""
    if not raw:
        return ""
    if len(raw) > READ_LIMIT:
        return too_long(len(raw))
    try:
        value = _without_secret_values(json.loads(raw))
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return f"[{len(raw):,} bytes that are not JSON, not kept]"
    return text[:KEPT_LIMIT]


def too_long(length: int) -> str:
    """The note in place of a body with more bytes than are looked at."""
    return f"[{length:,} bytes, too many to keep]"


def query(text: str) -> str:
    """A query string without its secrets."""
    pairs = parse_qsl(text[:READ_LIMIT], keep_blank_values=True)
    kept = [
        (without_secrets(name), REMOVED if is_secret_name(name) else without_secrets(value))
        for name, value in pairs
    ]
    return urlencode(kept, safe="[]")


def _without_secret_values(value: Any) -> Any:
    """A JSON value without secrets, by name and by look. Recursive: its caller bounds the depth."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, list):
        return [_without_secret_values(item) for item in value]
    if isinstance(value, dict):
        return {
            without_secrets(name): REMOVED if is_secret_name(name) else _without_secret_values(item)
            for name, item in value.items()
        }
    return value


def _is_credential(scheme: str, word: str) -> bool:
    """Whether a word is what follows `Bearer` or `Basic` in an Authorization header."""
    named = _SCHEME.search(scheme[-7:].lower())
    if named is None or not word:
        return False
    return named[1] == "bearer" or _is_user_and_password(word)


def _is_user_and_password(word: str) -> bool:
    try:
        return b":" in b64decode(word, validate=True)
    except ValueError:
        return False


def _without_user(word: str) -> str:
    """Take `user:password@` out of the addresses in a word."""
    first, *others = word.split("://")
    for place, rest in enumerate(others):
        authority, slash, path = rest.partition("/")
        _, at, host = authority.rpartition("@")
        if at:
            others[place] = f"{REMOVED}@{host}{slash}{path}"
    return "://".join([first, *others])


def _without_parameters(word: str) -> str:
    """Take the values of `token=…` out of a word."""
    parts = _BETWEEN_PARAMETERS.split(word)
    parts[::2] = [_without_value(part) for part in parts[::2]]
    return "".join(parts)


def _without_value(part: str) -> str:
    """Remove all behind the first secret name: a value may hold what separates parameters."""
    read = 0
    for piece in _BEFORE_NAME.split(part):
        name, equals, _ = piece.partition("=")
        if equals and is_secret_name(name):
            return f"{part[: read + len(name)]}={REMOVED}"
        read += len(piece) + 1
    return part
