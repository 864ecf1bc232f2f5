"""Parts of a file that a caller asks for (RFC 9110, section 14; pure: no Django)."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))", re.ASCII)


class NotSatisfiable(Exception):
    """No byte of the file is in the range."""


@dataclass(frozen=True)
class Part:
    """Some bytes of a file, from `start` on."""

    start: int
    count: int
    size: int
    """The bytes of the whole file."""

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the file."""
        return self.count == self.size

    @property
    def content_range(self) -> str:
        """The header that names it."""
        return f"bytes {self.start}-{self.start + self.count - 1}/{self.size}"


def part_of(size: int, header: str) -> Part | None:
    """The part that a `Range` header asks for.

    None stands for the whole file: for a header of another form, which is ignored, and for one
    that asks for several parts, which a server may ignore.

    Raises:
        NotSatisfiable: when the part begins after the end of the file.
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        count = min(int(suffix), size)
        return _part(size - count, count, size)
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None  # no range at all
    return _part(start, end - start + 1, size)


def _part(start: int, count: int, size: int) -> Part:
    if count < 1 or start >= size:
        raise NotSatisfiable
    return Part(start, count, size)
