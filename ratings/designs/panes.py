"""How one design is shown: in a frame, as a picture or a film, or as a link with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from evaluations.files import addresses
from evaluations.files.kinds import KINDS as KIND_OF_TYPE
from evaluations.models import Comparison, Evaluation, EvaluationType, File, FileStatus
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
#: Why an uploaded file is a link, by its type.
NOT_HERE = {
    "application/pdf": "This design is a PDF document.",
    "image/heic": "Most browsers cannot show pictures of this type (HEIC).",
}
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
    is_file: bool = False
    """Whether it was uploaded."""

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
    file: File | None = None

    @property
    def is_mixed(self) -> bool:
        """Whether browsers refuse it inside of this server's pages."""
        ours = settings.PUBLIC_URL.startswith("https:")
        return ours and not self.url.lower().startswith("https:")

    @property
    def is_page(self) -> bool:
        """Whether its server decides how it is shown."""
        return self.file is None and not self.is_mixed and self.kind not in KINDS

    def pane(self, found: Framing, host: str) -> Pane:
        """How it is shown."""
        if self.file is not None:
            return self._uploaded(self.file)
        if self.is_mixed:
            return Pane(self.url, self.title, self.letter, "link", MIXED)
        if not self.is_page:
            return Pane(self.url, self.title, self.letter, KINDS[self.kind])
        if found != Framing.ALLOWED:
            return Pane(self.url, self.title, self.letter, "link", WHY[found])
        return Pane(self.url, self.title, self.letter, is_ours=_is_ours(self.url, host))

    def _uploaded(self, file: File) -> Pane:
        """An uploaded file, by an address of its own that expires. It is never in a frame."""
        url = addresses.to_show(file.pk, file.size)
        if why := NOT_HERE.get(file.content_type):
            return Pane(url, self.title, self.letter, "link", why, is_file=True)
        kind = KINDS[KIND_OF_TYPE[file.content_type].shown]
        return Pane(url, self.title, self.letter, kind, is_file=True)


def panes_of(
    study: Evaluation, comparison: Comparison, *, host: str, swapped: bool = False
) -> list[Pane]:
    """The design of a comparison, or both, in the order in which the rater sees them.

    `host` is the name by which the rater's browser knows this server.
    """
    is_pair = study.type == EvaluationType.SXS
    files = _files(comparison.stimulus, PAIRED if is_pair else SINGLE)
    designs = _pair(comparison, swapped, files) if is_pair else _one(comparison, files)
    pages = [design.url for design in designs if design.is_page]
    found = dict(zip(pages, framing_of(*pages), strict=True)) if pages else {}
    return [design.pane(found.get(design.url, Framing.ALLOWED), host) for design in designs]


#: Where a design, and each side of a pair, names a file.
SINGLE = ("fileId",)
PAIRED = ("sideAFileId", "sideBFileId")


def _files(stimulus: Mapping[str, Any], names: Sequence[str]) -> list[File | None]:
    """The files of a design, or of the sides of a pair; no query where there are none."""
    wanted = [stimulus.get(name) or "" for name in names]
    ready = File.objects.filter(pk__in=filter(None, wanted), status=FileStatus.READY)
    found = {file.pk: file for file in ready} if any(wanted) else {}
    return [found.get(pk) for pk in wanted]


def _one(comparison: Comparison, files: Sequence[File | None]) -> list[_Design]:
    stimulus = comparison.stimulus
    kind = stimulus.get("stimulusType") or "URL"
    url = _address(stimulus, "url", "fileUrl")
    return [_Design(url, kind, str(comparison), file=files[0])]


def _pair(comparison: Comparison, swapped: bool, files: Sequence[File | None]) -> list[_Design]:
    stimulus = comparison.stimulus
    sides = [
        (_address(stimulus, "currentUrl", "sideAFileUrl"), stimulus.get("sideAType"), files[0]),
        (_address(stimulus, "variantUrl", "sideBFileUrl"), stimulus.get("sideBType"), files[1]),
    ]
    if swapped:
        sides.reverse()
    return [
        _Design(url, kind or "URL", f"Design {letter}", letter, file)
        for letter, (url, kind, file) in zip("AB", sides, strict=True)
    ]


def _address(stimulus: Mapping[str, Any], *names: str) -> str:
    return next((stimulus[name] for name in names if stimulus.get(name)), "")


def _is_ours(url: str, host: str) -> bool:
    """Whether an address is on a host of this server. Ports do not count: cookies ignore them."""
    named = urlsplit(f"//{host}").hostname
    ours = {named, urlsplit(settings.PUBLIC_URL).hostname, *settings.ALLOWED_HOSTS}
    return urlsplit(url).hostname in ours
