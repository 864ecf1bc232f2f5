"""What a file is, by its bytes (pure: no Django).

Its name and what the caller says of its type count for nothing. The file is never decoded: its
first bytes tell the type and the size of the picture, and its end tells whether it is whole. So a
picture that would fill the memory of a decoder costs this server nothing, and is refused by the
number of its pixels.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import IO

import imagesize

from evaluations.files.kinds import GIF, HEIC, JPEG, MOV, MP4, PDF, PNG, WEBM, WEBP, Kind

#: Bytes at the beginning and at the end that are looked at.
HEAD = 1024 * 1024
TAIL = 64 * 1024

#: Boxes of a film, or of a HEIC picture, at the top. Each is one read.
BOXES = 10_000

_STARTS = (
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-1.", PDF),
    (b"%PDF-2.", PDF),
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis"})
_HEIF_BRANDS = frozenset({b"mif1", b"msf1"})
_MP4_BRANDS = frozenset({b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash", b"iso2", b"isom"})
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"

#: EBML, the frame of WebM: the first bytes, its type, and the element that holds the film.
_EBML, _WEBM, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x42\x82\x84webm", b"\x18\x53\x80\x67"


class Unfit(Exception):
    """A file cannot be taken: the cause as a word, and a sentence."""

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause, self.text = cause, text


@dataclass(frozen=True)
class Content:
    """What a file is; pictures have a width and a height."""

    kind: Kind
    width: int | None = None
    height: int | None = None


def inspect(file: IO[bytes], *, most_pixels: int) -> Content:
    """Find out what a file is. It is read at its ends alone, except for the boxes of films.

    Raises:
        Unfit: for what is no known type, is not whole, or is too large a picture.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(HEAD)
    kind = kind_of(head)
    if kind is None:
        raise Unfit(
            "unsupported_content",
            "Its content is none of the supported types: PNG, JPEG, WebP, HEIC, GIF, MP4, WebM, "
            "MOV, PDF.",
        )
    if size > kind.limit:
        raise Unfit("too_large", f"A file of type {kind.type} has at most {kind.limit:,} bytes.")
    if not _IS_WHOLE[kind](file, head, size):
        raise Unfit("damaged", "It is cut off, damaged, or something follows its end.")
    return _measured(kind, file, head, most_pixels) if kind.is_picture else Content(kind)


def kind_of(head: bytes) -> Kind | None:
    """The type that the first bytes tell; None for any that is not supported."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[:4] == _EBML and _WEBM in head[:64]:
        return WEBM
    return _by_brand(head) if head[4:8] == b"ftyp" else None


def _by_brand(head: bytes) -> Kind | None:
    """The type of a file made of boxes; the first one names its brands."""
    length = min(int.from_bytes(head[:4]), 256)
    major = head[8:12]
    brands = {head[at : at + 4] for at in range(16, length, 4)} | {major}
    if major in _HEIC_BRANDS or (major in _HEIF_BRANDS and brands & _HEIC_BRANDS):
        return HEIC
    if major == b"qt  ":
        return MOV
    return MP4 if brands & _MP4_BRANDS else None


def _measured(kind: Kind, file: IO[bytes], head: bytes, most_pixels: int) -> Content:
    """A picture with its size, which is read from its head."""
    try:
        file.seek(0)
        width, height = imagesize.get(file if kind is HEIC else BytesIO(head))
    except Exception:  # the library says nothing of what it raises for broken files
        width = height = -1
    if width < 1 or height < 1:
        raise Unfit("damaged", "It does not say how large the picture is.")
    if width * height > most_pixels:
        raise Unfit(
            "too_many_pixels",
            f"The picture has {width:,} × {height:,} pixels. At most {most_pixels:,} are allowed.",
        )
    return Content(kind, int(width), int(height))


# --- whether a file is whole ---------------------------------------------------------------------

Whole = Callable[[IO[bytes], bytes, int], bool]


def _tail(file: IO[bytes], size: int, count: int = TAIL) -> bytes:
    file.seek(max(0, size - count))
    return file.read(count)


def _png(file: IO[bytes], _head: bytes, size: int) -> bool:
    return _tail(file, size, len(_PNG_END)) == _PNG_END


def _jpeg(file: IO[bytes], _head: bytes, size: int) -> bool:
    """Cameras write more after the end of a picture."""
    return b"\xff\xd9" in _tail(file, size)


def _gif(file: IO[bytes], _head: bytes, size: int) -> bool:
    return _tail(file, size, 1) == b";"


def _webp(_file: IO[bytes], head: bytes, size: int) -> bool:
    return int.from_bytes(head[4:8], "little") + 8 in (size, size - 1)


def _pdf(file: IO[bytes], _head: bytes, size: int) -> bool:
    return b"%%EOF" in _tail(file, size, 1024)


def _boxes(file: IO[bytes], size: int, needed: set[bytes]) -> bool:
    """Whether the boxes at the top fill the file, and the needed ones are among them."""
    at, found = 0, set()
    for _ in range(BOXES):
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4])
        if length == 1:
            length = int.from_bytes(head[8:16])
        elif length == 0:
            length = size - at
        found.add(head[4:8])
        at += length
        if length < 8 or at >= size:
            break
    return needed <= found and at == size


def _film(file: IO[bytes], _head: bytes, size: int) -> bool:
    return _boxes(file, size, {b"moov", b"mdat"})


def _heic(file: IO[bytes], _head: bytes, size: int) -> bool:
    return _boxes(file, size, {b"meta"})


def _webm(_file: IO[bytes], head: bytes, size: int) -> bool:
    """Whether the element that holds the film ends within the file; a live one has no length."""
    start = head.find(_SEGMENT, 4, 256)
    if start < 0 or start + 12 > len(head):
        return False
    width = 9 - head[start + 4].bit_length()
    content = start + 4 + width
    length = int.from_bytes(head[start + 4 : content]) & ((1 << 7 * width) - 1)
    unknown = (1 << 7 * width) - 1
    return length == unknown or 0 < length <= size - content


_IS_WHOLE: dict[Kind, Whole] = {
    PNG: _png,
    JPEG: _jpeg,
    GIF: _gif,
    WEBP: _webp,
    PDF: _pdf,
    HEIC: _heic,
    MP4: _film,
    MOV: _film,
    WEBM: _webm,
}
