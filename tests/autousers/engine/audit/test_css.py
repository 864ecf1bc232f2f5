"""Style sheets, as far as they are needed, and colours."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autousers.engine.audit import css
from autousers.engine.audit.colors import WHITE, contrast, over, parse_color
from autousers.engine.protocol import EngineError


def sheet(text, width=1280):
    made = css.Sheet()
    made.add(text, width=width)
    return made


class TestColours:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("#fff", (1, 1, 1, 1)),
            ("#FF000080", (1, 0, 0, 128 / 255)),
            ("rgb(255, 0, 0)", (1, 0, 0, 1)),
            ("rgb(0 0 255 / 50%)", (0, 0, 1, 0.5)),
            ("hsl(120, 100%, 50%)", (0, 1, 0, 1)),
            ("Red", (1, 0, 0, 1)),
            ("transparent", (0, 0, 0, 0)),
            # Examples of CSS Color 4.
            ("oklch(100% 0 0)", (1, 1, 1, 1)),
            ("oklab(0% 0 0)", (0, 0, 0, 1)),
            ("oklch(0.51975 0.17686 142.495)", (0, 0.502, 0, 1)),
        ],
    )
    def test_it_reads_them(self, text, expected):
        assert parse_color(text) == pytest.approx(expected, abs=0.001)

    @pytest.mark.parametrize(
        "text", ["", "inherit", "currentcolor", "var(--x)", "12px", "#12", "\0"]
    )
    def test_the_rest_is_none(self, text):
        assert parse_color(text) is None

    @pytest.mark.parametrize(
        ("one", "other", "ratio"),
        [
            # What the definition says, and two pairs that WebAIM's checker lists.
            ("#000", "#fff", 21.0),
            ("#fff", "#fff", 1.0),
            ("#777", "#fff", 4.48),
            ("#767676", "#fff", 4.54),
            ("#00f", "#fff", 8.59),
        ],
    )
    def test_contrast_is_that_of_wcag(self, one, other, ratio):
        assert contrast(parse_color(one), parse_color(other)) == pytest.approx(ratio, abs=0.01)

    def test_a_translucent_colour_takes_from_what_is_behind(self):
        assert over((0, 0, 0, 0.5), WHITE) == (0.5, 0.5, 0.5, 1.0)


class TestSelectors:
    @pytest.mark.parametrize(
        ("text", "specificity"),
        [
            ("p", (0, 0, 1)),
            ("*", (0, 0, 0)),
            (".a.b", (0, 2, 0)),
            ("#x p.a[href]", (1, 2, 1)),
            (r".sm\:w-1\/2", (0, 1, 0)),
            ("nav > ul li a:link", (0, 0, 4)),
            (":root", (0, 0, 1)),
            ("input[type='submit' i]", (0, 1, 1)),
        ],
    )
    def test_it_understands_the_usual(self, text, specificity):
        assert css.parse_selector(text).specificity == specificity

    @pytest.mark.parametrize(
        "text",
        ["", "a:hover", "p::before", "a + b", "a ~ b", "p:not(.x)", "> p", "p >", "a.", "p..x",
         " ".join("p" * 50)],
    )  # fmt: skip
    def test_it_leaves_the_rest_out(self, text):
        assert css.parse_selector(text) is None

    @given(st.text(alphabet="ap.#[]='\">:* \\", max_size=40))
    def test_it_never_fails(self, text):
        css.parse_selector(text)


class TestSheets:
    def test_it_keeps_what_matters(self):
        made = sheet(
            "p, .a { color: red !important; transition: none; float: left } i {float: left}"
        )

        assert [rule.declarations for rule in made.rules] == [{"color": ("red", True)}] * 2

    @pytest.mark.parametrize(
        ("query", "width", "holds"),
        [
            ("all", 1280, True),
            ("screen and (min-width: 600px)", 1280, True),
            ("screen and (min-width: 600px)", 390, False),
            ("(max-width: 40em)", 390, True),
            ("(max-width: 40em)", 1280, False),
            ("(width >= 40rem)", 1280, True),
            ("(width >= 40rem)", 390, False),
            ("(width < 600px)", 390, True),
            ("print", 1280, False),
            ("print, screen", 1280, True),
            ("(prefers-color-scheme: dark)", 1280, False),
            ("not all", 1280, False),
        ],
    )
    def test_media_queries_are_those_of_the_window(self, query, width, holds):
        assert len(sheet(f"@media {query} {{ p {{ color: red }} }}", width).rules) == holds

    def test_it_collects_imports_and_variables(self):
        made = sheet('@import "a.css"; @import url(b.css) screen; :root,:host { --ink: #123 }')

        assert made.imports == ["a.css", "b.css"]
        assert made.variables == {"--ink": "#123"}

    @pytest.mark.parametrize(
        ("rule", "hidden"),
        [
            ("a:focus { outline: none }", True),
            ("button:focus-visible { outline: 0 }", True),
            ("a:focus { outline: none; box-shadow: 0 0 2px red }", False),
            ("a:focus { outline: 2px solid }", False),
            ("a { outline: none }", False),
        ],
    )
    def test_it_notices_focus_that_is_hidden(self, rule, hidden):
        assert sheet(rule).hides_focus == hidden

    @pytest.mark.parametrize(
        "text",
        ["* " * 100_000 + "{color:red}", "(]" * 30 + "{" * 30,
         "a," * 60_000 + "b{color:red}", '"' * 200_000, "\\" * 200_000, "/*" * 100_000,
         "@media all{" * 60, "a{color:red}" * 20_000, ":root{--a:var(--a)}"],
    )  # fmt: skip
    def test_hostile_sheets_are_bounded(self, text):
        started = time.process_time()
        made = sheet(text)

        assert time.process_time() - started < 3
        assert len(made.rules) <= css.MAX_RULES

    @pytest.mark.parametrize(
        "text",
        ["@media " + "(" * 200_000, "{" * 200_000, "a{b:" + "(" * 200_000, "a{b:" + "f(" * 100_000,
         "@media all{" * 20_000, "(]" * 100_000, "a{color:" + "(" * (css.MAX_DEPTH + 1)],
    )  # fmt: skip
    def test_what_is_nested_too_deeply_is_refused(self, text):
        with pytest.raises(EngineError, match="nested deeper than 64 levels"):
            sheet(text)

    def test_a_style_attribute_is_no_way_around_it(self):
        with pytest.raises(EngineError, match="nested deeper"):
            css.inline("color:" + "(" * 4_000)

    def test_what_is_just_not_too_deep_is_read(self):
        depth = css.MAX_DEPTH - 1
        assert sheet("a{b:" + "(" * depth + ")" * depth + ";color:red}").rules
