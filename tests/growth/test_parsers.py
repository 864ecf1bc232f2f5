"""Whole parsers meet hostile text: what they do around their expressions stays linear, too."""

from contextlib import suppress

import pytest

from api import differences
from api.exceptions import ApiError
from api.http import parsers
from api.logs import request_log
from api.outbound.addresses import InvalidTarget, parse_target
from api.security import redaction
from autousers.calibration import proposals
from autousers.drafting import words
from autousers.engine import decoding
from autousers.engine.markup import language, loading, observer
from autousers.engine.protocol import EngineError
from autousers.link_previews import reading
from autousers.observation.facts import Conditions
from evaluations.templates import scales
from ratings.reports import csv_export, markdown_report
from tests.growth.measuring import MOST, growth, pumped, worst
from webhooks.http import sanitise

pytestmark = pytest.mark.slow

MARKS = ["a", " ", '"', "\\", ";", "&", "=", "?", "@", "://", "(", "[", "{", "<", "-", "."]
SECRETS = [
    "key",
    "token=",
    "eyJ",
    "Bearer ",
    "basic ",
    "shr_",
    "AKIA",
    "-----BEGIN A-----",
    "://a@",
]
PAGES = ["<p>", "</b>", "<!--", "<a href=", "<style>", "&lt;", "a ", '"']
REFUSED = (ApiError, EngineError, InvalidTarget, ValueError)


def observed(text):
    observer.observe(text, design="", address="https://x.example/", conditions=Conditions())


#: What is called, and what its texts are made of.
PARSERS = {
    "redaction of a text": (redaction.without_secrets, [*MARKS[:8], *SECRETS]),
    "redaction of a query": (redaction.query, [*MARKS[4:8], *SECRETS]),
    "redaction of a body": (lambda text: redaction.body(f'{{"a": "{text}"}}'.encode()), MARKS),
    "a JSON body": (lambda text: parsers.load(text.encode()), [*MARKS, '"a":1,', "[[", "1e1,"]),
    "an address": (lambda text: parse_target(f"https://{text}", allow_http=True), MARKS),
    "a scale": (scales.parse, ["0", " ", "-", "–", ".", "to"]),
    "a cell of a spreadsheet": (csv_export.harmless, MARKS),
    "a line of a report": (markdown_report.escaped, MARKS[:8]),
    "a receiver's answer": (lambda text: sanitise.safe_text(text.encode()), [*MARKS, "\u202e"]),
    "a difference of rubrics": (
        lambda text: proposals.difference(text, text[::-1], names=("a", "b")), ["a", "a\n", "\n"],
    ),
    "a difference for a page": (
        lambda text: differences.lines(text, text[::-1]), ["a", "a ", "a\n", "\n", "ab "],
    ),
    "words of a sentence": (
        lambda text: words.matches({"a": ["ab"]}, text), ["ab ", "\ufdfa", "-"],
    ),
    "a page's encoding": (
        lambda text: decoding.decode(text.encode(), text), ["<meta", "charset", "=", " ", '"', ">"],
    ),
    "a page": (observed, [*PAGES, "<input>", "<div role=button>", "<h1>", "<label>"]),
    "its settings": (
        lambda text: observed(f"<meta name=viewport content='{text}'>x"), ["width=", ",", ";", "0"],
    ),
    "a link preview": (
        lambda text: reading.read("https://x.example/", "text/html", text.encode()),
        ["<meta name=og:title content=", "<base href=//[", "<title>", *PAGES],
    ),
    "a forwarding page": (
        lambda text: loading._REFRESH.match(f"0;{text}"), ["url", "=", " ", "'", ";"],
    ),
    "words": (language.words, ["a", "'", " ", "0", "é"]),
    "sentences": (lambda text: language.sentences([text]), ["a", ".", " ", "!", "…"]),
    "syllables": (language.syllables, ["a", "e", "s", "ed", "l"]),
}  # fmt: skip


@pytest.mark.parametrize("name", PARSERS)
def test_its_work_grows_with_the_text(name):
    parse, units = PARSERS[name]

    def act(text):
        with suppress(REFUSED):
            parse(text)

    assert worst(act, pumped(units, [""], ["", "\0"])) is None


@pytest.mark.parametrize("caller", ["anonymous", "api"])
@pytest.mark.parametrize("text", [";key", "?a;", "eyJ-", "a=b&", "://a", "%3bkey"])
def test_a_refused_query_does_not_stop_the_log(request, db, caller, text):
    client = request.getfixturevalue(caller)

    def act(sent):
        response = client.get("/api/v1/evaluations", QUERY_STRING=f"limit=0&{sent}")
        assert response.status_code in (400, 401, 429)
        request_log.request_log.flush()

    assert growth(act, lambda length: text * (length // len(text))) <= MOST
