"""Compression and character sets of a hostile page."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autousers.engine.decoding import BadCoding, decode, decompress

TEXT = "Käse über alles".encode()


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


class TestDecompress:
    @pytest.mark.parametrize(
        ("body", "coding"),
        [
            (TEXT, ""),
            (TEXT, "identity"),
            (gzip.compress(TEXT, mtime=0), "gzip"),
            (gzip.compress(TEXT, mtime=0), " X-GZIP "),
            (zlib.compress(TEXT), "deflate"),
            (raw_deflate(TEXT), "deflate"),
        ],
    )
    def test_it_unpacks_what_was_asked_for(self, body, coding):
        assert decompress(body, coding, 1000) == (TEXT, False)

    @pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "\0"])
    def test_it_refuses_the_rest(self, coding):
        with pytest.raises(BadCoding):
            decompress(TEXT, coding, 1000)

    @pytest.mark.parametrize("coding", ["gzip", "deflate"])
    def test_it_says_when_a_body_is_not_compressed(self, coding):
        with pytest.raises(BadCoding):
            decompress(b"<html>", coding, 1000)

    def test_a_bomb_is_cut(self):
        bomb = gzip.compress(bytes(50_000_000))

        body, cut = decompress(bomb, "gzip", 10_000)

        assert len(body) == 10_000
        assert cut

    def test_a_cut_body_gives_what_there_is(self):
        body, _ = decompress(gzip.compress(TEXT * 100)[:-10], "gzip", 10_000)

        assert body.startswith(TEXT[:10])


class TestDecode:
    @pytest.mark.parametrize(
        ("body", "content_type", "text"),
        [
            ("é".encode(), "text/html", "é"),
            ("éa".encode("latin-1"), "text/html", "éa"),
            ("é".encode("latin-1"), "text/html; charset=ISO-8859-1", "é"),
            ("й".encode("cp1251"), 'text/html; charset="windows-1251"', "й"),
            (b"<meta charset=koi8-r>\xca", "text/html", "<meta charset=koi8-r>й"),
            ("\ufeffé".encode(), "text/html; charset=latin-1", "é"),
            ("é".encode("utf-16"), "text/html", "é"),
            (b"<meta charset=utf-16>\xc3\xa9", "", "<meta charset=utf-16>é"),
            ("aé".encode()[:-1], "text/html", "a"),
            (b"\xff\xfe", "text/html", ""),
            (b"abc", "text/html; charset=rot13", "abc"),
            (b"abc", "text/html; charset=zip", "abc"),
            (b"a\0b", "", "a\0b"),
        ],
    )
    def test_it_reads_text(self, body, content_type, text):
        assert decode(body, content_type) == text

    @given(st.binary(max_size=300), st.text(max_size=40))
    def test_it_never_fails(self, body, content_type):
        assert isinstance(decode(body, content_type), str)
