"""The smallest files of each type, and ways to break them."""

import struct
import zlib


def chunk(name: bytes, content: bytes) -> bytes:
    checked = name + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def png(width: int = 2, height: int = 2, *, lines: bytes | None = None) -> bytes:
    """A grey picture; `lines` are its pixels, compressed, for those that lie about them."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\x99" * width) * height) if lines is None else lines
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def jpeg(width: int = 2, height: int = 2) -> bytes:
    frame = struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xc0" + (
        frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9"
    )


def gif(width: int = 2, height: int = 2, comment: bytes = b"") -> bytes:
    inside = b"\x21\xfe" + bytes([len(comment)]) + comment + b"\0" if comment else b""
    picture = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00"
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", width, height, 0x80, 0, 0)
        + (b"\0\0\0\xff\xff\xff" + inside + picture + b";")
    )


def webp(width: int = 2, height: int = 2) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    content = b"\x2f" + struct.pack("<I", bits) + b"\0\0\0"
    body = b"WEBPVP8L" + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(body)) + body


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def heic(width: int = 2, height: int = 2) -> bytes:
    size = box(b"ispe", struct.pack(">III", 0, width, height))
    link = box(b"ipma", struct.pack(">IIHBB", 0, 1, 1, 1, 1))
    item = box(b"infe", b"\x02\0\0\0" + struct.pack(">HH", 1, 0) + b"hvc1\0")
    meta = box(b"meta", b"\0\0\0\0"
        + box(b"hdlr", b"\0\0\0\0\0\0\0\0pict" + b"\0" * 13)
        + box(b"pitm", struct.pack(">IH", 0, 1))
        + box(b"iinf", struct.pack(">IH", 0, 1) + item)
        + box(b"iprp", box(b"ipco", size) + link))  # fmt: skip
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + meta + box(b"mdat", b"\0" * 8)


def mp4(content: bytes = b"\0" * 32, brand: bytes = b"isom") -> bytes:
    head = box(b"ftyp", brand + b"\0\0\2\0" + b"isomiso2mp41")
    return head + box(b"moov", box(b"mvhd", b"\0" * 100)) + box(b"mdat", content)


def mov() -> bytes:
    inside = box(b"wide") + box(b"moov", b"\0" * 16) + box(b"mdat")
    return box(b"ftyp", b"qt  \0\0\2\0qt  ") + inside


def webm(content: bytes = b"\xec\x84\0\0\0\0") -> bytes:
    head = b"\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"
    segment = b"\x18\x53\x80\x67\x01" + len(content).to_bytes(7) + content
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(head)]) + head + segment


def pdf(inside: bytes = b"") -> bytes:
    return b"%PDF-1.7\n" + inside + b"\n1 0 obj<</Type/Catalog>>endobj\ntrailer<<>>\n%%EOF\n"


SAMPLES = {
    "image/png": png(),
    "image/jpeg": jpeg(),
    "image/gif": gif(),
    "image/webp": webp(),
    "image/heic": heic(),
    "video/mp4": mp4(),
    "video/quicktime": mov(),
    "video/webm": webm(),
    "application/pdf": pdf(),
}

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
