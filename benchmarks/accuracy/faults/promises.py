"""Faults that cost trust: promises, ways to get help, parts that are broken, consent."""

from benchmarks.accuracy.faults.planting import Fault, added, part, without

_PRIVACY = '<a href="#privacy">Privacy policy</a> '
_CREW = '<a href="mailto:crew@ferries.example">Email the crew</a> '
_LID = "position:fixed;inset:{};background:#ffffff;border:1px solid;padding:9px"

FAULTS: tuple[Fault, ...] = (
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
    ),
    Fault(
        "no-privacy-link",
        (without("footer", _PRIVACY), without("footer", _PRIVACY)),
        (
            part('<p><a href="#content">Terms of carriage</a></p>'),
            part('<p><a href="/returns">Returns and refunds</a></p>'),
        ),
    ),
    Fault(
        "no-contact",
        (without("footer", _CREW), without("footer", _CREW)),
        (
            part('<p><a href="tel:+4712345678">12 34 56 78</a></p>'),
            part('<p><a href="/contact">Contact</a></p>'),
        ),
    ),
    Fault(
        "broken-parts",
        (
            part('<img src="/gone.png" alt="A ferry" width="90" height="60">'),
            part('<img src="/a.png" alt="A"><img src="/b.png" alt="B"><img src="/c.png" alt="C">'),
        ),
        (
            part('<img src="data:," alt="A ferry" width="90" height="60">'),
            part("<p>Nothing is broken here.</p>"),
        ),
    ),
    Fault(
        "script-errors",
        (
            part("<script>unknown.call()</script>"),
            part("<script>for(let i=0;i<6;i++)setTimeout(()=>{throw new Error(i)})</script>"),
        ),
        (
            part("<script>try{unknown.call()}catch{}</script>"),
            part("<script>console.warn('no error')</script>"),
        ),
    ),
    Fault(
        "cookies-before-consent",
        (
            part('<script>document.cookie="seen=1;max-age=9999999"</script>'),
            part(
                '<script>for(const c of "abcdefghijkl")document.cookie=c+"=1;max-age=9999"</script>'
            ),
        ),
        (
            part('<script>document.cookie="session=1"</script>'),
            part("<script>localStorage.seen=1</script>"),
        ),
    ),
    Fault(
        "covers-first-screen",
        (
            added("before", f'<div role="dialog" aria-label="News" style="{_LID.format("50% 0 0")}"'
                            "><p>News by mail</p><button>Close</button></div>"),
            added("before", f'<div role="dialog" aria-label="News" style="{_LID.format("9% 2%")}"'
                            "><p>News by mail</p><button>Close</button></div>"),
        ),
        (
            added("before", f'<div style="{_LID.format("auto 0 0 70%")}">A note</div>'),
            added("before", f'<div hidden role="dialog" style="{_LID.format("0")}">News</div>'),
        ),
    ),
)  # fmt: skip
"""In the order of the documentation."""
