"""Faults of names and structure."""

from benchmarks.accuracy.faults.planting import PIXEL, Change, Fault, main_as, part, setting
from benchmarks.accuracy.page import Draft

_SVG = '<svg width="20" height="20" aria-hidden="true"><rect width="20" height="20"/></svg>'


def _headless(heading: str) -> Change:
    """A page without a heading; this looks like one."""

    def change(draft: Draft) -> None:
        draft.heading = heading
        draft.text = draft.text.replace("<h2>Fares</h2>", "<p><b>Fares</b></p>")

    return change


FAULTS: tuple[Fault, ...] = (
    Fault(
        "fields-without-label",
        (
            part('<p><input name="mail"></p>'),
            part('<p><input name="mail" placeholder="Email"></p>'),
            part("<p><b>Pier</b> <select><option>North</option></select></p>"),
        ),
        (
            part('<label for="mail">Email</label><input id="mail">'),
            part("<label>Email <input></label>"),
            part('<p id="of">Email</p><input aria-labelledby="of">'),
        ),
    ),
    Fault(
        "images-without-alternative",
        (
            part(f'<img src="{PIXEL}" width="90" height="90">'),
            part(f'<p>By boat <img src="{PIXEL}" width="90" height="60"></p>'),
            part('<svg role="img" width="20" height="20"><rect width="9" height="9"/></svg>'),
        ),
        (
            part(f'<img src="{PIXEL}" alt="A ferry" width="90" height="90">'),
            part(f'<img src="{PIXEL}" alt="" width="90" height="90">'),
            part(f'<p aria-hidden="true"><img src="{PIXEL}" width="9" height="9"></p>'),
        ),
    ),
    Fault(
        "controls-without-name",
        (
            part(f"<p><button>{_SVG}</button></p>"),
            part(f'<p><a href="#content">{_SVG}</a></p>'),
            part('<p><input type="button"></p>'),
        ),
        (
            part(f'<p><button aria-label="Close">{_SVG}</button></p>'),
            part('<p><input type="submit"><input type="button" value="Look"></p>'),
            part('<p><button><svg width="9" height="9" aria-label="Close"></svg></button></p>'),
        ),
    ),
    Fault(
        "frames-without-title",
        (
            part('<iframe srcdoc="<p>Map</p>"></iframe>'),
            part('<iframe title="" srcdoc="<p>Map</p>"></iframe>'),
            part('<iframe src="about:blank"></iframe>'),
        ),
        (
            part('<iframe title="Map of the piers" srcdoc="<html lang=en><p>Map"></iframe>'),
            part('<iframe aria-label="Map" srcdoc="<html lang=en><p>Map"></iframe>'),
            part('<iframe hidden srcdoc="<p>Map</p>"></iframe>'),
        ),
    ),
    Fault(
        "page-language-missing",
        (setting(lang=""), setting(lang=' lang="english"'), setting(lang=' lang=""')),
        (setting(lang=" lang=en"), setting(lang=' lang="en-GB"'), setting(lang=' lang="en-US"')),
    ),
    Fault(
        "title-missing",
        (setting(title=""), setting(title="<title></title>"), setting(title="<title> </title>")),
        (
            setting(title="<title>Ferries</title>"),
            setting(title="<title>Ferries &amp; fares</title>"),
            setting(title="<title>Boats</title><title>More</title>"),
        ),
    ),
    Fault(
        "heading-levels-skipped",
        (part("<h4>Dogs</h4><p>Are welcome.</p>"), part("<h5>Dogs</h5>"), part("<h6>Dogs</h6>")),
        (part("<h3>Dogs</h3><h2>Cats</h2>"), part("<h2>Dogs</h2>"), part("<h3>Dogs</h3>")),
    ),
    Fault(
        "first-heading-missing",
        (
            setting(heading="<h2>Harbour ferries</h2>"),
            setting(heading="<p><b>Harbour ferries</b></p>"),
            setting(heading=""),
        ),
        (
            setting(heading=f'<h1><img src="{PIXEL}" alt="Harbour ferries"></h1>'),
            setting(heading='<div role="heading" aria-level="1">Harbour ferries</div>'),
            setting(heading="<h1><span>Harbour</span> ferries</h1>"),
        ),
    ),
    Fault(
        "main-landmark-missing",
        (
            main_as("<div>", "</div>"),
            main_as('<section id="content">', "</section>"),
            main_as('<div class="main">', "</div>"),
        ),
        (
            main_as('<main id="content">', "</main>"),
            main_as('<div role="main" id="content">', "</div>"),
            main_as('<main id="content"><article>', "</article></main>"),
        ),
    ),
    Fault(
        "no-headings",
        (_headless("<p><b>Harbour ferries</b></p>"), _headless("<p class='h'>Ferries</p>")),
        (
            setting(heading='<p role="heading" aria-level="1">Harbour ferries</p>'),
            setting(heading="<header><h1>Harbour ferries</h1></header>"),
        ),
    ),
    Fault(
        "aria-faults",
        (
            part('<div role="checkbox" tabindex="0" aria-label="With a dog">Dog</div>'),
            part('<p role="boat">The night boat</p>'),
        ),
        (
            part('<div role="checkbox" tabindex="0" aria-checked="false">With a dog</div>'),
            part('<p role="note">The night boat</p>'),
        ),
    ),
    Fault(
        "broken-lists-and-tables",
        (part("<div><li>Dogs</li><li>Cats</li></div>"), part("<dl><p>Dogs</p><dd>Free</dd></dl>")),
        (part("<ul><li>Dogs</li><li>Cats</li></ul>"), part("<dl><dt>Dogs</dt><dd>Free</dd></dl>")),
    ),
    Fault(
        "hidden-but-focusable",
        (
            part('<div aria-hidden="true"><button>Look at dogs</button></div>'),
            part('<p aria-hidden="true"><a href="#content">To the times</a></p>'),
        ),
        (
            part('<div aria-hidden="true"><button tabindex="-1">Look at dogs</button></div>'),
            part('<p aria-hidden="true">To the times</p>'),
        ),
    ),
)
"""In the order of the catalogue."""
