"""What a browser says of pieces with a known right verdict."""

import pytest

from autousers.engine.browser.events import Order
from autousers.observation.facts import Conditions
from tests.autousers.engine import cases

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.any_database]

TEXT = cases.TEXT * 3


@pytest.fixture
def see(host, site):
    def see(source):
        return host.visit(Order(site.page("/", source), Conditions(keyboard=True)), lambda _: None)

    return see


def named(seen, wanted):
    """How often each fact was named; None where it was not measured."""
    return {name: (fact.value if (fact := seen.fact(name)) else None) for name in wanted}


@pytest.mark.parametrize("kind", ["names", "contrast", "focus"])
@pytest.mark.parametrize("verdict", ["faulty", "sound"])
def test_every_fault_is_named_and_nothing_sound_is_accused(see, kind, verdict):
    shown = cases.pieces(f"{kind}-{verdict}")

    seen = see(cases.page(*shown))

    wanted = cases.expected(shown)
    accused = {p.selector for name in wanted for p in (seen.fact(name) or _NOTHING).places}
    assert named(seen, wanted) == wanted, sorted(accused)


class _NOTHING:
    places = ()


@pytest.mark.parametrize("piece", list(cases.every("trap")), ids=lambda one: one.name)
def test_a_trap_is_what_keeps_the_focus_for_good(see, piece):
    seen = see(cases.page(piece))

    assert named(seen, [piece.fact]) == cases.expected([piece])


def whole(body, root="lang=en", head="<title>Boats</title>"):
    return (
        f"<!doctype html><html {root}>{head}<meta name=viewport content=width=device-width>{body}"
    )


CHINESE = "我们公司成立于二零一零年主要从事家具的设计"
PARTS = f"<h1>Boats</h1><p>{TEXT * 2}</p>"
PAGES = {
    "no spaces": (whole(f"<p>{CHINESE * 5}", "lang=zh"), {"words": 70, "long-sentences": None}),
    "unknown language": (whole("<p>Lautta lähtee kuudelta.", "lang=fi"), {"no-contact": None}),
    "wide table": (
        whole(f"<p>{TEXT}<table><tr>{'<td>Many words here</td>' * 12}</table>"),
        {"no-reflow": 0, "words": 72},
    ),
    "closed shadow roots": (
        whole(
            "<main><x-page></x-page></main><script>customElements.define('x-page',class extends "
            "HTMLElement{constructor(){super();"
            f"this.attachShadow({{mode:'closed'}}).innerHTML='{PARTS}'}}}})</script>"
        ),
        {"no-headings": 0, "words": 73},
    ),
    "open shadow roots": (
        whole(
            "<main><x-page></x-page></main><script>customElements.define('x-page',class extends "
            "HTMLElement{constructor(){super();"
            f"this.attachShadow({{mode:'open'}}).innerHTML='{PARTS}'}}}})</script>"
        ),
        {"no-headings": 0, "words": 73},
    ),
    "made late by a script": (
        whole(
            "<div id=app></div><script>setTimeout(()=>{"
            f"app.innerHTML='<main>{PARTS}</main>'}},1200)</script>"
        ),
        {"words": 73},
    ),
    "dark by itself": (
        whole(
            f"<main>{PARTS}<a href=/fares>Fares of boats</a></main>",
            "lang=en style='color-scheme:dark'",
        ),
        {"low-contrast": 0},
    ),
    "covered by nothing that shows": (
        whole(
            "<style>.card{position:relative}.card a::after{content:'';position:absolute;inset:0}"
            f"</style><div class=card><h2><a href=/anna>Anna</a></h2><p>{TEXT}</p></div>"
            "<x-part></x-part><script>customElements.define('x-part',class extends HTMLElement{"
            "constructor(){super();this.attachShadow({mode:'open'}).innerHTML="
            f"'<p>{TEXT}</p>'}}}})</script>"
        ),
        {"covered-texts": 0},
    ),
    "moved by a script": (
        whole(
            f"<p id=j style='position:relative'>{TEXT}</p><script>let x=0;setInterval(()=>"
            "{j.style.left=(x=(x+2)%200)+'px'},30)</script>"
        ),
        {"moves-unstoppably": 1},
    ),
    "clicks heard by the document": (
        whole("<a href=#>Menu</a><script>document.addEventListener('click',()=>1)</script>"),
        {"dead-links": None},
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_of_the_page_as_a_whole(see, name):
    source, wanted = PAGES[name]

    assert named(see(source), wanted) == wanted
