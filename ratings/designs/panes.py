"""How one design is shown: in a frame, as a picture or a film, or as a link with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from evaluations.models import Comparison, Evaluation, EvaluationType
from ratings.designs.asking import framing_of
from ratings.models import Framing

#: The rights of a framed page. It cannot navigate the page around it, or open windows.
SANDBOX = "allow-scripts allow-forms"

#: Why a design is a link.
WHY = {
    Framing.FORBIDDEN: "This page does not let itself be shown here.",
    Framing.UNREACHABLE: "This server could not reach the page.",
}
#: How files that are no pages are shown, by their type.
KINDS = {"IMAGE": "picture", "GIF": "picture", "VIDEO": "film"}
MIXED = "This page is not encrypted, and browsers do not show such pages inside this one."


@dataclass(frozen=True)
class Pane:
    """One design on the page of a rater."""

    url: str
    title: str
    letter: str = ""
    """The side of a pair, as the rater sees it."""
    kind: str = "frame"
    """`frame`, `picture`, `film` or `link`."""
    why: str = ""
    """The reason for a link."""
    is_ours: bool = True
    """Whether the page is of this server."""
    picture: str = ""
    """The address of a picture to show beside the reason for a link."""

    @property
    def sandbox(self) -> str:
        """The rights of the framed page. Only a page of another server may keep its own origin.

        A page of this server with its own origin could act with all rights of the visitor.
        """
        return SANDBOX if self.is_ours else f"{SANDBOX} allow-same-origin"

    @property
    def place(self) -> str:
        """The host of the page, for people."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True)
class _Design:
    """One design of a comparison, before it is known how it can be shown."""

    url: str
    kind: str
    title: str
    letter: str = ""

    @property
    def is_mixed(self) -> bool:
        """Whether browsers refuse it inside of this server's pages."""
        ours = settings.PUBLIC_URL.startswith("https:")
        return ours and not self.url.lower().startswith("https:")

    @property
    def is_page(self) -> bool:
        """Whether its server decides how it is shown."""
        return not self.is_mixed and self.kind not in KINDS

    def pane(self, found: Framing, host: str) -> Pane:
        """How it is shown."""
        if self.is_mixed:
            return Pane(self.url, self.title, self.letter, "link", MIXED)
        if not self.is_page:
            return Pane(self.url, self.title, self.letter, KINDS[self.kind])
        if found != Framing.ALLOWED:
            return Pane(self.url, self.title, self.letter, "link", WHY[found])
        return Pane(self.url, self.title, self.letter, is_ours=_is_ours(self.url, host))


def panes_of(
    study: Evaluation, comparison: Comparison, *, host: str, swapped: bool = False
) -> list[Pane]:
    """The design of a comparison, or both, in the order in which the rater sees them.

    `host` is the name by which the rater's browser knows this server.
    """
    designs = _pair(comparison, swapped) if study.type == EvaluationType.SXS else _one(comparison)
    pages = [design.url for design in designs if design.is_page]
    found = dict(zip(pages, framing_of(*pages), strict=True)) if pages else {}
    return [design.pane(found.get(design.url, Framing.ALLOWED), host) for design in designs]


def _one(comparison: Comparison) -> list[_Design]:
    stimulus = comparison.stimulus
    kind = stimulus.get("stimulusType") or "URL"
    return [_Design(_address(stimulus, "url", "fileUrl"), kind, str(comparison))]


def _pair(comparison: Comparison, swapped: bool) -> list[_Design]:
    stimulus = comparison.stimulus
    sides = [
        (_address(stimulus, "currentUrl", "sideAFileUrl"), stimulus.get("sideAType") or "URL"),
        (_address(stimulus, "variantUrl", "sideBFileUrl"), stimulus.get("sideBType") or "URL"),
    ]
    if swapped:
        sides.reverse()
    return [
        _Design(url, kind, f"Design {letter}", letter)
        for letter, (url, kind) in zip("AB", sides, strict=True)
    ]


def _address(stimulus: Mapping[str, Any], *names: str) -> str:
    return next((stimulus[name] for name in names if stimulus.get(name)), "")


def _is_ours(url: str, host: str) -> bool:
    """Whether an address is on a host of this server. Ports do not count: cookies ignore them."""
    named = urlsplit(f"//{host}").hostname
    ours = {named, urlsplit(settings.PUBLIC_URL).hostname, *settings.ALLOWED_HOSTS}
    return urlsplit(url).hostname in ours
