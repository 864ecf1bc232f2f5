"""The pages of `docs/`: their links, their readers, and the parts of decisions."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DOCS = ROOT / "docs"
DECISIONS = DOCS / "develop" / "decisions"
TOP = [ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG", "SECURITY")]
PAGES = sorted(DOCS.rglob("*.md"))
DATED = [path for path in DECISIONS.glob("*.md") if path.name != "README.md"]

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```$|^    .*?$|`[^`]*`", re.DOTALL | re.MULTILINE)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def links(page: Path) -> set[str]:
    """The addresses that a page links to within the repository."""
    found = LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))
    return {address for address in found if "://" not in address}


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, made as forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", [*TOP, *PAGES], ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for address in links(page):
        path, _, anchor = address.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{address}: there is no {target}"
        assert not anchor or anchor in anchors(target), f"{address}: there is no such heading"


@pytest.mark.parametrize("page", [p for p in PAGES if p not in DATED], ids=name_of)
def test_the_first_sentence_names_the_reader(page: Path) -> None:
    title, _, text = page.read_text(encoding="utf-8").partition("\n\n")

    assert title.startswith("# ")
    assert text.startswith("For "), "begin with: For callers …, For operators …, For developers …"


def test_the_readme_lists_every_page_but_the_decisions() -> None:
    listed = {(ROOT / link).resolve() for link in links(ROOT / "README.md")}

    missing = {page for page in PAGES if page not in DATED} - listed
    assert not missing, f"not in the list of README.md: {sorted(map(name_of, missing))}"


@pytest.mark.parametrize("page", DATED, ids=lambda path: path.stem)
def test_a_decision_has_a_date_and_its_parts(page: Path) -> None:
    title, date, *_ = page.read_text(encoding="utf-8").split("\n\n")
    parts = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)

    assert title.startswith("# ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", date)
    assert page.name.startswith(f"{date}-")
    assert parts[:3] == ["Context", "Decision", "Alternatives"]
    assert parts[3:] in ([], ["Figures"])


def test_the_index_of_decisions_has_their_dates_and_titles() -> None:
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^- (\S+) \[(.+)\]\((\S+)\)$", index, re.MULTILINE)
    there = [
        (path.name[:10], path.read_text(encoding="utf-8").partition("\n")[0][2:], path.name)
        for path in DATED
    ]

    assert sorted(rows) == sorted(there)


@pytest.mark.parametrize("page", [*TOP, *PAGES], ids=name_of)
def test_every_file_it_names_exists(page: Path) -> None:
    folders = "|".join(path.name for path in ROOT.iterdir() if path.is_dir())
    named = re.findall(rf"`((?:{folders})/[\w./-]+)`", page.read_text(encoding="utf-8"))

    assert [name for name in named if not (ROOT / name).exists()] == []
