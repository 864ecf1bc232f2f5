"""Finding known words in a sentence.

A word is found where a word of the sentence begins with it, so `design` finds "designers".
Case and accents make no difference. Nothing is understood: "not on a phone" has the word phone.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

#: Characters of a sentence that are read.
READ = 2_000

#: Characters of a name that is taken from a sentence.
NAME_LENGTH = 60

_WORD = re.compile(r"\w+")
_ARTICLES = ("a ", "an ", "the ", "eine ", "einen ", "ein ", "une ", "un ", "una ")
_CLAUSE_ENDS = ",.;:!?()\n\r"


@dataclass(frozen=True)
class Match:
    """What some words of a sentence stand for."""

    id: str
    words: tuple[str, ...]
    """The words as they are listed, in the order of the sentence."""
    at: int
    """Where the first one is."""


def plain(text: str) -> str:
    """The words of a text, without case, accents and punctuation, each after one space."""
    letters = unicodedata.normalize("NFKD", text[:READ]).casefold()
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " " + " ".join(_WORD.findall(bare))


def matches(vocabulary: Mapping[str, Iterable[str]], sentence: str) -> list[Match]:
    """What a sentence speaks of: most words first, then what it names first.

    The same sentence always gives the same matches in the same order.
    """
    text = plain(sentence)
    found = []
    for id, words in vocabulary.items():
        places = {word: at for word in words if (at := text.find(_listed(word))) >= 0}
        if places:
            ordered = sorted(places, key=lambda word: (places[word], word))
            found.append(Match(id, tuple(ordered), places[ordered[0]]))
    return sorted(found, key=lambda match: (-len(match.words), match.at))


@cache
def _listed(word: str) -> str:
    """A word of a vocabulary, as it is looked for."""
    return plain(word)


def one_line(text: str, limit: int) -> str:
    """A text on one line, without control characters, cut to a limit."""
    visible = "".join(" " if unicodedata.category(each)[0] == "C" else each for each in text)
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def name_of(sentence: str, default: str) -> str:
    """A name out of the first clause of a sentence; the default where it has no letters."""
    line = one_line(sentence[:READ].replace("\n", ". "), READ)
    clause = next((part for part in _split(line) if any(map(str.isalnum, part))), "")
    for article in _ARTICLES:
        if clause.lower().startswith(article):
            clause = clause[len(article) :].lstrip()
            break
    if not clause:
        return default
    return clause[0].upper() + _cut(clause[1:])


def _split(line: str) -> list[str]:
    for end in _CLAUSE_ENDS:
        line = line.replace(end, "\n")
    return [part.strip() for part in line.split("\n")]


def _cut(text: str) -> str:
    """A text cut between two words."""
    if len(text) < NAME_LENGTH:
        return text
    head = text[: NAME_LENGTH - 2]
    return (head.rpartition(" ")[0] or head).rstrip() + "…"
