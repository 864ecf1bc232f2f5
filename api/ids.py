"""Ids: cuids, which sort by the time they were made.

A cuid is `c`, eight base-36 characters of milliseconds since the epoch, and
sixteen random ones: 25 lower-case letters and digits. Eight characters of
milliseconds last until the year 2059.
"""

import re
import secrets
import time
from datetime import UTC, datetime

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
CUID_LENGTH = 25

#: Prefixes that the published guides put in front of ids which we store bare.
DOCUMENTED_PREFIXES = ("eval", "team", "usr", "auto", "arun", "rat", "cmp", "rub", "file", "ains")

_WORD = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CUID = re.compile(r"c[0-9a-z]{24}")
_DOCUMENTED = re.compile(rf"(?:(?:{'|'.join(DOCUMENTED_PREFIXES)})_)?(c[0-9a-z]{{24}})")


def base36(number: int, width: int) -> str:
    """Write a non-negative number in base 36, padded with zeros to `width`."""
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 36)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def time_part(milliseconds: int | None = None) -> str:
    """The first nine characters of a cuid made at that time (now, when left out)."""
    return "c" + base36(time.time_ns() // 1_000_000 if milliseconds is None else milliseconds, 8)


def cuid(milliseconds: int | None = None) -> str:
    """Make a new id, for now or for a given time."""
    return time_part(milliseconds) + base36(secrets.randbits(96) % 36**16, 16)


def made_at(text: str) -> datetime:
    """The time in an id, with or without a prefix."""
    milliseconds = int(text[-CUID_LENGTH:][1:9], 36)
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def is_cuid(text: str) -> bool:
    """Whether the text is a cuid and nothing else."""
    return _CUID.fullmatch(text) is not None


def parse_word(text: object) -> str | None:
    """Bring the id of a built-in row into its stored form, or None when it cannot be one.

    Such ids are words joined by hyphens. The published guides and clients
    also write them with capitals, underscores, or a prefix.
    """
    if not isinstance(text, str):
        return None
    word = text.lower().removeprefix("built-in:").removeprefix("auto_").replace("_", "-")
    return word if _WORD.fullmatch(word) else None


def parse(text: object, prefix: str = "") -> str | None:
    """Bring an id that a caller sent into the form we store, or None when it cannot be one.

    Bare ids are accepted with a documented prefix in front, which is dropped.
    Ids of the webhook family carry a `prefix` of their own, which is part of
    the id; for them a bare cuid gains it.
    """
    if not isinstance(text, str):
        return None
    if prefix:
        bare = text.removeprefix(prefix)
        return prefix + bare if is_cuid(bare) else None
    match = _DOCUMENTED.fullmatch(text)
    return match[1] if match else None
