"""The types of files that can be uploaded, and how large each may be (pure: no Django)."""

from dataclasses import dataclass
from typing import Literal

MEGABYTE = 1024 * 1024

Shown = Literal["IMAGE", "GIF", "VIDEO", "PDF"]


@dataclass(frozen=True)
class Kind:
    """A type of file; SVG is none of them, because an SVG is a page with scripts."""

    type: str
    """The media type that it is sent with."""
    shown: Shown
    """How raters see it; but for PDF, the word of `stimulusType`."""
    limit: int
    """The most bytes of one file."""

    @property
    def is_picture(self) -> bool:
        """Whether it has a width and a height that are checked."""
        return self.shown in ("IMAGE", "GIF")


PNG = Kind("image/png", "IMAGE", 25 * MEGABYTE)
JPEG = Kind("image/jpeg", "IMAGE", 25 * MEGABYTE)
WEBP = Kind("image/webp", "IMAGE", 25 * MEGABYTE)
HEIC = Kind("image/heic", "IMAGE", 25 * MEGABYTE)
GIF = Kind("image/gif", "GIF", 25 * MEGABYTE)
MP4 = Kind("video/mp4", "VIDEO", 500 * MEGABYTE)
WEBM = Kind("video/webm", "VIDEO", 500 * MEGABYTE)
MOV = Kind("video/quicktime", "VIDEO", 500 * MEGABYTE)
PDF = Kind("application/pdf", "PDF", 100 * MEGABYTE)

KINDS = {kind.type: kind for kind in (PNG, JPEG, WEBP, HEIC, GIF, MP4, WEBM, MOV, PDF)}

#: The most bytes of a form with a file, where nothing was signed for it: room for a picture.
FORM_LIMIT = 26 * MEGABYTE

#: The most bytes of any file.
LARGEST = max(kind.limit for kind in KINDS.values())

#: What the older routes for uploads to a study take: all but PDF.
SHOWN_TYPES = tuple(name for name, kind in KINDS.items() if kind.shown != "PDF")


def limit_in_words(kind: Kind) -> str:
    """The limit of a type, for people."""
    return f"{kind.limit // MEGABYTE} MB"
