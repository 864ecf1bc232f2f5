"""The words of a page, as facts: how they read, where links lead, who hurries whom."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from autousers.engine.browser.measuring.found import Found, places, share
from autousers.engine.browser.measuring.world import World
from autousers.engine.markup import language
from autousers.observation.catalogue.kinds import MARKUP, STYLE, TREE
from autousers.observation.facts import Place

LONG_PARAGRAPH = 120
"""Words of a paragraph beyond which it is long."""
_RUNNING = 8
"""Words from which a paragraph is running text, and no label or price."""

_NOT_ENGLISH = "looked for in English only"


async def note_reading(found: Found, world: World) -> None:
    """Note the facts of the words."""
    row = await world.measure("reading")
    paragraphs, text = row["paragraphs"], row["text"]
    _note_links(found, row["links"])
    english = language.is_english(row["language"], language.words(text))
    _note_drafts(found, row["drafts"], english=english)
    _note_ways(found, row["links"], row["language"])
    running = [one for one in paragraphs if one["words"] >= _RUNNING]
    if language.has_no_spaces(text):
        found.skip("it is measured where words have spaces between them", "long-sentences")
    else:
        _note_length(found, running)
    _note_paragraphs(found, running)
    if not english:
        found.skip(_NOT_ENGLISH, "hard-to-read", "pressure-words")
        return
    hurried = [one for one in paragraphs if language.pressure(one["text"])]
    found.add("pressure-words", len(language.pressure(text)), STYLE, places=_spots(hurried))
    _note_ease(found, running)


def _note_drafts(found: Found, rows: Sequence[Mapping[str, Any]], *, english: bool) -> None:
    left = [
        (one, phrase)
        for one in rows
        for phrase in language.placeholders(one["text"], english=english)
    ]
    spots = _spots([one for one, _ in left])
    found.add("placeholder-text", len(left), STYLE, places=spots)


def _note_paragraphs(found: Found, running: Sequence[Mapping[str, Any]]) -> None:
    long = [one for one in running if one["words"] > LONG_PARAGRAPH]
    found.add("long-paragraphs", len(long), STYLE, of=len(running), places=_spots(long))


def _note_length(found: Found, running: Sequence[Mapping[str, Any]]) -> None:
    words = sum(one["words"] for one in running)
    if words >= language.MIN_WORDS:
        sentences = sum(max(one["sentences"], 1) for one in running)
        longest = sorted(running, key=lambda one: -one["words"] / max(one["sentences"], 1))
        mean = round(words / sentences, 1)
        found.add("long-sentences", mean, STYLE, places=_spots(longest[:3]))
    else:
        found.skip("too little running text", "long-sentences", "hard-to-read")


def _note_ease(found: Found, running: Sequence[Mapping[str, Any]]) -> None:
    blocks = [one["text"] for one in running]
    words = [word for block in blocks for word in language.words(block)][:5000]
    if len(words) < language.MIN_WORDS:
        return
    ease = language.reading_ease(words, max(language.sentences(blocks), 1))
    found.add("hard-to-read", round(ease, 1), STYLE)


def _note_links(found: Found, links: Sequence[Mapping[str, Any]]) -> None:
    there = [one for one in links if one["has"]]
    named = [one for one in there if one["name"]]
    vague = [one for one in named if language.is_vague(one["name"])]
    found.add(
        "vague-links", len(vague), TREE, of=len(named), share=share(len(vague), len(named)),
        places=_spots(vague),
    )  # fmt: skip
    told = [one for one in there if not one["open"]]
    dead = [one for one in told if one["dead"]]
    if len(told) < len(there):
        found.skip(f"scripts may act on {len(there) - len(told)} links", "dead-links")
    if told or not there:
        found.add("dead-links", len(dead), MARKUP, of=len(told), places=_spots(dead))


def _note_ways(found: Found, links: Sequence[Mapping[str, Any]], page_language: str) -> None:
    """Note whether rules and help are linked; the words for them are known in some languages."""
    there = [one for one in links if one["has"]]
    told = [f"{one['name']} {_path(one['href'])}" for one in there]
    known = language.is_known(page_language)
    policy = any(map(language.is_policy, told))
    contact = any(map(language.is_contact, told)) or any(
        one["href"].lower().startswith(("mailto:", "tel:")) for one in there
    )
    for fact_id, is_there in (("no-privacy-link", policy), ("no-contact", contact)):
        if is_there or known:
            found.add(fact_id, int(not is_there), TREE)
        else:
            found.skip("its words are not known in the language of the page", fact_id)


def _spots(rows: Sequence[Mapping[str, Any]]) -> list[Place]:
    return places(row["place"] for row in rows)


def _path(href: str) -> str:
    try:
        return urlsplit(href).path
    except ValueError:
        return ""
