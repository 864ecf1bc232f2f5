"""Reading JSON bodies, strictly.

Python's parser accepts more than JSON (`NaN`), turns `1e400` into infinity, and accepts text that a
database cannot store. All of that is refused here with a clear message, so that later code need not
check.
"""

import json
import math
from typing import IO, Any, NoReturn

from rest_framework.parsers import BaseParser

from api.exceptions import MalformedJSON

#: Levels of nested lists and objects; no documented body has more than five.
MAX_DEPTH = 64

GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = "\ufeff"


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJSON(f"The request body is not valid JSON: {name} is not a JSON number.")


def _finite_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise MalformedJSON(f"The number {text[:40]} is too large.")
    return number


def _bounded_int(text: str) -> int:
    if len(text) > 19:
        raise MalformedJSON(f"The number {text[:40]} is too large.")
    return int(text)


def _compression(raw: bytes, encoding: str = "") -> str:
    """The name of what a body is compressed with, by its header or its first bytes, if it is."""
    if raw.startswith(GZIP_MAGIC):
        return "gzip"
    return "" if encoding.strip().lower() in ("", "identity") else encoding.strip()[:40]


def load(raw: bytes) -> Any:
    """Read a JSON document.

    Raises:
        MalformedJSON: for anything that is not JSON in UTF-8, is nested too
            deeply, or holds text or numbers that cannot be stored.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJSON(f"The request body is not valid UTF-8 (byte {error.start}).") from None
    if text.startswith(BYTE_ORDER_MARK):
        raise MalformedJSON("The request body begins with a byte order mark (BOM). Leave it out.")
    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
            parse_int=_bounded_int,
        )
    except RecursionError:
        raise MalformedJSON(f"The request body is nested deeper than {MAX_DEPTH} levels.") from None
    except json.JSONDecodeError as error:
        raise MalformedJSON(
            f"The request body is not valid JSON: {error.msg} "
            f"(line {error.lineno}, column {error.colno})."
        ) from None
    # A NUL or a lone surrogate needs an escape, and deep nesting needs that
    # many brackets: most bodies need no walk.
    if "\\u" in text or text.count("[") + text.count("{") > MAX_DEPTH:
        _check(value)
    return value


def _check(value: Any) -> None:
    """Walk the document without recursion, refusing what cannot be stored."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        deeper: list[Any] = []
        for item in level:
            if isinstance(item, str):
                _check_text(item)
            elif isinstance(item, dict):
                deeper.extend(item)
                deeper.extend(item.values())
            elif isinstance(item, list):
                deeper.extend(item)
        if not deeper:
            return
        level = deeper
    raise MalformedJSON(f"The request body is nested deeper than {MAX_DEPTH} levels.")


def _check_text(text: str) -> None:
    if "\0" in text:
        raise MalformedJSON("The request body holds a NUL character (\\u0000).")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedJSON("The request body holds half of a surrogate pair (\\ud800).") from None


class StrictJSONParser(BaseParser):
    """Read a JSON body for a view. An absent body is an empty object."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        """Read the stream to its end and return its value."""
        raw = stream.read()
        if not raw:
            return {}
        try:
            return load(raw)
        except MalformedJSON:
            request = (parser_context or {}).get("request")
            encoding = request.headers.get("Content-Encoding", "") if request else ""
            if name := _compression(raw, encoding):
                raise MalformedJSON(
                    f"The request body is compressed ({name}). Send it uncompressed, and without "
                    "Content-Encoding."
                ) from None
            raise
