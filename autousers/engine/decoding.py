"""From the bytes of an answer to its text: compression and character sets, within bounds."""

import re
import zlib

import webencodings

_DEFLATE_ZLIB, _DEFLATE_RAW, _GZIP = zlib.MAX_WBITS, -zlib.MAX_WBITS, zlib.MAX_WBITS | 16
_FORMATS = {
    "gzip": (_GZIP,),
    "x-gzip": (_GZIP,),
    # The name means the zlib format, and some servers send the bare one.
    "deflate": (_DEFLATE_ZLIB, _DEFLATE_RAW),
}
_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*+=\s*+["']?+\s*+([a-zA-Z0-9_:.-]{1,40})""", re.IGNORECASE
)
_HEADER_CHARSET = re.compile(r"charset\s*+=\s*+\"?+([\w:.-]{1,40})", re.IGNORECASE)
_META_BYTES = 4096


class BadCoding(Exception):
    """A body cannot be unpacked. The message says why, in words for people."""


def decompress(body: bytes, coding: str, limit: int) -> tuple[bytes, bool]:
    """Unpack a body to at most `limit` bytes; also say whether there is more.

    Never more than that is written, however small the body is: a bomb is only cut.
    """
    name = coding.strip().lower()
    if name in ("", "identity"):
        return body, False
    if name not in _FORMATS:
        raise BadCoding("The answer is compressed in a way that was not asked for.")
    for window in _FORMATS[name]:
        unpacker = zlib.decompressobj(wbits=window)
        try:
            unpacked = unpacker.decompress(body, limit)
        except zlib.error:
            continue
        return unpacked, bool(unpacker.unconsumed_tail)
    raise BadCoding("The answer is said to be compressed, and is not.")


def decode(body: bytes, content_type: str) -> str:
    """Read text: by its byte order mark, the header, its own `meta`, as UTF-8, as Windows-1252.

    What cannot be read becomes the replacement character.
    """
    declared = _HEADER_CHARSET.search(content_type)
    names = [declared[1]] if declared else []
    if (meta := _META_CHARSET.search(body[:_META_BYTES])) is not None:
        names.append(meta[1].decode("ascii"))
    for name in names:
        if (encoding := webencodings.lookup(name)) is not None:
            # A page whose bytes could be searched for a meta element is in no wide encoding.
            return webencodings.decode(body, _not_wide(encoding, declared), "replace")[0]
    try:
        return webencodings.decode(body, webencodings.UTF8, "strict")[0]
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":  # it was cut there
            return body[: error.start].decode()
        fallback = webencodings.lookup("windows-1252") or webencodings.UTF8
        return webencodings.decode(body, fallback, "replace")[0]


def _not_wide(encoding: webencodings.Encoding, declared: object) -> webencodings.Encoding:
    wide = encoding.name.startswith("utf-16")
    return webencodings.UTF8 if wide and declared is None else encoding
