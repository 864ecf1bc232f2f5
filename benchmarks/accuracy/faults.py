"""Faults to plant, each with a twin that looks like it and is sound.

A fault names the fact that must name it. `axe` says whether a rule of axe-core sees it too.
"""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.accuracy.page import Draft

Change = Callable[[Draft], None]


@dataclass(frozen=True)
class Fault:
    """One kind of fault: how it is planted, and the sound twins."""

    fact: str
    plant: tuple[Change, ...]
    sound: tuple[Change, ...]
    wcag: bool = True
    axe: bool = True


def part(html: str, style: str = "") -> Change:
    """Add a part to the main content, with its style."""

    def change(draft: Draft) -> None:
        draft.parts.append(html)
        draft.style += style

    return change


def setting(**values: str) -> Change:
    """Set parts of the page."""

    def change(draft: Draft) -> None:
        for name, value in values.items():
            setattr(draft, name, value)

    return change


def main_as(opening: str, closing: str) -> Change:
    """Wrap the content otherwise."""

    def change(draft: Draft) -> None:
        draft.main = (opening, closing)

    return change


_PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
_VIEW = '<meta name="viewport" content="width=device-width, {}">'
_SVG = '<svg width="20" height="20" aria-hidden="true"><rect width="20" height="20"/></svg>'
_STYLE_OF_FADED = "color:#1d2733;opacity:.2"

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
            part(f'<img src="{_PIXEL}" width="90" height="90">'),
            part(f'<p>By boat <img src="{_PIXEL}" width="90" height="60"></p>'),
            part('<svg role="img" width="20" height="20"><rect width="9" height="9"/></svg>'),
        ),
        (
            part(f'<img src="{_PIXEL}" alt="A ferry" width="90" height="90">'),
            part(f'<img src="{_PIXEL}" alt="" width="90" height="90">'),
            part(f'<p aria-hidden="true"><img src="{_PIXEL}" width="9" height="9"></p>'),
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
        "zoom-blocked",
        (
            setting(viewport=_VIEW.format("user-scalable=no")),
            setting(viewport=_VIEW.format("maximum-scale=1")),
            setting(viewport=_VIEW.format("maximum-scale=10, user-scalable=no")),
        ),
        (
            setting(viewport=_VIEW.format("maximum-scale=5")),
            setting(viewport=_VIEW.format("user-scalable=yes")),
            setting(viewport=_VIEW.format("initial-scale=1")),
        ),
    ),
    Fault(
        "heading-levels-skipped",
        (part("<h4>Dogs</h4><p>Are welcome.</p>"), part("<h5>Dogs</h5>"), part("<h6>Dogs</h6>")),
        (part("<h3>Dogs</h3><h2>Cats</h2>"), part("<h2>Dogs</h2>"), part("<h3>Dogs</h3>")),
        wcag=False,
    ),
    Fault(
        "first-heading-missing",
        (
            setting(heading="<h2>Harbour ferries</h2>"),
            setting(heading="<p><b>Harbour ferries</b></p>"),
            setting(heading=""),
        ),
        (
            setting(heading=f'<h1><img src="{_PIXEL}" alt="Harbour ferries"></h1>'),
            setting(heading='<div role="heading" aria-level="1">Harbour ferries</div>'),
            setting(heading="<h1><span>Harbour</span> ferries</h1>"),
        ),
        wcag=False,
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
        wcag=False,
    ),
    Fault(
        "mouse-only",
        (
            part('<div onclick="this.hidden=true">Hide this</div>'),
            part('<p><span role="button" onclick="this.hidden=true">Hide this</span></p>'),
            part('<p><a onclick="this.hidden=true">Hide this</a></p>'),
        ),
        (
            part('<p><button onclick="this.hidden=true">Hide this</button></p>'),
            part(
                '<p><span role="button" tabindex="0" onclick="this.hidden=true" '
                'onkeydown="this.hidden=true">Hide this</span></p>'
            ),
            part('<div onclick="void 0"><a href="#content">To the times</a></div>'),
        ),
        axe=False,
    ),
    Fault(
        "focus-order-jumps",
        (
            part('<p><a href="#content" tabindex="3">To the times</a></p>'),
            part('<p><button tabindex="1">Look</button></p>'),
            part('<p><button tabindex="9">Look</button></p>'),
        ),
        (
            part('<p><a href="#content" tabindex="0">To the times</a></p>'),
            part("<p><button>Look</button></p>"),
            part('<p><span tabindex="-1">Look</span></p>'),
        ),
        wcag=False,
    ),
    Fault(
        "vague-links",
        (
            part('<p><a href="#content">Click here</a></p>'),
            part('<p><a href="#content">Read more</a></p>'),
            part('<p><a href="#content">Here</a></p>'),
        ),
        (
            part('<p><a href="#content">Fares for dogs</a></p>'),
            part('<p><a href="#content" aria-label="More about fares">More</a></p>'),
            part('<p><a href="#content">Here you find us</a></p>'),
        ),
        wcag=False,
        axe=False,
    ),
    Fault(
        "dead-links",
        (
            part('<p><a href="#">Fares for dogs</a></p>'),
            part('<p><a href="#gone">Fares for dogs</a></p>'),
            part('<p><a href="">Fares for dogs</a></p>'),
        ),
        (
            part('<p><a href="#content">Fares for dogs</a></p>'),
            part('<p id="dogs"><a href="#dogs">Fares for dogs</a></p>'),
            part('<p><a href="#top">Back to the top</a></p>'),
        ),
        wcag=False,
        axe=False,
    ),
    Fault(
        "placeholder-text",
        (
            part("<p>Lorem ipsum dolor sit amet, consectetur.</p>"),
            part("<p>TODO: say what dogs pay</p>"),
            part("<p>Hello {{ first_name }}, welcome on board</p>"),
        ),
        (
            part("<p>What is undefined stays at home.</p>"),
            part("<p>The to-do list of the crew is long.</p>"),
            part("<p>Todo el mundo is welcome.</p>"),
        ),
        wcag=False,
        axe=False,
    ),
    Fault(
        "pressure-words",
        (
            part("<p>Hurry! Only 2 left at this price.</p>"),
            part("<p>Offer ends tonight. Act now!</p>"),
            part("<p>14 people are viewing this crossing.</p>"),
        ),
        (
            part("<p>Only two boats cross at night.</p>"),
            part("<p>The crew is never in a rush.</p>"),
            part("<p>You act as you like; now and then we wait.</p>"),
        ),
        wcag=False,
        axe=False,
    ),
    Fault(
        "sounds-by-itself",
        (
            part('<audio autoplay loop src="data:audio/wav,"></audio>'),
            part('<video autoplay loop src="data:video/mp4,"></video>'),
            part('<audio src="data:audio/wav," autoplay></audio>'),
        ),
        (
            part('<audio controls src="data:audio/wav,"></audio>'),
            part('<video muted controls src="data:video/mp4,"></video>'),
            part('<audio autoplay controls src="data:audio/wav,"></audio>'),
        ),
        axe=False,
    ),
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
)
"""Faults with rules that one of both observers has."""

UNSEEN_BY_AXE: tuple[Fault, ...] = (
    Fault(
        "focus-invisible",
        (
            setting(style=Draft().style + "a,button{outline:none!important}"),
            setting(style=Draft().style + "*:focus{outline:0!important;box-shadow:none}"),
            setting(style=Draft().style + ":focus-visible{outline:3px solid transparent}"),
            setting(style=Draft().style + ":focus-visible{outline:2px solid #fff}"),
        ),
        (
            setting(style=Draft().style + ":focus:not(:focus-visible){outline:none}"),
            setting(style=Draft().style + ":focus-visible{outline:0;box-shadow:0 0 0 3px #0b5394}"),
            setting(style=Draft().style + ":focus-visible{outline:0;background:#ffdd00}"),
            setting(style=Draft().style + "a:focus-visible{outline:0;border:3px solid #c00}"),
        ),
        axe=False,
    ),
    Fault(
        "no-reflow",
        (
            part('<div class="w">A wide table of times</div>', ".w{width:900px}"),
            setting(style=Draft().style + "main{min-width:720px}"),
            part('<div class="w">Times</div>', ".w{min-width:640px;border:1px solid}"),
            setting(style=Draft().style + "body{width:1100px}"),
        ),
        (
            part('<div class="w">A wide table</div>', ".w{width:900px;max-width:100%}"),
            setting(style=Draft().style + "@media(min-width:800px){main{min-width:720px}}"),
            part('<div class="w">Times</div>', ".w{min-width:min(640px,100%);border:1px solid}"),
            part('<div class="w">Times</div>', ".w{width:100%;box-sizing:border-box;padding:9px}"),
        ),
        axe=False,
    ),
    Fault(
        "low-contrast",
        (
            part(f'<p style="{_STYLE_OF_FADED}">The night boat costs more than by day.</p>'),
            part(f'<div style="{_STYLE_OF_FADED}"><p>The night boat costs more.</p></div>'),
            part('<p class="o">The night boat costs more.</p>', ".o{opacity:.25}"),
            part('<p class="o">The night boat costs more.</p>', ".o{filter:opacity(20%)}"),
        ),
        (
            part('<p style="opacity:.95">The night boat costs more than by day.</p>'),
            part('<p style="color:#000;opacity:.8">The night boat costs more.</p>'),
            part('<div style="opacity:1"><p>The night boat costs more.</p></div>'),
            part('<p class="o">The night boat costs more.</p>', ".o{filter:opacity(100%)}"),
        ),
        axe=False,
    ),
    Fault(
        "keyboard-trap",
        (
            part(
                '<label>Email <input id="t"></label><script>t.onkeydown=e=>{'
                'if(e.key=="Tab")e.preventDefault()}</script>'
            ),
            part(
                '<label>Email <input id="t"></label><script>t.onblur=()=>'
                "setTimeout(()=>t.focus())</script>"
            ),
            part(
                '<p><button id="a">One</button><button id="b">Two</button></p><script>'
                'b.onkeydown=e=>{if(e.key=="Tab"){e.preventDefault();a.focus()}}</script>'
            ),
            part(
                '<p><button id="a">One</button></p><script>document.addEventListener("keydown",'
                'e=>{if(e.key=="Tab"&&document.activeElement==a)e.preventDefault()})</script>'
            ),
        ),
        (
            part(
                '<label>Email <input id="t"></label><script>t.onkeydown=e=>{'
                'if(e.key=="Enter")e.preventDefault()}</script>'
            ),
            part(
                '<label>Email <input id="t"></label><script>t.onblur=()=>'
                "t.value=t.value.trim()</script>"
            ),
            part('<p><button id="a">One</button><button id="b">Two</button></p>'),
            part('<p><textarea aria-label="Words to the crew"></textarea></p>'),
        ),
        axe=False,
    ),
    Fault(
        "moves-unstoppably",
        (
            part(
                '<p class="m">Now boarding</p>',
                "@keyframes m{to{transform:translateX(90px)}}.m{animation:m 1s infinite alternate}",
            ),
            part(
                '<p class="m">Now boarding</p>',
                "@keyframes m{50%{opacity:.5}}.m{animation:m 2s linear infinite}",
            ),
            part(
                '<div class="m">Now boarding</div>',
                "@keyframes m{to{margin-left:60px}}.m{animation:m 3s infinite}",
            ),
            part(
                '<p class="m">Now boarding</p>',
                "@keyframes m{to{transform:rotate(9deg)}}.m{animation:m 4s 30 alternate}",
            ),
        ),
        (
            part(
                '<p class="m">Now boarding</p>',
                "@keyframes m{to{transform:translateX(9px)}}.m{animation:m 1s 2 alternate}",
            ),
            part(
                '<p class="m">Now boarding</p>',
                "@keyframes m{to{opacity:1}}.m{animation:m .4s}",
            ),
            part('<p class="m">Now boarding</p>', ".m{transition:transform 9s}"),
            part(
                '<p class="m">Now boarding</p>',
                "@keyframes m{to{margin-left:9px}}.m{animation:m 9s infinite paused}",
            ),
        ),
        axe=False,
    ),
)
"""Faults that no rule of axe-core sees: focus, reflow, opacity, traps, movement."""
