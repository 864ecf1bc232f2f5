"""Fetching designs: redirects by hand, caps on everything, compression undone within bounds.

Every hop of a redirect is parsed and judged like the first address. What a design is made of
(styles, pictures) passes the same guard; whether one of those is missing is a measure, and what
makes a design itself unreachable is a reason.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from api.outbound.addresses import InvalidTarget, Target, parse_target
from api.outbound.getter import Getter, NoAnswer, Response
from autousers.engine.decoding import BadCoding, decompress
from autousers.engine.protocol import EngineError

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Limits:
    """How much of a design is fetched. Bytes are counted as they are sent, and once unpacked."""

    page_bytes: int = 2 * 1024 * 1024
    part_bytes: int = 512 * 1024
    total_bytes: int = 12 * 1024 * 1024
    parts: int = 40
    redirects: int = 5
    request_seconds: float = 10.0
    part_seconds: float = 5.0
    parts_seconds: float = 20.0
    run_seconds: float = 60.0
    tries: int = 3
    pauses: tuple[float, ...] = (0.5, 1.5)


@dataclass(frozen=True)
class Fetched:
    """An answer of 200: where it was found, what it says it is, and its body, unpacked.

    `size` is what came over the wire; `cut` says that there is more than was read.
    """

    url: str
    content_type: str
    body: bytes
    size: int
    cut: bool
    redirects: int = 0


class Broken(Exception):
    """Something cannot be fetched. The message says why; `passing` and `ours` as in NoAnswer."""

    def __init__(self, message: str, *, passing: bool = False, ours: bool = False) -> None:
        super().__init__(message)
        self.passing = passing
        self.ours = ours


#: Seconds in which nobody answers: what is left of the time of parts, by a hair.
_TOO_SHORT = 0.01


class NotLookedAt(Exception):
    """A part was left out because a limit was reached; neither side is at fault."""


class Fetcher:
    """Fetches one design and its parts, within the limits of one run."""

    def __init__(
        self,
        getter: Getter,
        *,
        limits: Limits,
        headers: Mapping[str, str],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._getter = getter
        self._limits = limits
        self._headers = {"Accept-Encoding": "gzip, deflate", **headers}
        self._pause = pause
        self._until = time.monotonic() + limits.run_seconds
        self._parts_until = self._until
        self._total = 0
        self._parts = 0

    def page(self, url: str) -> Fetched:
        """Fetch a design.

        What may pass is tried again; a refusal is final.

        Raises:
            EngineError: with the reason, when it cannot be had.
        """
        tries = self._limits.tries
        for number in range(1, tries + 1):
            try:
                return self._get(url, self._limits.page_bytes, self._limits.request_seconds)
            except Broken as broken:
                if not broken.passing:
                    raise EngineError(str(broken), retryable=broken.ours) from None
                if number == tries:
                    times = f" after {tries} tries" if tries > 1 else ""
                    message = f"{str(broken).rstrip('.')}{times}."
                    raise EngineError(message, retryable=broken.ours) from None
            self._pause(self._limits.pauses[number - 1])
        raise AssertionError("unreachable")

    def begin_parts(self) -> None:
        """Start the time that all parts of a design share."""
        self._parts_until = min(self._until, time.monotonic() + self._limits.parts_seconds)
        self._parts = 0

    def part(self, url: str) -> Fetched:
        """Fetch something that a design is made of.

        Raises:
            Broken: when it is not there.
            NotLookedAt: when a limit is reached.
        """
        seconds = min(self._limits.part_seconds, self._parts_until - time.monotonic())
        room = min(self._limits.part_bytes, self._limits.total_bytes - self._total)
        if self._parts >= self._limits.parts or seconds <= _TOO_SHORT or room <= 0:
            raise NotLookedAt
        self._parts += 1
        return self._get(url, room, seconds)

    def _get(self, url: str, limit: int, seconds: float) -> Fetched:
        for hop in range(self._limits.redirects + 1):
            response = self._hop(_target(url), limit, seconds)
            if response.status not in _REDIRECTS or "location" not in response.headers:
                return self._accept(url, response, limit, redirects=hop)
            url = _join(url, response.headers["location"])
        raise Broken(f"It redirects more than {self._limits.redirects} times.")

    def _hop(self, target: Target, limit: int, seconds: float) -> Response:
        left = self._until - time.monotonic()
        if left <= 0:
            limit_text = f"{self._limits.run_seconds:g}"
            raise Broken(f"It could not be fetched within the {limit_text} seconds of a run.")
        try:
            response = self._getter.get(
                target, headers=self._headers, limit=limit, seconds=min(seconds, left)
            )
        except NoAnswer as error:
            raise Broken(str(error), passing=error.passing, ours=error.ours) from None
        self._total += len(response.body)
        return response

    def _accept(self, url: str, response: Response, limit: int, *, redirects: int) -> Fetched:
        status = response.status
        if status != 200:
            raise Broken(f"HTTP {status}.", passing=status >= 500 or status == 429)
        coding = response.headers.get("content-encoding", "")
        try:
            body, cut = decompress(response.body, coding, limit)
        except BadCoding as error:
            raise Broken(str(error)) from None
        return Fetched(
            url=url,
            content_type=response.headers.get("content-type", ""),
            body=body,
            size=len(response.body),
            cut=cut or response.cut,
            redirects=redirects,
        )


def _target(url: str) -> Target:
    try:
        return parse_target(_tidy(url), allow_http=True)
    except InvalidTarget as error:
        raise Broken(f"{_shown(url)} cannot be fetched: {error}") from None


def _join(base: str, reference: str) -> str:
    try:
        return urljoin(base, _tidy(reference))
    except ValueError:
        raise Broken(f"{_shown(reference)} is not a valid address.") from None


def _tidy(url: str) -> str:
    """Write an address as a server gets it: nothing after `#`, no spaces."""
    return url.strip().partition("#")[0].replace(" ", "%20")


def _shown(url: str) -> str:
    """An address as it may stand in a message: short, on one line."""
    line = "".join(char if char.isprintable() else "?" for char in url)
    return f"“{line[:80]}…”" if len(line) > 80 else f"“{line}”"
