"""Facts of words: how a text reads, where links lead, who hurries whom, whom to ask."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from urllib.parse import urlsplit

from autousers.engine.markup import language, names
from autousers.engine.markup.measuring import amount, counted, either, place_of
from autousers.engine.markup.tree import Item, Page, text_of
from autousers.observation.facts import Fact, Place

_PROSE = ("p", "li", "dd", "blockquote", "td", "figcaption")
_CODE = "code, pre, samp, kbd, textarea"
_LONG_PARAGRAPH = 120
_MOST_BLOCKS = 3_000
_ACTING = ("onclick", "aria-expanded", "aria-haspopup", "aria-controls", "data-toggle",
           "data-bs-toggle")  # fmt: skip
_LINKED_ELSEWHERE = ("mailto:", "tel:")
_PERSONAL = re.compile(
    r"e-?mail|^tel|phone|first.?name|last.?name|surname|full.?name|street|address|postal|zip|city",
    re.IGNORECASE,
)


def facts(page: Page) -> Iterator[Fact]:
    """All facts of this module that can be told in the page's language."""
    if not language.has_no_spaces(page.text):
        yield amount("words", len(language.words(page.text)))
    yield from _reading(page)
    yield from _links(page)
    yield _leftovers(page)
    yield either("no-description", not (page.meta("description") or "").strip())
    yield _autocomplete(page)


def not_measured(page: Page) -> Mapping[str, str]:
    """What the page's language keeps from being told."""
    missing = {}
    if language.has_no_spaces(page.text):
        missing["words"] = "this script has no spaces between words"
    if not is_english(page):
        for name in ("hard-to-read", "pressure-words"):
            missing[name] = "it is measured in English only"
    return missing


def is_english(page: Page) -> bool:
    """Whether measures made for English apply."""
    return language.is_english(page.language, language.words(page.text))


def prose(page: Page) -> list[str]:
    """Running text: paragraphs and the like of five words or more."""
    outer = (
        item for item in page.shown(*_PROSE) if not (item.element.parent and _closest_prose(item))
    )
    blocks = (text_of(item.element, 20_000, most=2_000) for item in islice(outer, _MOST_BLOCKS))
    return [block for block in blocks if len(block.split()) >= 5]


def _closest_prose(item: Item) -> bool:
    parent = item.element.parent
    closest = getattr(parent, "closest", None)
    return closest is not None and closest(", ".join(_PROSE)) is not None


def _reading(page: Page) -> Iterator[Fact]:
    if language.has_no_spaces(page.text):
        return
    blocks = prose(page)
    found = [language.words(block) for block in blocks]
    total = sum(len(one) for one in found)
    if blocks:
        long = [
            block for block, one in zip(blocks, found, strict=True) if len(one) > _LONG_PARAGRAPH
        ]
        places = tuple(Place("", block[:100]) for block in long[:10])
        yield Fact("long-paragraphs", len(long), "markup", of=len(blocks), places=places)
    if total < language.MIN_WORDS:
        return
    sentences = max(language.sentences(blocks), 1)
    yield amount("long-sentences", round(total / sentences, 1))
    if is_english(page):
        every = [word for one in found for word in one]
        ease = language.reading_ease(every, sentences)
        yield amount("hard-to-read", round(min(max(ease, 0.0), 100.0), 1))


def _links(page: Page) -> Iterator[Fact]:
    links = [item for item in page.shown("a") if item.has("href")]
    worded = [(item, names.words_of_link(page, item)) for item in links]
    vague = [item for item, words in worded if language.is_vague(words)]
    named = sum(1 for _, words in worded if words)
    yield counted("vague-links", vague, named)
    still = (item for item in links if not _acts(item))
    dead = [item for item in still if _is_dead(page, item.get("href").strip())]
    if not (dead and page.has_scripts):  # scripts may act on them, or make what they lead to
        yield counted("dead-links", dead, len(links))
    told = [f"{words} {_path(item.get('href'))}" for item, words in worded]
    policy = any(language.is_policy(one) for one in told)
    contact = any(language.is_contact(one) for one in told) or any(
        item.get("href").lower().startswith(_LINKED_ELSEWHERE) for item in links
    )
    known = language.is_known(page.language)
    if policy or known:
        yield either("no-privacy-link", not policy)
    if contact or known:
        yield either("no-contact", not contact)
    if is_english(page):
        found = language.pressure(page.text)
        yield amount("pressure-words", len(found), places=[Place("", one) for one in found])


def _leftovers(page: Page) -> Fact:
    english = is_english(page)
    found = [
        place_of(one.parent, phrase)
        for one in page.texts
        if one.parent.closest(_CODE) is None
        for phrase in language.placeholders(one.text, english=english)
    ]
    return amount("placeholder-text", len(found), places=found)


def _autocomplete(page: Page) -> Fact:
    personal = [item for item in page.heard if item.tag == "input" and _is_personal(item)]
    faulty = [item for item in personal if not item.get("autocomplete").strip()]
    return counted("fields-without-autocomplete", faulty, len(personal))


def _is_personal(item: Item) -> bool:
    kind = item.get("type").lower()
    if kind in ("email", "tel"):
        return True
    said = f"{item.get('name')[:80]} {item.get('id')[:80]}"
    return kind in ("", "text") and bool(_PERSONAL.search(said))


def _acts(item: Item) -> bool:
    """Whether it is meant to act on the page, whatever its address says."""
    return item.role == "button" or any(item.has(name) for name in _ACTING)


def _is_dead(page: Page, href: str) -> bool:
    if href.lower().startswith("javascript:") or href in ("", "#"):
        return True
    if not href.startswith("#") or href.lower() == "#top" or href.startswith(("#/", "#!", "#:")):
        return False
    return href[1:] not in page.by_id and not any(
        item.get("name") == href[1:] for item in page.named("a")
    )


def _path(href: str) -> str:
    try:
        return urlsplit(href[:2_000]).path
    except ValueError:
        return ""
