"""Small pieces of pages with a known right verdict: faulty ones, and sound ones that look alike.

Each file has one piece in a section, which names the fact that it is about. A browser sees many
of them on one page; they are no more than that page would be without the section.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEXT = "The next boat leaves at six and takes you across the harbour. "
_SECTION = re.compile(
    r'<section id="(?P<name>[\w-]+)" data-fact="(?P<fact>[\w-]+)">.*?</section>', re.DOTALL
)
_HIDDEN = ".vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"


@dataclass(frozen=True)
class Piece:
    """A piece of a page, the fact that it is about, and whether it is at fault."""

    name: str
    fact: str
    html: str
    at_fault: bool


def pieces(file: str) -> list[Piece]:
    """The pieces of a file; its name says what they are."""
    source = (Path(__file__).parent / f"{file}.html").read_text()
    return [
        Piece(found["name"], found["fact"], found[0], file.endswith("-faulty"))
        for found in _SECTION.finditer(source)
    ]


def every(kind: str) -> Iterator[Piece]:
    """The faulty and the sound pieces of a kind."""
    yield from pieces(f"{kind}-faulty")
    yield from pieces(f"{kind}-sound")


def expected(all_of_a_page: list[Piece]) -> dict[str, int]:
    """How often each fact must be named on a page of these pieces."""
    faulty = Counter(one.fact for one in all_of_a_page if one.at_fault)
    return {one.fact: faulty[one.fact] for one in all_of_a_page}


def page(*shown: Piece) -> str:
    """A page that is sound but for these pieces."""
    return (
        "<!doctype html><html lang=en><head><title>Boats</title>"
        "<meta name=viewport content='width=device-width'><meta name=description content=Boats>"
        f"<style>{_HIDDEN}</style></head><body><main><h1>Boats</h1><p>{TEXT * 3}</p>"
        f"<p><a href=/crew>The crew</a></p>{''.join(one.html for one in shown)}"
        "<p><a href=/dogs>Fares of dogs</a> <a href=/cats>Fares of cats</a></p></main></body>"
    )
