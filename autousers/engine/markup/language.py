"""What can be counted in words: readability, vague links, pressure. English only, and says so.

Flesch reading ease: R. Flesch, "A new readability yardstick", Journal of Applied Psychology 32
(1948), 221-233: 206.835 - 1.015 x words per sentence - 84.6 x syllables per word.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

MIN_WORDS = 30
"""Fewer words say nothing about how a text reads."""

_MAX_WORDS = 5_000
_WORD = re.compile(r"[^\W\d_]{1,60}(?:['\u2019][^\W\d_]{1,60})?")
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]+(?:\s|$)|[\u3002\uff01\uff1f\uff0e]")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_END = re.compile(r"(?:[^laeiouy]es|[^td]ed|[^laeiouy]e)$")
_COMMON = frozenset({
    "the", "and", "of", "to", "in", "is", "you", "that", "it", "for", "on", "are", "with", "as",
    "this", "be", "at", "your", "or", "we", "our", "a", "an", "by", "from", "not",
})  # fmt: skip

VAGUE = frozenset({
    "click", "click here", "click me", "here", "read more", "more", "learn more", "link",
    "this link", "this", "go", "details", "continue", "see more", "info", "more info", "tap here",
    "find out more", "view", "view more", "page", "download", "start", "submit", "ok", "button",
})  # fmt: skip

_PRESSURE = re.compile(
    r"\b(?:act (?:now|fast)|hurry|last chance|limited[- ]time|limited offer"
    r"|don['\u2019]?t miss(?: out)?"
    r"|only \d+ (?:left|remaining|seats?|rooms?|items?)(?: left)?|selling (?:out )?fast"
    r"|almost gone|before it['\u2019]?s too late|once in a lifetime|offer (?:ends|expires)"
    r"|expires (?:soon|today|in)|ends (?:soon|today|tonight)|\d+ (?:people|others) (?:are )?"
    r"(?:viewing|looking|watching)|risk[- ]free|100 ?% guaranteed|guaranteed results"
    r"|miracle|instantly|today only|while (?:stocks?|supplies) lasts?|no thanks,? i)\b",
    re.IGNORECASE,
)
_DRAFT = re.compile(
    r"lorem ipsum|dolor sit amet|\{\{.{0,40}?\}\}|\[object Object\]"
    r"|\binsert (?:text|copy|title) here\b|\byour text here\b",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\b(?:TODO|TBD|FIXME)\b(?=\s*:)|^(?:TODO|TBD|FIXME)$")
_NOTHING = re.compile(r"^(?:undefined|NaN|null|None)$")
_KNOWN = frozenset({"", "en", "de", "fr", "es", "it", "pt", "nl"})
_NO_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_POLICY = re.compile(
    r"privacy|terms|conditions|refund|returns?\b|cookie|imprint|legal|warranty|data protection"
    r"|impressum|datenschutz|\bagb\b|mentions légales|confidentialité|privacidad|aviso legal"
    r"|informativa|riservatezza|privacidade|juridisch|隐私|プライバシー",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"contact|support|help\b|customer service|call us|e-?mail us|kontakt|contacto|hilfe|ayuda"
    r"|aide\b|contatt|contato|联系|お問い合わせ",
    re.IGNORECASE,
)


def words(text: str) -> list[str]:
    """The words of a text, as many as matter."""
    found: list[str] = []
    for match in _WORD.finditer(text):
        found.append(match[0])
        if len(found) >= _MAX_WORDS:
            break
    return found


def is_english(language: str, sample: Sequence[str]) -> bool:
    """Whether formulas made for English apply: by the page's word for it, else by common words."""
    if language:
        return language.lower().partition("-")[0] == "en"
    if not sample:
        return False
    return sum(word.lower() in _COMMON for word in sample) >= len(sample) * 0.12


@lru_cache(maxsize=8192)
def syllables(word: str) -> int:
    """Count the syllables of an English word: groups of vowels, less a silent ending."""
    lowered = word.lower()
    count = len(_VOWELS.findall(lowered))
    if count > 1 and _SILENT_END.search(lowered):
        count -= 1
    return max(count, 1)


def sentences(blocks: Sequence[str]) -> int:
    """Count sentences; a paragraph ends one whether it has a full stop or not."""
    return sum(
        max(sum(1 for part in _SENTENCE_END.split(block) if _WORD.search(part)), 1)
        for block in blocks
        if _WORD.search(block)
    )


def reading_ease(word_list: Sequence[str], sentence_count: int) -> float:
    """Flesch reading ease: 100 is very easy, 30 very hard."""
    total = len(word_list)
    per_word = sum(syllables(word) for word in word_list) / total
    return 206.835 - 1.015 * total / sentence_count - 84.6 * per_word


def is_vague(text: str) -> bool:
    """Whether a link's words say nothing about where it leads."""
    return " ".join(words(text.lower())) in VAGUE


def pressure(text: str) -> list[str]:
    """Phrases that hurry people, each once, in the order they are found."""
    found = (match[0].lower() for match in _PRESSURE.finditer(text))
    return list(dict.fromkeys(found))


def placeholders(text: str, *, english: bool) -> list[str]:
    """What was meant to be replaced before anyone saw it.

    Notes such as TODO are words of other languages, so they count in English only.
    """
    found = [match[0] for match in _DRAFT.finditer(text)]
    if english:
        found += [match[0] for match in _NOTE.finditer(text)]
    if _NOTHING.match(text):
        found.append(text)
    return list(dict.fromkeys(found))


def has_no_spaces(text: str) -> bool:
    """Whether a text is written in a script that does not put spaces between words."""
    sample = text[:20_000]
    letters = sum(char.isalpha() for char in sample)
    return letters > 0 and len(_NO_SPACES.findall(sample)) >= 0.2 * letters


def is_known(language: str) -> bool:
    """Whether the words for rules and help are known in a language; none given: English."""
    return language.lower().partition("-")[0] in _KNOWN


def is_policy(text: str) -> bool:
    """Whether a link's words or address speak of rules that protect people."""
    return bool(_POLICY.search(text))


def is_contact(text: str) -> bool:
    """Whether a link's words or address lead to somebody who helps."""
    return bool(_CONTACT.search(text))
