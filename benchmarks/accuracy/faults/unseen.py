"""Faults that no rule of axe-core sees: focus, reflow, opacity, traps, movement."""

from benchmarks.accuracy.faults.planting import Fault, part, setting
from benchmarks.accuracy.page import Draft

_STYLE_OF_FADED = "color:#1d2733;opacity:.2"

FAULTS: tuple[Fault, ...] = (
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
    ),
)
"""In the order of the catalogue."""
