"""The words of a page, as facts: how they read, where links lead, who hurries whom."""

import re
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

_LEFTOVER = re.compile(
    r"lorem ipsum|dolor sit amet|\b(?:TODO|FIXME)\s*[:(]|\{\{.{0,40}?\}\}|\[object Object\]"
    r"|\binsert (?:text|copy|title) here\b|\byour text here\b"
)
"""“TODO” alone is Spanish for “all”, so it counts as a note to oneself only with a colon."""
_NOT_ENGLISH = "looked for in English only"


async def note_reading(found: Found, world: World) -> None:
    """Note the facts of the words."""
    row = await world.measure("reading")
    paragraphs, text = row["paragraphs"], row["text"]
    _note_links(found, row["links"])
    leftovers = [one for one in paragraphs if _LEFTOVER.search(one["text"])]
    count = len(set(_LEFTOVER.findall(text)))
    found.add("placeholder-text", count, STYLE, places=_spots(leftovers))
    running = [one for one in paragraphs if one["words"] >= _RUNNING]
    _note_length(found, running)
    if not language.is_english(row["language"], language.words(text)):
        found.skip(_NOT_ENGLISH, "hard-to-read", "pressure-words")
        return
    hurried = [one for one in paragraphs if language.pressure(one["text"])]
    found.add("pressure-words", len(language.pressure(text)), STYLE, places=_spots(hurried))
    _note_ease(found, running)


def _note_length(found: Found, running: Sequence[Mapping[str, Any]]) -> None:
    long = [one for one in running if one["words"] > LONG_PARAGRAPH]
    found.add("long-paragraphs", len(long), STYLE, of=len(running), places=_spots(long))
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
    dead = [one for one in there if one["dead"]]
    found.add("dead-links", len(dead), MARKUP, of=len(there), places=_spots(dead))
    told = [f"{one['name']} {_path(one['href'])}" for one in there]
    found.add("no-privacy-link", int(not any(map(language.is_policy, told))), TREE)
    reached = any(map(language.is_contact, told)) or any(
        one["href"].lower().startswith(("mailto:", "tel:")) for one in there
    )
    found.add("no-contact", int(not reached), TREE)


def _spots(rows: Sequence[Mapping[str, Any]]) -> list[Place]:
    return places(row["place"] for row in rows)


def _path(href: str) -> str:
    try:
        return urlsplit(href).path
    except ValueError:
        return ""
