"""From the source of a page to an observation."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from autousers.engine.markup import operating, structure, wording
from autousers.engine.markup.measuring import either
from autousers.engine.markup.names import is_field, is_picture
from autousers.engine.markup.tree import Item, Page
from autousers.observation.catalogue import CATALOGUE
from autousers.observation.catalogue.kinds import MARKUP, FactKind
from autousers.observation.facts import Conditions, Fact, Observation, Wall

MOST_WORDS = 20_000
"""Letters of the text of a page that an observation keeps."""

NEEDS_EYES = "only a browser can tell"
CUT = "the page is too large to be read to its end"

SCRIPTS = "only a browser can tell what the scripts add"

_ADDED_BY_SCRIPTS = frozenset({
    "title-missing", "no-headings", "first-heading-missing", "main-landmark-missing",
    "no-privacy-link", "no-contact",
})  # fmt: skip
"""Facts whose fault is that something is not there."""
_FEW_WORDS = 30
_FEW_LETTERS = 40
_LOGIN = re.compile(r"log-?in|sign-?in|/auth|/sso|anmelden|connexion", re.IGNORECASE)
_SECRETS = frozenset({"cc-number", "cc-csc", "current-password", "new-password"})
_BOT = re.compile(r"just a moment|attention required|are you a robot|captcha", re.IGNORECASE)


def observe(source: str, *, design: str, address: str, conditions: Conditions) -> Observation:
    """Everything that the markup of a page settles."""
    page = Page(source, address)
    every = [
        *structure.facts(page),
        *operating.facts(page),
        *wording.facts(page),
        *_network(page),
    ]
    facts = [one for one in every if _settled(page, one)]
    return Observation(
        design=design,
        address=address,
        observer="markup",
        conditions=conditions,
        facts=tuple(facts),
        not_measured=_not_measured(page, facts),
        walls=tuple(_walls(page, design)),
        title=page.title[:200],
        language=page.language[:40],
        words=page.text[:MOST_WORDS],
    )


def _not_measured(page: Page, facts: list[Fact]) -> Mapping[str, str]:
    """The catalogue without the facts, with the reasons; of a cut page also those measured."""
    measured = {fact.id for fact in facts}
    reasons = dict.fromkeys(measured, CUT) if page.cut else {}
    for kind in CATALOGUE.values():
        if kind.id not in measured:
            reasons[kind.id] = _why(page, kind)
    return reasons | dict(wording.not_measured(page))


def _why(page: Page, kind: FactKind) -> str:
    """Why a fact was not measured."""
    if MARKUP not in kind.bases:
        return NEEDS_EYES
    return SCRIPTS if page.has_scripts else ""


def _settled(page: Page, fact: Fact) -> bool:
    """Whether markup alone settles a fact: scripts may add what the markup lacks."""
    if not page.has_scripts:
        return True
    if fact.id == "words":
        return fact.value > _FEW_WORDS
    if fact.id == "mouse-only":
        return fact.value > 0
    return not (fact.id in _ADDED_BY_SCRIPTS and fact.value)


def _network(page: Page) -> list[Fact]:
    """Whether the page, and what it asks for, is sent encrypted; of other machines only."""
    parts = urlsplit(page.url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or _is_local(host):
        return []
    plain = parts.scheme == "http"
    secrets = sum(1 for item in page.items if _is_secret(item)) if plain else 0
    return [
        either("not-encrypted", plain),
        Fact("secrets-not-encrypted", secrets, "markup"),
    ]


def _is_local(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _is_secret(item: Item) -> bool:
    if item.tag != "input":
        return False
    return item.get("type").lower() == "password" or item.get("autocomplete") in _SECRETS


def _walls(page: Page, design: str) -> list[Wall]:
    """What stands in front of the design, as far as markup shows it."""
    if _BOT.search(page.title) and len(page.text) < 1_000:
        return [Wall("bot", "The site asks visitors to prove that they are no robot.", blocks=True)]
    if _is_login(page, design):
        text = "The address leads to a login, so the design itself cannot be seen."
        return [Wall("login", text, blocks=True)]
    letters = sum(char.isalnum() for char in page.text[:1_000])
    seen = any(is_picture(item) or is_field(item) or item.tag in _SHOWING for item in page.items)
    if letters >= _FEW_LETTERS or (letters and not page.has_scripts) or seen:
        return []
    if page.has_scripts:
        text = (
            "The page is made by scripts: its markup shows next to nothing, and no browser ran "
            "them. Set up a browser to rate it."
        )
        return [Wall("scripts", text, blocks=True)]
    return [Wall("empty", "The page is empty: no words, no pictures.", blocks=True)]


_SHOWING = frozenset({"iframe", "video", "svg", "object", "embed"})


def _is_login(page: Page, design: str) -> bool:
    """Whether the design sent its visitor to another page, and that one asks for a password."""
    asked, came = urlsplit(design), urlsplit(page.url)
    if (asked.netloc, asked.path) == (came.netloc, came.path) or _LOGIN.search(asked.path):
        return False
    password = any(item.get("type").lower() == "password" for item in page.shown("input"))
    return password and bool(_LOGIN.search(came.path))
