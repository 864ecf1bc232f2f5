"""Facts of structure: names, language, title, headings, landmarks."""

import re
from collections.abc import Iterator
from itertools import pairwise

from autousers.engine.markup import names
from autousers.engine.markup.measuring import counted, either
from autousers.engine.markup.tree import Item, Page
from autousers.observation.facts import Fact

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", re.IGNORECASE | re.ASCII)
_CODES = (
    "aaabaeafakamanarasavayazbabebgbhbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoeseteufafffi"
    "fjfofrfygagdglgngugvhahehihohrhthuhyhziaidieigiiikioisitiujajvkakgkikjkkklkmknkokrkskukvkw"
    "kylalblglilnloltlulvmgmhmimkmlmnmrmsmtmynanbndnengnlnnnonrnvnyocojomorospapiplpsptqurmrnro"
    "rurwsascsdsesgsiskslsmsnsosqsrssstsusvswtatetgthtitktltntotrtstttwtyugukuruzvevivowawoxhyi"
    "yozazhzu"
)
_LANGUAGES = frozenset(_CODES[at : at + 2] for at in range(0, len(_CODES), 2))
"""The languages of ISO 639-1."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_ENOUGH_LETTERS = 250
"""A text of fewer letters needs no heading."""


def facts(page: Page) -> Iterator[Fact]:
    """All facts of this module."""
    yield _fields(page)
    yield _pictures(page)
    yield _controls(page)
    yield _frames(page)
    yield from _language(page)
    yield either("title-missing", not page.title)
    yield from _headings(page)
    yield either("main-landmark-missing", not any(_is_main(item) for item in page.items))


def _fields(page: Page) -> Fact:
    fields = [item for item in page.heard if names.is_field(item)]
    faulty = [item for item in fields if not names.field_has_label(page, item)]
    return counted("fields-without-label", faulty, len(fields))


def _pictures(page: Page) -> Fact:
    pictures = [item for item in page.heard if names.is_picture(item)]
    faulty = [item for item in pictures if not names.picture_has_alternative(page, item)]
    return counted("images-without-alternative", faulty, len(pictures))


def _controls(page: Page) -> Fact:
    """Links and buttons; those whose name markup does not tell are left out."""
    found = [
        (item, named)
        for item in page.heard
        if names.is_control(item) and (named := names.control_has_name(page, item)) is not None
    ]
    faulty = [item for item, named in found if not named]
    return counted("controls-without-name", faulty, len(found))


def _frames(page: Page) -> Fact:
    frames = [item for item in page.heard if item.tag in ("iframe", "frame")]
    frames = [item for item in frames if not item.get("tabindex").strip().startswith("-")]
    faulty = [
        item
        for item in frames
        if not (item.get("title") or item.get("aria-label") or item.get("aria-labelledby")).strip()
    ]
    return counted("frames-without-title", faulty, len(frames))


def _language(page: Page) -> Iterator[Fact]:
    """Whether a language is given. Of three letters there are thousands: they are left open."""
    primary = page.language.lower().partition("-")[0]
    if len(primary) == 3 and _LANGUAGE.fullmatch(page.language):
        return
    known = bool(_LANGUAGE.fullmatch(page.language)) and primary in _LANGUAGES
    yield either("page-language-missing", not known)


def _headings(page: Page) -> Iterator[Fact]:
    headings = [
        (item, level)
        for item in page.heard
        if (level := _level(item)) and names.content_has_name(page, item.element) is not False
    ]
    if not headings:
        yield either("no-headings", len(page.text) >= _ENOUGH_LETTERS)
        return
    yield either("no-headings", False)
    yield either("first-heading-missing", all(level != 1 for _, level in headings))
    skipping = [item for (_, above), (item, level) in pairwise(headings) if level > above + 1]
    yield counted("heading-levels-skipped", skipping, len(headings))


def _level(item: Item) -> int:
    """The level of a heading; 0 for what is none."""
    if item.role == "heading":
        level = item.get("aria-level").strip()
        return int(level) if level.isdecimal() and len(level) < 3 else 2
    return int(item.tag[1]) if item.tag in _HEADINGS and not item.role else 0


def _is_main(item: Item) -> bool:
    return (item.tag == "main" and item.role in ("", "main")) or item.role == "main"
