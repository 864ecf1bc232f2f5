"""Faults of operating a page."""

from benchmarks.accuracy.faults.planting import Fault, added, part, setting

_VIEW = '<meta name="viewport" content="width=device-width, {}">'

FAULTS: tuple[Fault, ...] = (
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
    ),
    Fault(
        "small-targets",
        (
            part(
                '<p><button class="t" aria-label="Up"></button><button class="t" '
                'aria-label="Down"></button></p>',
                ".t{min-width:0;min-height:0;width:14px;height:14px;padding:0;margin:0}",
            ),
            part(
                '<p class="d"><a href="#content" aria-label="One"></a><a href="#content" '
                'aria-label="Two"></a><a href="#content" aria-label="Three"></a></p>',
                ".d{line-height:0}.d a{display:inline-block;width:9px;height:9px;"
                "background:#0b5394}",
            ),
        ),
        (
            part(
                '<p><button class="t" aria-label="Up"></button></p>',
                ".t{min-width:0;min-height:0;width:26px;height:26px;padding:0}",
            ),
            part('<p>The <a href="#content">times</a> and <a href="#content">more times</a></p>'),
        ),
    ),
    Fault(
        "wider-than-window",
        (
            part('<div class="ww">A wide table of times</div>', ".ww{width:1500px}"),
            part('<div class="ww"><p>Times</p></div>', ".ww{min-width:1700px;border:1px solid}"),
        ),
        (
            part('<div class="ww">A table of times</div>', ".ww{width:1500px;max-width:100%}"),
            part('<div class="ww"><p>Times</p></div>', ".ww{min-width:100%;overflow:auto}"),
        ),
    ),
    Fault(
        "reloads-by-itself",
        (
            added("head", '<meta http-equiv="refresh" content="60">'),
            added("head", '<meta http-equiv="refresh" content="300; url=#content">'),
        ),
        (added("head", '<meta name="refresh" content="60">'), part("<p>Reload it yourself.</p>")),
    ),
    Fault(
        "fields-without-autocomplete",
        (
            part('<label for="e">Email</label><input id="e" type="email" name="email">'),
            part('<label for="f">Phone</label><input id="f" type="tel" name="phone">'),
        ),
        (
            part('<label for="e">Email</label><input id="e" type="email" autocomplete="email">'),
            part('<label for="g">Boat</label><input id="g" name="boat">'),
        ),
    ),
)
"""In the order of the catalogue."""
