"""The engine `markup` as a whole: real pages, hostile pages, and the two that the demo shows."""

import functools
import json
import threading
import time
import zlib
from dataclasses import replace
from decimal import Decimal
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

import pytest

from api.outbound.addresses import AddressPolicy
from api.outbound.getter import Getter
from autousers.engine import get_engine
from autousers.engine.fetch import Limits
from autousers.engine.judgement.dimensions import DIMENSION_WORDS
from autousers.engine.judgement.sentences import NO_BROWSER
from autousers.engine.judgement.traits import BUILT_IN
from autousers.engine.markup.engine import BASIS, MarkupEngine
from autousers.engine.protocol import (
    Dimension,
    EngineError,
    Persona,
    RunSpec,
    RunStopped,
    Stimulus,
)
from tests.autousers.engine.reporting import Recorder
from tests.autousers.engine.site import at, file, html, site
from tests.bounds import memory_growth_below
from tests.hostile import Authority, Hostile, answer

DEMO = Path(__file__).resolve().parents[4] / "config" / "demo_pages"
HALF = AddressPolicy(allowed_networks=(ip_network("127.0.0.0/9"),))
QUICK = replace(
    Limits(),
    request_seconds=1.0,
    part_seconds=0.5,
    parts_seconds=1.0,
    run_seconds=6.0,
    pauses=(0.0, 0.0),
)
OVERALL = (Dimension("overall", "Overall"),)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def demo():
    handler = functools.partial(Quiet, directory=str(DEMO))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def engine(limits=QUICK, **options):
    def make_getter(while_waiting):
        return Getter(policy=HALF, while_waiting=while_waiting, **options)

    return MarkupEngine(make_getter=make_getter, limits=limits)


def spec(*urls, dimensions=OVERALL, persona="novice", seed="seed", kind="URL"):
    stimuli = tuple(Stimulus(side, kind, url) for side, url in zip("AB", urls, strict=False))
    method = "SSE" if len(urls) == 1 else "SxS"
    return RunSpec("run", seed, method, stimuli, dimensions, Persona(persona, persona.title()))


def rate(*urls, **options):
    recorder = Recorder()
    return engine().run(spec(*urls, **options), recorder), recorder


class TestDemoPages:
    @pytest.mark.parametrize("persona", BUILT_IN)
    def test_the_faulty_page_loses_for_everyone(self, demo, persona):
        sse = tuple(Dimension(id, id) for id in ("overall", *DIMENSION_WORDS))
        sxs = tuple(Dimension(id, id, "", -3, 3) for id in ("overall", *DIMENSION_WORDS))
        good, faulty = f"{demo}/good.html", f"{demo}/faulty.html"

        one, _ = rate(good, dimensions=sse, persona=persona)
        other, _ = rate(faulty, dimensions=sse, persona=persona)
        both, _ = rate(good, faulty, dimensions=sxs, persona=persona)
        swapped, _ = rate(faulty, good, dimensions=sxs, persona=persona)

        settled = {one.id for one in sse} - {"visual-design", "design-system"}
        pairs = list(zip(one.scores, other.scores, strict=True))
        assert all(left.value >= right.value for left, right in pairs)
        assert all(a.value > b.value for a, b in pairs if a.dimension_id in settled)
        assert one.scores[0].value >= 4
        assert other.scores[0].value <= 2
        assert all(score.value < 0 for score in both.scores if score.dimension_id in settled)
        assert [-score.value for score in swapped.scores] == [score.value for score in both.scores]

    def test_the_reason_is_quoted(self, demo):
        result, _ = rate(f"{demo}/faulty.html", dimensions=(Dimension("accessibility", "A"),))

        assert "4 of 4 form fields without a label" in result.justification
        assert result.justification.startswith(f"{NO_BROWSER} Novice: ")

    def test_it_is_the_same_to_the_byte(self, demo):
        first, told = rate(f"{demo}/faulty.html")
        second, told_again = rate(f"{demo}/faulty.html")

        assert first == second
        assert told.artifacts == told_again.artifacts
        assert told.steps == told_again.steps


class TestReports:
    def test_steps_come_as_they_happen(self):
        with Hostile(site({"/": html("<p>Hello")})) as server:
            _, recorder = rate(at(server))

        words = [step for step, _, _ in recorder.steps]
        assert words == ["navigating", "measuring", "judging"]
        assert recorder.turns == []

    def test_artifacts_are_text(self):
        source = f"<p>{'Hello ' * 40}<script>alert(1)</script>"
        with Hostile(site({"/": html(source)})) as server:
            _, recorder = rate(at(server))

        assert recorder.artifacts["page.txt"] == (source.encode(), "text/plain; charset=utf-8")
        lines = recorder.artifacts["transcript.jsonl"][0].decode().splitlines()
        found = [json.loads(line) for line in lines]
        assert {"dimension": "overall"}.items() <= found[-1].items()
        facts = json.loads(recorder.artifacts["facts.json"][0])
        assert facts["observer"] == "markup"
        assert [one["value"] for one in facts["facts"] if one["id"] == "words"] == [40]

    def test_a_failed_run_keeps_its_transcript(self):
        recorder = Recorder()
        with Hostile(site({})) as server, pytest.raises(EngineError, match=r"^HTTP 404\.$"):
            engine().run(spec(at(server)), recorder)

        assert b'"error": "HTTP 404."' in recorder.artifacts["transcript.jsonl"][0]

    def test_of_two_sides_it_says_which_one_failed(self):
        with (
            Hostile(site({"/": html("<p>x")})) as server,
            pytest.raises(EngineError, match=r"^Side B: HTTP 404\.$"),
        ):
            rate(at(server), at(server, "/gone"))

    @pytest.mark.parametrize("step", ["navigating", "measuring", "judging"])
    def test_it_stops_when_it_is_told_to(self, step):
        recorder = Recorder(stop_at=step)
        with Hostile(site({"/": html("<p>Hello")})) as server, pytest.raises(RunStopped):
            engine().run(spec(at(server)), recorder)

        assert "transcript.jsonl" not in recorder.artifacts

    def test_it_stops_while_it_waits(self):
        recorder = Recorder(stop_at="heartbeat")
        limits = replace(QUICK, request_seconds=5.0)
        started = time.monotonic()
        with Hostile(site({"/": lambda c: c.hang()})) as server, pytest.raises(RunStopped):
            engine(limits).run(spec(at(server)), recorder)

        assert time.monotonic() - started < 3

    @pytest.mark.parametrize("kind", ["IMAGE", "VIDEO", "GIF"])
    def test_it_does_not_pretend_to_see(self, kind):
        with pytest.raises(EngineError, match=f"nobody can look at {kind}"):
            rate("https://design.example/a.png", kind=kind)

    def test_it_costs_nothing(self):
        estimate = get_engine("markup").estimate(method="SxS", kinds=frozenset({"URL"}))

        assert (estimate.usd, estimate.input_tokens) == (Decimal(0), 0)
        assert estimate.basis == BASIS


class TestInstallation:
    def test_without_certificate_authorities_it_is_our_fault(self):
        def none(while_waiting):
            raise FileNotFoundError("No certificate authorities found.")

        broken = MarkupEngine(make_getter=none, limits=QUICK)
        with pytest.raises(EngineError, match="No certificate authorities") as caught:
            broken.run(spec("https://design.example/"), Recorder())

        assert caught.value.retryable

    def test_the_setting_chooses(self, settings):
        assert get_engine().name == "markup"
        settings.ENGINE = "fake"
        assert get_engine().name == "fake"

    def test_private_designs_are_refused_unless_the_installation_opens_them(self, settings):
        settings.ALLOW_PRIVATE_TARGETS = False
        with Hostile(site({"/": html("<p>Hello")})) as server:
            with pytest.raises(EngineError, match="not allowed"):
                get_engine().run(spec(at(server)), Recorder())
            assert server.connections == 0

            settings.ALLOWED_NETWORKS = ["127.0.0.1/32"]
            assert get_engine().run(spec(at(server)), Recorder()).scores


def dripping(conversation):
    conversation.drip(html("<p>" * 9000), every=0.05)


def endless(conversation):
    conversation.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    for _ in range(3_200):
        conversation.send(b"<p>large" * 8192)


def bomb(conversation):
    packer = zlib.compressobj(1, wbits=31)  # gzip
    packed = [packer.compress(b"<p>" * 1_000_000) for _ in range(100)]
    conversation.send(html(b"".join([*packed, packer.flush()]), "Content-Encoding: gzip"))


FAILING = {
    "dripping": ({"/": dripping}, "did not answer within 1 s after 3 tries"),
    "redirect to private": (
        {"/": answer(302, "Location: http://127.200.0.1/")},
        "The address is not allowed.",
    ),
    "redirect to metadata": (
        {"/": answer(302, "Location: http://169.254.169.254/latest/")},
        "The address is not allowed.",
    ),
    "redirect to a file": ({"/": answer(302, "Location: file:///etc/passwd")}, "http"),
    "endless redirects": ({"/": answer(302, "Location: /")}, "redirects more than 5 times"),
    "server error": ({"/": answer(503)}, "HTTP 503 after 3 tries."),
    "reset": ({"/": lambda c: c.reset()}, "closed before the answer was complete after 3 tries"),
    "not http": ({"/": lambda c: c.send(b"\0\1\2\3\r\n\r\n")}, "not valid HTTP"),
    "svg": ({"/": file("image/svg+xml", b"<!DOCTYPE x>")}, "image/svg"),
    "brotli": ({"/": html("x", "Content-Encoding: br")}, "not asked for"),
    "not gzip": ({"/": html("<p>x", "Content-Encoding: gzip")}, "said to be compressed"),
    "forwarding to nonsense": (
        {"/": html("<meta http-equiv=refresh content='" + "0;" * 9_000 + "'>x")},
        "longer than 2048 characters",
    ),
    "deep and empty": ({"/": html("<div>" * 400_000)}, "The page is empty"),
    "nul": ({"/": html("<p>\0\0" * 100_000)}, "The page is empty"),
    "empty": ({"/": html("")}, "The page is empty"),
}

SURVIVED = {
    "endless": endless,
    "deep": html("x" + "<div>" * 400_000),
    "deep and named": html("x" + "<div id=x aria-labelledby=x role=button>" * 40_000),
    "labels in labels": html("<label>" * 5_000 + "<input>" * 5_000),
    "unmatched ends": html("<i>" * 390 + "x" + "</x>" * 400_000),
    "attributes": html("<div " + " ".join(f"a{n}=1" for n in range(200_000)) + ">x"),
    "inline styles": html("<p style='color:red;font:1px/2 x'>x" * 19_000),
    "buttons in buttons": html("<button>" * 390 + "x" * 1_000_000),
    "labels": html("<label for=a>x<input id=a>" * 15_000),
    "broken encoding": answer(
        200, "Content-Type: text/html; charset=utf-16", body=b"\xff\xfe<\0p\0>\0x\0\xd8\xd8\xd8"
    ),
    "unknown encoding": answer(200, "Content-Type: text/html; charset=bogus\xff", body=b"<p>\xff"),
    "billion laughs": html(
        "<!DOCTYPE x ["
        + "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 60))
        + "]>&a59;"
    ),
    "stars": html("<style>" + "* * * * * * p{color:red}" * 10_000 + "</style>" + "<b><p>x" * 150),
    "thousand parts": html("".join(f"<img src=/{n}.png>" for n in range(5_000))),
    "hostile urls": html("<a href='http://[x'>a</a><img src='http://[y'><base href='http://[z'>"),
    "long words": html("<html lang=en><p>" + "a" * 1_500_000),
    "vowels": html("<html lang=en><p>" + "ae" * 700_000),
    "viewport": html("<meta name=viewport content='maximum-scale=...'><p>x"),
}


class TestHostileDesigns:
    @pytest.mark.parametrize("name", FAILING)
    def test_it_fails_with_the_reason(self, name):
        paths, message = FAILING[name]
        started = time.monotonic()
        with Hostile(site(paths)) as server, pytest.raises(EngineError) as caught:
            rate(at(server))

        assert message in str(caught.value)
        assert not caught.value.retryable
        assert time.monotonic() - started < 20

    @pytest.mark.parametrize("name", SURVIVED)
    def test_it_rates_within_bounds_of_time_and_memory(self, name):
        started = time.process_time()
        with Hostile(site({"/": SURVIVED[name]})) as server, memory_growth_below(250):
            result, _ = rate(at(server))

        assert 1 <= result.scores[0].value <= 5
        assert time.process_time() - started < 8

    def test_a_bomb_is_unpacked_to_the_limit_and_no_further(self):
        patient = replace(QUICK, request_seconds=20.0, run_seconds=60.0)
        with (
            Hostile(site({"/": bomb})) as server,
            memory_growth_below(250),
            pytest.raises(EngineError, match="The page is empty"),
        ):
            engine(patient).run(spec(at(server)), Recorder())

    def test_a_wrong_certificate_is_said(self, tmp_path):
        tls = Authority(tmp_path).server_context("other.example")
        with Hostile(site({}), tls=tls) as server, pytest.raises(EngineError, match="certificate"):
            rate(f"https://127.0.0.1:{server.port}/")


class TestSpeed:
    def test_a_page_of_200_kb_takes_little(self):
        rules = "".join(f".c{n} {{ color: #333; padding: {n % 20}px }}" for n in range(400))
        paragraph = (
            "<div class='c{0} d'><h2>Part {0}</h2><p>{1}</p><a href=/p{0}>Fares {0}</a></div>"
        )
        text = "You can take the next ferry with the same ticket, and bring a bicycle. " * 3
        body = "".join(paragraph.format(n, text) for n in range(620))
        source = f"<html lang=en><style>{rules}</style><body>{body}"
        assert 190_000 < len(source) < 220_000
        with Hostile(site({"/": html(source)})) as server:
            rate(at(server))
            started = time.thread_time()
            rate(at(server))

        assert time.thread_time() - started < 1.0  # 0.15 s on an idle machine
