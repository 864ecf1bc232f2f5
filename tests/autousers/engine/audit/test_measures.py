"""Each measure on pages made for it: what it counts, what it says, and which of two is better."""

import pytest

from autousers.engine.audit.page import Parts
from autousers.engine.audit.rubric import MEASURES
from tests.autousers.engine.audit.pages import page

GOOD = 0.85
LOREM = "The crew answers your question every day, and we help you with the ticket you need. " * 4
HARD = (
    "<p>Notwithstanding considerable organisational complexities, institutional representatives"
    " enthusiastically reiterated unconditional commitments, notwithstanding substantially"
    " exacerbated interdepartmental incompatibilities, administrative irregularities, unprecedented"
    " infrastructural deterioration, inconsequential communication, and counterproductive"
    " rationalisation initiatives of international conglomerates.</p>"
)


def measured(name, html, css="", **options):
    return MEASURES[name].measure(page(html, css, **options))


def each(style, first, end):
    """Paragraphs that differ in one thing."""
    return "".join(f"<p style='{style.format(number)}'>a" for number in range(first, end))


class TestFaults:
    @pytest.mark.parametrize(
        ("name", "html", "css", "value", "says"),
        [
            (
                "field-labels",
                "<input><label>A<input></label><label for=b>B</label><select id=b></select>"
                "<input placeholder=x><input aria-label=c><textarea></textarea><input type=hidden>"
                "<input title=d>",
                "",
                3,
                "3 of 7 form fields have no label",
            ),
            ("field-labels", "<input>", "", 1, "1 of 1 form field has no label"),
            (
                "image-alternatives",
                "<img><img alt=''><img alt=x><img role=presentation>",
                "",
                1,
                "1 of 3 pictures without alternative text",
            ),
            (
                "control-names",
                "<a href=x><img></a><a href=y><img alt=y></a><button></button><button>Go</button>",
                "",
                2,
                "2 of 4 links and buttons have no name",
            ),
            ("heading-order", "<h1>a</h1><h3>b</h3>", "", 1, "1 heading level skipped"),
            ("heading-order", "<h1>a</h1><h1>b</h1>", "", 1, "2 first-level headings"),
            ("heading-order", "<h2>a</h2>", "", 2, "no first-level heading"),
            ("heading-order", "<p>a", "", 1, "no headings"),
            ("page-language", "<html><p>a", "", 1, "no page language"),
            ("page-language", "<html lang='english please'><p>a", "", 1, "no page language"),
            ("landmarks", "<nav></nav><footer></footer>", "", 2, "no main, header landmark"),
            (
                "focus-order",
                "<a href=x tabindex=3>a</a><div onclick=x>b</div><p tabindex=0 onclick=x>c</p>",
                "",
                2,
                "1 element only a mouse can press and 1 with a tabindex of their own",
            ),
            ("focus-visible", "<p>", "a:focus { outline: 0 }", 1, "keyboard focus made invisible"),
            (
                "skip-link",
                "<a href=a>1</a>" * 6 + "<main>x</main>",
                "",
                1,
                "no link to skip to the content",
            ),
            ("zoom", "<p>", "", 1, "no viewport setting for small screens"),
            (
                "zoom",
                "<meta name=viewport content='width=device-width, user-scalable=no'>",
                "",
                1,
                "enlarging is switched off",
            ),
            (
                "zoom",
                "<meta name=viewport content='maximum-scale=1.0'>",
                "",
                1,
                "enlarging is switched off",
            ),
            ("title-and-description", "<p>", "", 2, "no title and no description"),
            (
                "moving-content",
                "<marquee>a</marquee><video autoplay></video><video autoplay muted></video>",
                "",
                2,
                "2 elements moving or sounding unasked",
            ),
            (
                "text-contrast",
                "<p>ab<button>Buy now</button>",
                "button { color: #fff; background: #f39c4a }",
                0.7778,
                "contrast 2.2:1 on “Buy now”",
            ),
            (
                "text-size",
                "<p>a<small>b</small>",
                "small { font-size: 11px }",
                11,
                "smallest text 11 px",
            ),
            (
                "target-size",
                "<p>See <a href=x>this one</a> too.<button>Buy</button>",
                "button { font-size: 11px; padding: 1px }",
                1,
                "1 of 1 target smaller than 24 px (smallest 15 px)",
            ),
            (
                "fits-window",
                "<img width=1600><p style='width:2000px'>",
                "",
                2,
                "2 elements wider than 1280 px",
            ),
            (
                "typeface-count",
                "".join(f"<p style='font-family:f{n}'>a" for n in range(7)),
                "",
                7,
                "7 typefaces",
            ),
            (
                "colour-count",
                "".join(f"<p style='color:#{n}'>a" for n in range(100, 130)),
                "",
                31,
                "31 colours",
            ),
            (
                "size-steps",
                "".join(f"<p style='font-size:{n}px'>a" for n in range(9, 25)),
                "",
                16,
                "16 sizes of text",
            ),
            (
                "consistent-markup",
                "<font>a</font><center>b</center><p style='color:red'>c",
                "",
                3,
                "2 outdated elements and 1 element styled one by one",
            ),
            ("line-spacing", f"<p>{LOREM}", "p { line-height: 1 }", 1, "line spacing 1"),
            ("readability", f"<html lang=en>{HARD * 2}", "", None, None),
            ("sentence-length", HARD * 2, "", 29, "29 words per sentence"),
            ("text-amount", "<p>Loading", "", 1, "only 1 word"),
            (
                "link-texts",
                "<a href=x>click here</a><a href=y>Fares</a>",
                "",
                1,
                "1 of 2 links vague, like “click here”",
            ),
            (
                "pressure-words",
                "<html lang=en><p>Hurry! Only 2 left!",
                "",
                2,
                "pressure: “hurry”, “only 2 left”",
            ),
            ("placeholder-text", "<p>Lorem ipsum<p>TODO", "", 1, "placeholder left: “TODO”"),
            ("policies", "<a href=/fares>Fares</a>", "", 1, "no link to privacy or terms"),
            ("contact", "<a href=/fares>Fares</a>", "", 1, "no way to get in touch"),
            (
                "dead-links",
                "<a href=#>a</a><a href=javascript:x>b</a><a href=#n>c</a><a href=#i>d</a><p id=i>",
                "",
                3,
                "3 of 4 links lead nowhere",
            ),
        ],
    )
    def test_it_counts_and_says(self, name, html, css, value, says):
        found = measured(name, html, css)

        assert found.is_fault
        assert 0 <= found.quality < GOOD
        if says is not None:
            assert (found.value, found.says) == (value, says)

    @pytest.mark.parametrize(
        ("name", "parts", "value", "says"),
        [
            ("page-weight", Parts(size=9_000_000), 9_000_000, "9.0 MB to load"),
            ("request-count", Parts(requests=90), 90, "90 requests"),
            (
                "broken-resources",
                Parts(broken=("a.png", "b.css")),
                2,
                "2 broken resources, like “a.png”",
            ),
        ],
    )
    def test_parts_count(self, name, parts, value, says):
        found = measured(name, "<p>", parts=parts)

        assert found.is_fault
        assert (found.value, found.says) == (value, says)

    def test_many_elements_count(self):
        assert measured("element-count", "<i>x</i>" * 4000).is_fault

    def test_plain_http_counts_most_where_secrets_are_asked_for(self):
        plain = measured("secure-connection", "<p>", url="http://design.example/")
        asks = measured("secure-connection", "<input type=password>", url="http://design.example/")

        assert asks.quality < plain.quality < GOOD
        assert asks.says == "asks for secrets without encryption"


class TestNoFault:
    @pytest.mark.parametrize(
        ("name", "html", "css"),
        [
            ("field-labels", "<label>A<input></label>", ""),
            ("image-alternatives", "<img alt=x><img alt=''>", ""),
            ("control-names", "<a href=x aria-label=y></a><button title=z></button>", ""),
            ("heading-order", "<h1>a</h1><h2>b</h2><h3>c</h3><h2>d</h2>", ""),
            ("page-language", "<html lang=en-GB><p>", ""),
            ("landmarks", "<div role=main></div><nav></nav><header></header><footer></footer>", ""),
            ("focus-order", "<button onclick=x>a</button><p tabindex=-1>b", ""),
            ("focus-visible", "<p>", "a:focus { outline: 2px solid }"),
            ("skip-link", "<a href=#m>Skip</a><main id=m>x", ""),
            ("zoom", "<meta name=viewport content='width=device-width'>", ""),
            (
                "title-and-description",
                "<title>Ferries</title><meta name=description content=x>",
                "",
            ),
            ("moving-content", "<video muted autoplay></video>", ""),
            ("text-contrast", "<p>a", "p { color: #555 }"),
            ("text-contrast", "<h1>a", "h1 { color: #888 }"),
            ("text-size", "<p>a", ""),
            ("target-size", "<button>Buy</button>", "button { min-height: 30px; padding: 9px }"),
            ("fits-window", "<img width=1200>", ""),
            ("readability", f"<html lang=en><p>{LOREM}", ""),
            ("sentence-length", f"<p>{LOREM}", ""),
            ("text-amount", f"<p>{LOREM}", ""),
            ("link-texts", "<a href=x>Fares</a>", ""),
            ("pressure-words", "<html lang=en><p>Take your time", ""),
            ("policies", "<a href=/privacy>Here</a>", ""),
            ("contact", "<a href=mailto:x@y.example>x</a>", ""),
            ("dead-links", "<a href=/x>a</a><a href=#top>b</a>", ""),
            ("secure-connection", "<p>", ""),
            ("page-weight", "<p>", ""),
            ("broken-resources", "<p>", ""),
        ],
    )
    def test_it_is_content(self, name, html, css):
        assert measured(name, html, css).quality >= GOOD

    @pytest.mark.parametrize(
        ("name", "html", "css"),
        [
            ("field-labels", "<p>", ""),
            ("image-alternatives", "<p>", ""),
            ("text-contrast", "<p>a", "body { background: url(x.png) }"),
            ("target-size", "<button>x</button>", "button { padding: min(1vw, 9px) }"),
            ("readability", f"<html lang=de><p>{LOREM}", ""),
            ("pressure-words", "<html lang=de><p>Only 2 left", ""),
            ("link-texts", "<p>", ""),
        ],
    )
    def test_what_is_not_there_does_not_count(self, name, html, css):
        assert measured(name, html, css).quality is None


class TestPersonas:
    def test_a_phone_asks_for_larger_targets(self):
        button = ("<button>Buy</button>", "button { min-height: 30px; min-width: 50px }")

        assert measured("target-size", *button).quality == 1
        assert measured("target-size", *button, width=390).is_fault

    def test_a_phone_has_a_narrower_window(self):
        assert measured("fits-window", "<img width=640>", width=390).is_fault

    def test_a_slow_network_bears_less(self):
        parts = Parts(size=1_200_000)

        assert not measured("page-weight", "<p>", parts=parts).is_fault
        assert measured("page-weight", "<p>", parts=parts, slow_network=True).is_fault


class TestAll:
    @pytest.mark.parametrize("html", ["", "<p>", "<html>", "\0" * 50, "<a href='http://[x'>y</a>"])
    def test_every_measure_copes_with_nothing(self, html):
        for about in MEASURES.values():
            found = about.measure(page(html))
            assert found.quality is None or 0 <= found.quality <= 1
            assert found.says
            assert "\n" not in found.says
