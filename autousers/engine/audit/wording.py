"""Measures of words: how they read, where links say they lead, who hurries whom, whom to ask."""

from urllib.parse import urlsplit

from autousers.engine.audit import language
from autousers.engine.audit.measure import Measure, absent, count, falling, intact, quoted
from autousers.engine.audit.page import Page

_ENGLISH_ONLY = "readability is measured in English only"
_SECRET_FIELDS = ("password", "cc-number", "cc-csc", "tel")


def readability(page: Page) -> Measure:
    """Flesch reading ease of running text; plain English is 60 and more."""
    words = [word for block in page.prose for word in language.words(block)][:5000]
    if not page.is_english or len(words) < language.MIN_WORDS:
        says = _ENGLISH_ONLY if not page.is_english else "too little text to judge how it reads"
        return absent("reading ease", says)
    ease = round(language.reading_ease(words, max(language.sentences(page.prose), 1)), 1)
    quality = 1 - falling(ease, best=10, worst=65)
    return Measure(ease, "reading ease", quality, f"reading ease {ease:.0f} of 100")


def sentence_length(page: Page) -> Measure:
    """Words per sentence of running text; twenty are easily followed."""
    words = sum(len(language.words(block)) for block in page.prose)
    if words < language.MIN_WORDS:
        return absent("words per sentence", "too little text")
    mean = round(words / max(language.sentences(page.prose), 1), 1)
    says = f"{mean:.0f} words per sentence"
    return Measure(mean, "words per sentence", falling(mean, best=18, worst=38), says)


def text_amount(page: Page) -> Measure:
    """Whether there is something to read at all; scripts are not run."""
    number = len(page.words)
    says = f"{count(number, 'word')} of text" if number >= 25 else f"only {count(number, 'word')}"
    return Measure(number, "words", 1 - falling(number, best=0, worst=40), says)


def link_texts(page: Page) -> Measure:
    """Links that say where they lead, taken by themselves (WCAG 2.4.9)."""
    names = [name for _, name in page.links if name]
    if not names:
        return absent("vague links", "no links")
    vague = [name for name in names if language.is_vague(name)]
    says = f"all {count(len(names), 'link')} say where they lead"
    if vague:
        says = f"{len(vague)} of {count(len(names), 'link')} vague, like {quoted(vague[0])}"
    return Measure(len(vague), "vague links", intact(len(vague), len(names)), says)


def pressure_words(page: Page) -> Measure:
    """Phrases that hurry people; English only."""
    if not page.is_english:
        return absent("phrases", "pressure is looked for in English only")
    found = language.pressure(page.text)
    some = f"pressure: {', '.join(quoted(phrase, 30) for phrase in found[:3])}"
    says = some if found else "no words that hurry anyone"
    return Measure(len(found), "phrases", max(0.0, 1 - 0.3 * len(found)), says)


def placeholder_text(page: Page) -> Measure:
    """Text that was to be replaced before anyone saw it."""
    found = language.placeholders(page.text)
    says = f"placeholder left: {quoted(found[0])}" if found else "no placeholder text"
    return Measure(len(found), "phrases", max(0.0, 1 - 0.5 * len(found)), says)


def policies(page: Page) -> Measure:
    """A link to rules that protect people: privacy, terms, returns."""
    good = any(language.is_policy(f"{name} {_path(node.get('href'))}") for node, name in page.links)
    says = "privacy or terms linked" if good else "no link to privacy or terms"
    return Measure(int(not good), "missing", float(good), says)


def contact(page: Page) -> Measure:
    """A way to reach somebody: a link to contact or help, a mail address, a number."""
    good = any(
        node.get("href").lower().startswith(("mailto:", "tel:"))
        or language.is_contact(f"{name} {_path(node.get('href'))}")
        for node, name in page.links
    )
    says = "a way to get in touch" if good else "no way to get in touch"
    return Measure(int(not good), "missing", float(good), says)


def dead_links(page: Page) -> Measure:
    """Links that lead nowhere: empty, a bare `#`, a script, or a place that is not there."""
    if not page.links:
        return absent("dead links", "no links")
    dead = sum(1 for node, _ in page.links if _is_dead(page, node.get("href")))
    total = len(page.links)
    some = f"{dead} of {count(total, 'link')} {'leads' if dead == 1 else 'lead'} nowhere"
    says = some if dead else f"all {count(total, 'link')} lead somewhere"
    return Measure(dead, "dead links", intact(dead, total), says)


def secure_connection(page: Page) -> Measure:
    """Nothing is sent in the clear: https, above all where something secret is asked for."""
    if page.local:
        return absent("insecure", "a page of this machine")
    if urlsplit(page.url).scheme == "https":
        return Measure(0, "insecure", 1.0, "sent encrypted")
    secret = any(
        field.get("type").lower() in _SECRET_FIELDS or field.get("autocomplete") in _SECRET_FIELDS
        for field in page.fields
    )
    says = "asks for secrets without encryption" if secret else "sent without encryption"
    return Measure(1, "insecure", 0.0 if secret else 0.25, says)


def _path(href: str) -> str:
    try:
        return urlsplit(href).path
    except ValueError:
        return ""


def _is_dead(page: Page, href: str) -> bool:
    if href.lower().startswith("javascript:") or href in ("", "#"):
        return True
    return href.startswith("#") and href[1:] not in page.by_id and href.lower() != "#top"
