"""Faults of looks."""

from collections.abc import Callable

from benchmarks.accuracy.faults.planting import Change, Fault, part, styled

_TOWNS = ("North pier", "Old town", "Mill island", "The fort", "West bank")


def _rows(number: int, style: Callable[[int], str]) -> Change:
    """Short texts, each with a style of its own."""
    rows = (
        f'<p class="r{index}">Boats from {_TOWNS[index % 5]} run all day, number {index}</p>'
        for index in range(number)
    )
    return part("".join(rows), "".join(f".r{i}{{{style(i)}}}" for i in range(number)))


def _coloured(number: int, what: str) -> Change:
    """Texts of so many dark colours, or on so many light grounds."""
    base = 0 if what == "color" else 215
    return _rows(number, lambda i: f"{what}:rgb({base + i},{base + (i * 7) % 40},{base + 9})")


def _set_in(number: int) -> Change:
    """Texts in so many typefaces."""
    return _rows(number, lambda i: f"font-family:'Face {i}',sans-serif")


def _sized(number: int) -> Change:
    """Texts in so many sizes."""
    return _rows(number, lambda i: f"font-size:{18 + i}px")


FAULTS: tuple[Fault, ...] = (
    Fault(
        "low-contrast",
        (
            part('<p class="c">The night boat costs more.</p>', ".c{color:#ddd}"),
            part('<p><font color="#dddddd">The night boat costs more.</font></p>'),
            part('<p class="c">The night boat</p>', ":root{--c:#ccc}.c{color:var(--c)}"),
        ),
        (
            part('<p class="c">The night boat costs more.</p>', ".c{color:#555}"),
            part('<p class="c">White on blue</p>', ".c{color:#fff;background:#0b5394}"),
            part("<p><button disabled>Not yet</button></p>", "button:disabled{color:#89a}"),
        ),
    ),
    Fault(
        "small-text",
        (
            part('<p class="s">The night boat costs more than by day.</p>', ".s{font-size:9px}"),
            part("<p>Dogs <small>pay half of a child's fare</small></p>", "small{font-size:8px}"),
        ),
        (
            part('<p class="s">The night boat costs more than by day.</p>', ".s{font-size:13px}"),
            part("<p>Dogs <small>pay half of a child's fare</small></p>"),
        ),
    ),
    Fault(
        "links-by-colour-alone",
        (
            part(
                '<p>Ask about the <a class="l" href="#content">times of boats</a> on board.</p>',
                ".l{text-decoration:none;color:#243a52}",
            ),
            part(
                '<p>See what <a class="l" href="#content">dogs pay</a> on the night boats.</p>',
                "p a.l{text-decoration:none;color:#1d3345}",
            ),
        ),
        (
            part('<p>Ask about the <a href="#content">times of boats</a> on board.</p>'),
            part(
                '<p>See what <a class="l" href="#content">dogs pay</a> on the boats.</p>',
                "p a.l{text-decoration:none;border-bottom:1px solid}",
            ),
        ),
    ),
    Fault(
        "many-colours",
        (_coloured(22, "color"), _coloured(34, "background")),
        (_coloured(3, "color"), _coloured(4, "background")),
    ),
    Fault(
        "many-typefaces",
        (_set_in(5), _set_in(8)),
        (_set_in(1), _set_in(2)),
    ),
    Fault(
        "many-text-sizes",
        (_sized(14), _sized(20)),
        (_sized(2), _sized(3)),
    ),
    Fault(
        "tight-lines",
        (styled("p{line-height:1.05}"), styled("main{line-height:0.95}")),
        (styled("p{line-height:1.5}"), styled("main{line-height:1.7}")),
    ),
    Fault(
        "long-lines",
        (styled("main{max-width:none}"), styled("main{max-width:1200px;font-size:15px}")),
        (styled("main{max-width:34em}"), styled("main{max-width:60ch}")),
    ),
    Fault(
        "covered-texts",
        (
            part(
                '<div class="u"><p>The night boat costs more.</p><div class="v"></div></div>',
                ".u{position:relative}.v{position:absolute;inset:0;background:#eeeeee}",
            ),
            part(
                '<p>The night boat costs more.</p><p class="o">Children travel free of charge.</p>',
                ".o{position:relative;margin-top:-2.6em;background:#ffffff}",
            ),
        ),
        (
            part(
                '<div class="u"><div class="v"></div><p class="w">The night boat.</p></div>',
                ".u{position:relative}.v{position:absolute;inset:0;background:#eeeeee}"
                ".w{position:relative}",
            ),
            part('<p class="o">Children travel free of charge.</p>', ".o{position:relative}"),
        ),
    ),
    Fault(
        "outdated-elements",
        (
            part("<center>The night boat</center><big>costs more</big>"),
            part("<p><font size=4>The night boat</font> <tt>costs more</tt></p>"),
        ),
        (part("<p><b>The night boat</b></p>"), part("<p><i>The night boat</i></p>")),
    ),
)
"""In the order of the catalogue."""
