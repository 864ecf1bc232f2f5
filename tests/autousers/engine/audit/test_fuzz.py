"""Pages and styles made of whatever: every measure gives a number, every judge a rating."""

from hypothesis import given, settings
from hypothesis import strategies as st

from autousers.engine.audit.judge import Agent, judge
from autousers.engine.audit.personas import lens_of
from autousers.engine.audit.rubric import MEASURES
from autousers.engine.protocol import Dimension, Persona
from tests.autousers.engine.audit.pages import page

_NAMES = st.sampled_from(
    [
        "a",
        "b",
        "body",
        "button",
        "div",
        "form",
        "h1",
        "h3",
        "html",
        "img",
        "input",
        "label",
        "main",
        "meta",
        "p",
        "select",
        "style",
        "svg",
        "video",
    ]
)
_ATTRIBUTES = st.sampled_from(
    [
        "alt",
        "aria-label",
        "aria-labelledby",
        "autoplay",
        "class",
        "content",
        "for",
        "hidden",
        "href",
        "id",
        "lang",
        "name",
        "onclick",
        "role",
        "src",
        "style",
        "tabindex",
        "type",
        "value",
        "width",
    ]
)
_VALUES = st.text(max_size=12) | st.sampled_from(
    [
        "#",
        "#x",
        "x",
        "-1",
        "99999999999999999999",
        "viewport",
        "maximum-scale=.",
        "color:red;font:1px/9",
        "http://[x",
        "javascript:",
        "password",
        "button",
        "hidden",
        "font-size:1e99px",
    ]
)
_TAGS = st.builds(
    lambda end, name, attributes: (
        f"<{end}{name} " + " ".join(f'{key}="{value}"' for key, value in attributes.items()) + ">"
    ),
    st.sampled_from(["", "", "", "/"]),
    _NAMES,
    st.dictionaries(_ATTRIBUTES, _VALUES, max_size=4),
)
_HTML = st.lists(_TAGS | st.text(max_size=20), max_size=40).map("".join)

_CSS_PIECES = [
    "p",
    ".x",
    "#x",
    "[a=b]",
    "a:focus",
    " > ",
    " ",
    ",",
    "{",
    "}",
    ":root",
    "--a:",
    "var(--a)",
    "color:",
    "red;",
    "background:",
    "url(x)",
    "font:",
    "bold 1.2.3px/1.5.5 x;",
    "font-size:",
    "-1em;",
    "99999999999999999999",
    "%;",
    "padding:",
    "1px 2px 3px 4px 5px;",
    "@media",
    "(min-width: 1.2.3px)",
    "@import",
    "outline:",
    "none;",
    "!important",
    "line-height:",
    "/*",
    "*/",
    '"',
    "(",
    ")",
]
_CSS = st.lists(st.sampled_from(_CSS_PIECES) | st.text(max_size=5), max_size=40).map("".join)


class TestWhateverComes:
    @settings(max_examples=300, deadline=None)
    @given(_HTML, _CSS, st.sampled_from([390, 1280]), st.booleans())
    def test_it_is_measured_and_rated(self, html, css, width, slow_network):
        made = page(html, css, width=width, slow_network=slow_network)
        measures = {name: about.measure(made) for name, about in MEASURES.items()}
        for one in measures.values():
            assert one.quality is None or 0 <= one.quality <= 1
            assert one.says.isprintable()

        lens = lens_of(Persona("novice", "Novice"))
        verdict = judge(Dimension("overall", "Overall"), {"A": measures}, lens, Agent("s"))
        assert 1 <= verdict.score.value <= 5
        assert verdict.score.justification.isprintable()
