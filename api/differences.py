"""Readable differences of two texts: lines that are kept, removed and added, and the words in them.

Work is bounded: long texts are shown as replaced, and long lines without their words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

Kind = Literal["same", "removed", "added", "gap"]

#: Lines of a text beyond which a comparison line by line would take too long.
MOST_LINES = 1_000

#: Words of a line, and lines of a comparison, that are compared word by word.
MOST_WORDS = 200
MOST_PAIRS = 100

#: Lines that share less than this are different lines: no words of them are marked.
ALIKE = 0.4

#: Unchanged lines around a change.
CONTEXT = 2

_PIECE = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Line:
    """A line; `parts` are its pieces, each with whether it changed. A gap has `skipped` lines."""

    kind: Kind
    parts: tuple[tuple[bool, str], ...] = ()
    skipped: int = 0

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(text for _, text in self.parts)


def lines(before: str, after: str) -> list[Line]:
    """What differs between two texts, with a little of what is the same; empty for equal ones."""
    if before == after:
        return []
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MOST_LINES:
        return [*_whole("removed", old), *_whole("added", new)]
    return list(_compared(old, new))


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    pairs_left = MOST_PAIRS
    for number, (tag, i, j, k, m) in enumerate(blocks):
        if tag == "equal":
            yield from _around(old[i:j], first=number == 0, last=number == len(blocks) - 1)
        elif tag == "replace" and max(j - i, m - k) <= pairs_left:
            pairs_left -= max(j - i, m - k)
            yield from _replaced(old[i:j], new[k:m])
        else:
            yield from _whole("removed", old[i:j])
            yield from _whole("added", new[k:m])


def _around(same: Sequence[str], *, first: bool, last: bool) -> Iterator[Line]:
    """The lines next to a change; what is between them is skipped."""
    head = [] if first else same[:CONTEXT]
    tail = [] if last else same[max(len(head), len(same) - CONTEXT) :]
    skipped = len(same) - len(head) - len(tail)
    yield from _whole("same", head)
    if skipped:
        yield Line("gap", skipped=skipped)
    yield from _whole("same", tail)


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """Lines in place of others; each pair of them word by word."""
    removed, added = [], []
    for one, other in zip_longest(old, new):
        if one is None or other is None:
            removed += _whole("removed", [one] if one is not None else [])
            added += _whole("added", [other] if other is not None else [])
            continue
        gone, come = _words(one, other)
        removed.append(Line("removed", gone))
        added.append(Line("added", come))
    yield from removed
    yield from added


def _words(one: str, other: str) -> tuple[tuple[tuple[bool, str], ...], ...]:
    """The pieces of two lines, with those marked that differ."""
    old, new = _PIECE.findall(one), _PIECE.findall(other)
    if max(len(old), len(new)) > 2 * MOST_WORDS:
        return ((False, one),), ((False, other),)
    compared = SequenceMatcher(None, old, new, autojunk=False)
    if compared.ratio() < ALIKE:
        return ((False, one),), ((False, other),)
    gone: list[tuple[bool, str]] = []
    come: list[tuple[bool, str]] = []
    for tag, i, j, k, m in compared.get_opcodes():
        changed = tag != "equal"
        if i < j:
            gone.append((changed, "".join(old[i:j])))
        if k < m:
            come.append((changed, "".join(new[k:m])))
    return _joined(gone), _joined(come)


def _joined(parts: Sequence[tuple[bool, str]]) -> tuple[tuple[bool, str], ...]:
    """Pieces with changed words joined where only a space is between them."""
    found: list[tuple[bool, str]] = []
    for changed, text in parts:
        between = len(found) > 1 and not found[-1][0] and found[-1][1].isspace() and found[-2][0]
        if changed and between:
            text = found[-2][1] + found[-1][1] + text
            del found[-2:]
        found.append((changed, text))
    return tuple(found)


def _whole(kind: Kind, texts: Sequence[str]) -> list[Line]:
    return [Line(kind, ((False, text),)) for text in texts]
