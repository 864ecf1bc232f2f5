"""The parts of `docs/api/drafts.md` that are made from the vocabulary by `make docs`."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from autousers.drafting.templates import WORDS
from autousers.drafting.vocabulary import PERSONA_WORDS

PAGE = "api/drafts.md"

_MARKED = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", flags=re.DOTALL)


def page(path: Path) -> str:
    """What the page should say: its text, with what is made from code up to date."""
    made = {
        "autousers": _table("autouser", PERSONA_WORDS),
        "dimensions": _table("dimension", WORDS),
    }
    return _MARKED.sub(lambda match: f"{match[1]}{made[match[2]]}{match[3]}", path.read_text())


def _table(head: str, vocabulary: Mapping[str, Iterable[str]]) -> str:
    rows = "".join(f"| `{id}` | {', '.join(words)} |\n" for id, words in vocabulary.items())
    return f"| {head} | words |\n| --- | --- |\n{rows}"
