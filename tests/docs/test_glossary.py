"""`docs/develop/glossary.md`: each term occurs in the code and has one sentence."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "develop" / "glossary.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^- \*\*(.+?)\*\*: (.+)$", PAGE, re.MULTILINE)
APPS = ("api", "teams", "evaluations", "ratings", "autousers", "webhooks", "config")


@cache
def code() -> str:
    """The source of all apps, in lower case, with the words of names apart."""
    sources = (path.read_text(encoding="utf-8") for app in APPS for path in find(app))
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", "\n".join(sources)).lower()
    return re.sub(r"[\s_-]+", " ", text)


def find(app: str) -> list[Path]:
    return sorted((ROOT / app).rglob("*.py"))


def test_every_line_is_an_entry() -> None:
    assert len(ENTRIES) == sum(line.startswith("- ") for line in PAGE.splitlines())
    assert [term for term, _ in ENTRIES] == sorted(term for term, _ in ENTRIES)


@pytest.mark.parametrize(("term", "meaning"), ENTRIES)
def test_a_term_occurs_in_the_code_and_has_one_sentence(term: str, meaning: str) -> None:
    assert re.search(rf"\b{term.replace('-', ' ')}", code())
    assert re.fullmatch(r"[A-Z][^.!?]*\.", re.sub(r"`[^`]+`", "name", meaning))
