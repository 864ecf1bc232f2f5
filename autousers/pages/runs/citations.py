"""The words of a rating with its citations: each number that it quotes leads to its fact."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from autousers.pages.runs.evidence import Quoted

_PICTURE = re.compile(r"(?:, )?picture [A-Za-z0-9][A-Za-z0-9._-]{0,99}\.jpg")
_SIDES = ("Side A: ", "Side B: ")
_STARTS = (". ", ": ", "” ", ") ")
"""What stands before the name of a dimension."""


@dataclass(frozen=True)
class Piece:
    """A piece of the text, and the fact that it quotes, if it does."""

    text: str
    fact: Quoted | None = None


def cited(text: str, quoted: Sequence[Quoted], *, is_pair: bool) -> list[Piece]:
    """A justification in pieces; names of pictures are left out, as citations lead to them.

    A clause that stands in both sides of a pair is the fact of the side that is spoken of.
    """
    clauses: dict[str, list[Quoted]] = {}
    for one in quoted:
        if one.clause:
            for spelled in {one.clause, one.clause[:1].upper() + one.clause[1:]}:
                clauses.setdefault(spelled, []).append(one)
    return list(_pieces(text, clauses, is_pair=is_pair))


def paragraphs(text: str, names: Sequence[str]) -> list[tuple[str, str]]:
    """A justification by its dimensions: which, and the words; what stands before has no name.

    Dimensions with the same words stand together, with their names joined by commas.
    """
    found, begin, name = [], 0, ""
    for at in range(len(text)):
        if at and text[at - 2 : at] not in _STARTS:
            continue
        end = _end_of_names(text, at, names)
        if end:
            found.append((name, text[begin:at].strip()))
            name, begin = text[at:end], end + 2
    found.append((name, text[begin:].strip()))
    return [(name, words) for name, words in found if name or words]


def _end_of_names(text: str, at: int, names: Sequence[str]) -> int:
    """Where names of dimensions end that begin here, with a colon after them; 0 for none."""
    for _ in names:
        here = max((name for name in names if text.startswith(name, at)), key=len, default="")
        at += len(here)
        if not here or text.startswith(": ", at):
            return at if here else 0
        if not text.startswith(", ", at):
            return 0
        at += 2
    return 0


def _pieces(text: str, clauses: dict[str, list[Quoted]], *, is_pair: bool) -> Iterator[Piece]:
    side, at = "", 0
    for begin, end, found in _finds(text, clauses):
        if begin < at:
            continue  # within a longer one
        if found in _SIDES:
            side = found[5].lower()
            continue
        if found in clauses:
            yield Piece(text[at:end], _of_side(clauses[found], side, is_pair=is_pair))
        else:
            yield Piece(text[at:begin])
        at = end
    yield Piece(text[at:])


def _finds(text: str, clauses: Iterable[str]) -> list[tuple[int, int, str]]:
    """Where clauses, sides and pictures stand, in order; of two at one place the longer first."""
    found = [(one.start(), one.end(), "") for one in _PICTURE.finditer(text)]
    for clause in [*clauses, *_SIDES]:
        at = text.find(clause)
        while at >= 0:
            # A clause that begins with a number is not found within a larger number.
            if not (at and (text[at - 1].isalnum() or text[at - 1] in ".,")):
                found.append((at, at + len(clause), clause))
            at = text.find(clause, at + len(clause))
    return sorted(found, key=lambda one: (one[0], -one[1]))


def _of_side(found: Sequence[Quoted], side: str, *, is_pair: bool) -> Quoted:
    of_it = [one for one in found if not is_pair or one.key.startswith(f"{side}-")]
    return of_it[0] if of_it else found[0]
