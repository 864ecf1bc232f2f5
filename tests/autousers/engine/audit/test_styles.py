"""The cascade, as far as it is understood."""

import time

import pytest

from tests.autousers.engine.audit.pages import page


def style(html, css="", tag="i", **options):
    made = page(html, css, **options)
    return made.style(made.document.first(tag))


RED, BLUE, WHITE = (1, 0, 0, 1), (0, 0, 1, 1), (1, 1, 1, 1)


class TestCascade:
    @pytest.mark.parametrize(
        "css",
        [
            "i { color: red }",
            "p i { color: red } i { color: blue }",
            "i { color: blue } .x { color: red }",
            ".x { color: blue } #y { color: red }",
            "i { color: red !important } #y { color: blue }",
            "p { color: red }",
            "i { color: blue } i { color: red }",
            "div > p i { color: red }",
            "[data-k^=ab] { color: red } i { color: blue }",
            ":root { --c: red } i { color: var(--c) }",
            "i { color: var(--none, red) }",
            "p { color: red } i { color: inherit }",
            "section i, div i { color: red }",
            r".w\:1\/2 { color: red }",
        ],
    )
    def test_the_right_rule_wins(self, css):
        html = "<div><p><i class='w x w:1/2' id=y data-k=abc>x</i></p></div>"

        assert style(html, css).color == RED

    @pytest.mark.parametrize(
        "css",
        ["div > i { color: red }", ".X { color: red }", "i:hover { color: red }", "b i {color:red}",
         "p + i { color: red }", "@media print { i { color: red } }"],
    )  # fmt: skip
    def test_what_does_not_match_does_not_count(self, css):
        assert style("<div><p><i class=x>x</i></p></div>", css).color == (0, 0, 0, 1)

    def test_inline_styles_come_last(self):
        assert style("<i style='color: red'>x</i>", "#y, i { color: blue }").color == RED


class TestValues:
    @pytest.mark.parametrize(
        ("css", "size"),
        [
            ("i { font-size: 20px }", 20),
            ("p { font-size: 20px } i { font-size: .5em }", 10),
            ("i { font-size: 2rem }", 32),
            ("i { font-size: 12pt }", 16),
            ("p { font-size: 10px } i { font-size: 150% }", 15),
            ("i { font-size: x-small }", 10),
            ("i { font: bold 11px/1.5 Arial, sans-serif }", 11),
            ("i { font: 11px Arial; font-size: 13px }", 13),
            ("i { font-size: calc(1px + 1em) }", 16),
            ("i { font-size: 1vw }", 12.8),
            ("i { font-size: -5px }", 16),
            ("i { font-size: 99999999999999999999px }", 10_000),
        ],
    )
    def test_sizes(self, css, size):
        assert style("<p><i>x</i></p>", css).size == pytest.approx(size)

    def test_the_font_shorthand_is_taken_apart(self):
        made = style("<i>x</i>", 'i { font: bold 11px/1.5 "Gill Sans", serif }')

        assert (made.bold, made.line_height, made.family) == (True, 1.5, "gill sans")

    @pytest.mark.parametrize(
        ("background", "behind"),
        [
            ("red", RED),
            ("no-repeat center red", RED),
            ("rgb(255 0 0 / 0)", WHITE),
            ("none", WHITE),
            ("red url(a.png)", None),
            ("linear-gradient(red, blue)", None),
            ("color-mix(in srgb, red, blue)", None),
            ("var(--unknown-to-us)", None),
        ],
    )
    def test_backgrounds_are_those_behind(self, background, behind):
        css = f"p {{ background: {background} }}"

        assert style("<p><i>x</i></p>", css).background == behind

    def test_a_colour_over_a_picture_is_known_again(self):
        css = "p { background: url(x.png) } i { background: red }"

        assert style("<p><i>x</i></p>", css).background == RED

    @pytest.mark.parametrize(
        "color", ["color-mix(in srgb, red, blue)", "lab(50% 0 0)", "bogus", "var(--x)"]
    )
    def test_a_colour_that_is_not_understood_is_unknown(self, color):
        assert style("<i>x</i>", f"i {{ color: {color} }}").color is None

    def test_a_control_may_take_what_is_around_it(self):
        css = "p { color: red; font: 20px Arial } i, button { color: inherit; font: inherit }"
        made = style("<p><button>x</button></p>", css, tag="button")

        assert (made.color, made.size, made.family) == (RED, 20, "arial")

    def test_a_cloak_is_taken_off(self):
        assert style("<p x-cloak><i>x</i></p>", "[x-cloak] { display: none }").shown

    def test_boxes(self):
        made = style("<i>x</i>", "i { padding: 1px 2px 3px; padding-left: 9px; min-height: 2em }")

        assert (made.padding_y, made.padding_x, made.height) == (4, 11, 32)

    @pytest.mark.parametrize(
        ("css", "box"),
        [
            ("padding: 1px", (2, 2)),
            ("padding: 1px 2px", (2, 4)),
            ("padding: 1px 2px 3px 4px", (4, 6)),
            ("padding: calc(.25rem * 2) auto", (16, 0)),
            ("padding: 9px; padding-block: 1px 2px; padding-inline: 1em", (3, 32)),
            ("--s: .25rem; padding-inline: calc(var(--s) * 3)", (0, 0)),
        ],
    )
    def test_paddings(self, css, box):
        made = style("<i>x</i>", f"i {{ {css} }}")

        assert (made.padding_y, made.padding_x) == box
        assert made.measured == ("var" not in css)

    @pytest.mark.parametrize(
        "html",
        ["<i hidden>x</i>", "<i style='display:none'>x</i>", "<noscript><i>x</i></noscript>",
         "<p style='visibility: hidden'><i>x</i></p>"],
    )  # fmt: skip
    def test_what_is_not_shown(self, html):
        assert not style(html).shown


class TestBounds:
    def test_selectors_that_search_everything_are_given_up(self):
        html = "<div class=a>" * 390 + "<p>x" * 3000
        css = "".join(f"div div div div .a .a .n{n} p {{ color: #{n:03d} }}" for n in range(900))
        css += "".join(
            f"div .a div .a > p:link > .a p {{ color: #{n:03d} }}" for n in range(100, 999)
        )
        started = time.process_time()
        made = page(html, css)

        assert not made.styles.complete
        assert time.process_time() - started < 3

    def test_a_bomb_of_variables_is_not_unfolded(self):
        variables = "".join(
            f"--v{n}: var(--v{n + 1})var(--v{n + 1})var(--v{n + 1});" for n in range(30)
        )
        style("<i>x</i>", f":root {{ {variables} }} i {{ color: var(--v0) }}")
