"""What a visit says of pages with known faults, and of their twins without."""

import pytest

from autousers.engine.browser.events import Kept, Order, Step, VisitFailed
from autousers.engine.browser.running import tree
from autousers.engine.protocol import RunStopped
from autousers.observation.facts import Box, Conditions
from tests.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.any_database]

TEXT = "<h1>Tickets</h1><p>" + "These are plain words about tickets. " * 8 + "</p>"


def value(seen, fact_id):
    fact = seen.fact(fact_id)
    return None if fact is None else fact.value


def test_a_sound_page_has_no_faults_and_every_step_is_told_with_pictures(look):
    heard = []
    seen = look(
        "<meta name=viewport content='width=device-width'><meta name=description content=x>"
        f"<main>{TEXT}<a href=/terms>Terms and conditions</a> <a href=/contact>Contact us</a>"
        "<form><label>Your name <input name=name autocomplete=name></label>"
        "<button>Send it</button></form></main>",
        heard,
        keyboard=True,
    )
    faults = {one.id: one.value for one in seen.facts if one.value and one.id in _FAULTS}
    assert faults == {}
    assert seen.walls == ()
    assert [each.step for each in heard if isinstance(each, Step)] == [
        "navigating", "looking", "scrolling", "inspecting", "walking", "walking", "resizing",
    ]  # fmt: skip
    kept = {each.name: each for each in heard if isinstance(each, Kept)}
    assert kept["first-screen.jpg"].content.startswith(b"\xff\xd8")
    assert {one.artifact for one in seen.pictures} == {*kept} - {"facts.json"}
    parts = {one.artifact: one.part for one in seen.pictures}
    assert parts["first-screen.jpg"] == Box(0, 0, 1280, 800)
    assert parts["page.jpg"].width == 1280
    assert seen.fact("focus-invisible").of == 4
    assert seen.fact("fields-without-label").of == 1


_FAULTS = (
    "low-contrast", "fields-without-label", "controls-without-name", "focus-invisible",
    "focus-obscured", "keyboard-trap", "focus-order-jumps", "mouse-only", "no-reflow",
    "wider-than-window", "cut-when-zoomed", "cut-when-spaced", "moves-unstoppably", "broken-parts",
    "script-errors", "covered-texts", "zoom-blocked", "dead-links", "vague-links", "no-contact",
    "no-privacy-link", "placeholder-text", "small-text",
)  # fmt: skip


def test_the_faults_of_names_and_looks_are_found_with_their_places(look):
    seen = look(
        "<meta name=viewport content='width=device-width, user-scalable=no'>"
        f"<main>{TEXT}<p id=faint style='opacity:.2'>These words are too faint to read.</p>"
        "<p style='font-size:9px'>Small print.</p><input placeholder='Your name'>"
        "<button><svg width=20 height=20></svg></button><img src=/gone.png>"
        "<a href='#'>Click here</a><p>Lorem ipsum dolor sit amet.</p>"
        "<div style='width:900px'>A wide row of words that does not wrap at all, in one line.</div>"
        "<div onclick='x()' style='cursor:pointer'>Open</div></main>"
        "<script>setTimeout(() => { throw new Error('broken') })</script>"
    )
    found = {one.id: one.value for one in seen.facts if one.value}
    assert found["low-contrast"] == 1
    assert seen.fact("low-contrast").places[0].selector.endswith("#faint")
    assert found["small-text"] == 1
    assert found["fields-without-label"] == 1
    assert found["controls-without-name"] == 1
    assert found["images-without-alternative"] == 1
    assert found["zoom-blocked"] == 1
    assert found["broken-parts"] == 1
    assert found["script-errors"] == 1
    assert found["dead-links"] == 1
    assert found["vague-links"] == 1
    assert found["placeholder-text"] >= 1
    assert found["no-reflow"] > 500
    assert found["mouse-only"] == 1
    assert seen.fact("no-reflow").places[0].box.width == 900


@pytest.mark.parametrize(
    ("style", "invisible"),
    [
        ("", 0),
        ("a, button { outline: none }", 2),
        (":focus:not(:focus-visible) { outline: none }", 0),
        ("a, button { outline: none } :focus { box-shadow: 0 0 0 3px #06c }", 0),
        ("a, button { outline: none } :focus { box-shadow: 0 0 0 3px #fff }", 2),
        ("a, button { outline: none } :focus::after { content: '*' }", 0),
    ],
)
def test_whether_the_focus_can_be_seen(look, style, invisible):
    seen = look(
        f"<style>{style}</style><main>{TEXT}<a href=/a>On</a> <button>Go</button></main>",
        keyboard=True,
    )
    fact = seen.fact("focus-invisible")
    assert (fact.value, fact.of) == (invisible, 2)


def test_a_trap_is_met_and_an_open_dialog_is_none(look):
    trap = "<textarea aria-label=t onkeydown='event.preventDefault()'></textarea>"
    assert value(look(f"{TEXT}{trap}<a href=/a>After</a>", keyboard=True), "keyboard-trap") == 1
    parts = "<input type=date aria-label=d><video controls src=/v></video>"
    assert value(look(f"{TEXT}{parts}<a href=/a>After</a>", keyboard=True), "keyboard-trap") == 0
    dialog = "<dialog id=d><button>One</button><button>Two</button></dialog>"
    opened = look(f"{TEXT}<a href=/a>On</a>{dialog}<script>d.showModal()</script>", keyboard=True)
    assert value(opened, "keyboard-trap") == 0
    assert [wall.kind for wall in opened.walls] == ["dialog"]


def test_what_moves_and_what_stops_for_those_who_asked(look):
    moving = "@keyframes m { to { transform: rotate(1turn) } } b { animation: m 2s infinite }"
    body = f"<main>{TEXT}<b style='display:inline-block'>Turning</b></main>"
    seen = look(f"<style>{moving}</style>{body}")
    assert value(seen, "moves-unstoppably") == 1
    kept = look(f"<style>{moving}</style>{body}", motion="reduced")
    assert value(kept, "motion-not-reduced") == 1
    stops = "@media (prefers-reduced-motion) { b { animation: none } }"
    assert value(look(f"<style>{moving}{stops}</style>{body}", motion="reduced"),
                 "motion-not-reduced") == 0  # fmt: skip


def test_conditions_reach_the_page(look):
    script = (
        "<p id=p></p><script>p.textContent = [innerWidth, navigator.maxTouchPoints > 0,"
        "matchMedia('(prefers-color-scheme: dark)').matches, navigator.language].join(' ')</script>"
    )
    head = "<meta name=viewport content='width=device-width'>"
    seen = look(head + script, width=390, height=844, touch=True, colour_scheme="dark")
    assert "390 true true en" in seen.words
    assert value(seen, "dark-scheme-ignored") == 1
    assert seen.fact("focus-invisible") is None
    zoomed = look(head + script, zoom=2.0)
    assert "640 false false en" in zoomed.words


def test_words_of_any_language_are_counted(look):
    assert value(look("<p lang=zh>今天天气很好。我们去公园散步吧。</p>"), "words") == 8
    assert value(look("<p>one two three</p>"), "words") == 3


def test_other_hosts_and_cookies_are_told_apart_from_the_page_s_own(host, site):
    def page(asked):
        asked.reply(
            200,
            f"<title>A</title><p>words<img alt='' src={site.url('/i.png', 'site.example')}>",
            Set_Cookie="tracker=1; Max-Age=9999",
        )

    seen = host.visit(Order(site.page("/", page), Conditions()), lambda _: None)
    assert [place.selector for place in seen.fact("third-party-hosts").places] == ["site.example"]
    assert [place.text for place in seen.fact("cookies-before-consent").places] == ["tracker"]


def test_walls_are_told(look, host, site):
    consent = (
        "<div style='position:fixed;inset:40% 0 0;background:#fff'>We use cookies. <button>Accept"
        f"</button></div><main>{TEXT}</main>"
    )
    seen = look(consent)
    assert [(wall.kind, wall.blocks) for wall in seen.walls] == [("consent", False)]
    assert value(seen, "covers-first-screen") == 60
    assert look("").blocked_by.kind == "empty"
    site.page("/account/login", "<title>x</title><label>Password <input type=password></label>")
    moved = site.page("/home", lambda asked: asked.reply(302, "", Location="/account/login"))
    assert host.visit(Order(moved, Conditions()), lambda _: None).blocked_by.kind == "login"
    robot = site.page(
        "/r", lambda asked: asked.reply(403, "<title>Just a moment...</title><p>Checking</p>")
    )
    assert host.visit(Order(robot, Conditions()), lambda _: None).blocked_by.kind == "bot"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/nothing", "HTTP 404."),
        ("/pdf", "The address leads to application/pdf, not to a page."),
        ("/broken", "HTTP 500 after 3 tries."),
    ],
)
def test_a_design_that_cannot_be_seen_fails_with_the_reason(host, site, path, reason):
    site.page("/pdf", lambda asked: asked.reply(200, "%PDF", "application/pdf"))
    site.page("/broken", lambda asked: asked.reply(500, "<p>Oh"))
    try:
        wall = host.visit(Order(site.url(path), Conditions()), lambda _: None).blocked_by
        ended = wall.text if wall else ""
    except VisitFailed as failed:
        ended = str(failed)
    assert ended == reason


def test_a_visit_that_is_stopped_leaves_nothing_and_the_next_one_works(host, site):
    page = site.page("/", f"<title>A</title>{TEXT}")
    before = []

    def stop(event):
        before.extend(host.pids)
        raise RunStopped

    with pytest.raises(RunStopped):
        host.visit(Order(page, Conditions()), stop)
    assert before
    # A killed process takes a moment to be gone.
    assert wait_for(lambda: not any(map(tree.is_alive, before)))
    assert host.visit(Order(page, Conditions()), lambda _: None).fact("words")


def test_the_picture_of_the_page_shows_what_is_below_the_first_screen(look):
    heard = []
    seen = look(f"{TEXT}<div style='height:3000px'></div><input id=low>", heard)
    place = seen.fact("fields-without-label").places[0]
    by_name = {one.artifact: one.part for one in seen.pictures}
    kept = {each.name: each for each in heard if isinstance(each, Kept)}
    assert place.box.y > 800
    assert by_name["page.jpg"].height > place.box.y + place.box.height
    assert 0 < by_name["marked-unlabelled.jpg"].y < place.box.y
    width, height = _size(kept["page.jpg"].content)
    assert (width, height) == (by_name["page.jpg"].width, by_name["page.jpg"].height)


def _size(jpeg):
    """Width and height of a JPEG, from its first frame header."""
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return int.from_bytes(jpeg[at + 7 : at + 9]), int.from_bytes(jpeg[at + 5 : at + 7])
