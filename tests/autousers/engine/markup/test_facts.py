"""What markup settles of a page, and what it leaves open."""

import pytest

from autousers.engine.markup.observer import CUT, NEEDS_EYES, observe
from autousers.observation.facts import Conditions

PLAIN = "<p>" + "The next boat leaves at six and takes you across the harbour. " * 8


def look(source, *, address="https://kiosk.example/", design="https://kiosk.example/"):
    return observe(source, design=design, address=address, conditions=Conditions())


def value(source, fact_id, **options):
    """The value of a fact, and of how many; None when it was not measured."""
    fact = look(source, **options).fact(fact_id)
    return fact and (fact.value if fact.of is None else (fact.value, fact.of))


HEAD = "<!doctype html><html lang=en><meta name=viewport content=width=9><title>Boats</title>"

CASES = {
    # fields
    "label for": ("<label for=a>Name</label><input id=a>", "fields-without-label", (0, 1)),
    "label around": ("<label>Name <input></label>", "fields-without-label", (0, 1)),
    "aria-label": ("<input aria-label=Name>", "fields-without-label", (0, 1)),
    "labelledby": ("<b id=n>Name</b><input aria-labelledby=n>", "fields-without-label", (0, 1)),
    "labelledby nothing": ("<input aria-labelledby=n>", "fields-without-label", (1, 1)),
    "title": ("<input title=Name>", "fields-without-label", (0, 1)),
    "placeholder": ("<input placeholder=Name>", "fields-without-label", (1, 1)),
    "empty label": ("<label for=a> </label><input id=a>", "fields-without-label", (1, 1)),
    "hidden field": ("<input type=hidden><p hidden><input>", "fields-without-label", (0, 0)),
    "unheard field": ("<p aria-hidden=true><input>", "fields-without-label", (0, 0)),
    "field in a template": ("<template><input></template>", "fields-without-label", (0, 0)),
    # pictures
    "no alt": ("<img src=a.png>", "images-without-alternative", (1, 1)),
    "empty alt": ("<img alt='' src=a.png>", "images-without-alternative", (0, 1)),
    "presentation": ("<img role=presentation src=a.png>", "images-without-alternative", (0, 0)),
    "unheard picture": ("<img aria-hidden=true src=a>", "images-without-alternative", (0, 0)),
    "picture in noscript": ("<noscript><img src=a></noscript>",
        "images-without-alternative", (0, 0)),
    "drawing": ("<svg role=img></svg>", "images-without-alternative", (1, 1)),
    "titled drawing": ("<svg role=img><title>A</title></svg>",
        "images-without-alternative", (0, 1)),
    "picture button": ("<input type=image src=a alt=Go>", "images-without-alternative", (0, 1)),
    # links and buttons
    "empty button": ("<button></button>", "controls-without-name", (1, 1)),
    "submit by default": ("<input type=submit><input type=reset>", "controls-without-name", (0, 2)),
    "button by value": ("<input type=button value=Go>", "controls-without-name", (0, 1)),
    "button without value": ("<input type=button>", "controls-without-name", (1, 1)),
    "named drawing": (
        "<button><svg aria-label=Close></svg></button>", "controls-without-name", (0, 1),
    ),
    "titled drawing in a link": (
        "<a href=/><svg><title>Home</title></svg></a>", "controls-without-name", (0, 1),
    ),
    "unheard icon": (
        "<a href=/><i aria-hidden=true>x</i></a>", "controls-without-name", (1, 1),
    ),
    "picture with alt": ("<a href=/><img alt=Home></a>", "controls-without-name", (0, 1)),
    "picture without words": ("<a href=/><img alt=''></a>", "controls-without-name", (1, 1)),
    "made by a script": ("<button><my-icon></my-icon></button>", "controls-without-name", (0, 0)),
    "labelled button": ("<label>Go<button></button></label>", "controls-without-name", (0, 1)),
    # frames
    "frame": ("<iframe src=x></iframe>", "frames-without-title", (1, 1)),
    "titled frame": ("<iframe title=Map src=x></iframe>", "frames-without-title", (0, 1)),
    # headings and landmarks
    "picture as heading": ("<h1><img alt=Boats></h1>", "first-heading-missing", 0),
    "no first level": ("<h2>Boats</h2>", "first-heading-missing", 1),
    "skipped": ("<h1>A</h1><h3>B</h3><h2>C</h2>", "heading-levels-skipped", (1, 3)),
    "heading by role": ("<p role=heading aria-level=1>A</p>", "first-heading-missing", 0),
    "no headings": ("", "no-headings", 1),
    "a heading": ("<h2>A</h2>", "no-headings", 0),
    "main": ("<main>x</main>", "main-landmark-missing", 0),
    "main by role": ("<div role=main>x</div>", "main-landmark-missing", 0),
    "no main": ("", "main-landmark-missing", 1),
    # keyboard
    "tabindex": ("<a href=/ tabindex=3>x</a><a href=/>y</a>", "focus-order-jumps", (1, 2)),
    "click": ("<div onclick=x()>x</div>", "mouse-only", (1, 1)),
    "click around a link": ("<div onclick=x()><a href=/>x</a></div>", "mouse-only", (0, 1)),
    "role button": ("<span role=button>x</span>", "mouse-only", (1, 1)),
    "reachable": ("<span role=button tabindex=0>x</span>", "mouse-only", (0, 1)),
    "many stops": ("<a href=/>x</a>" * 9 + "<main>x</main>", "stops-before-content", 9),
    "skip link": (
        "<a href=#m>x</a>" + "<a href=/>x</a>" * 9 + "<main id=m>x</main>",
        "stops-before-content",
        0,
    ),
    # movement
    "muted loop": ("<video autoplay muted loop></video>", "moves-unstoppably", (1, 1)),
    "with controls": ("<video autoplay muted loop controls></video>", "moves-unstoppably", None),
    "no loop, no length": ("<video autoplay muted></video>", "moves-unstoppably", None),
    "marquee": ("<marquee>x</marquee>", "moves-unstoppably", (1, 1)),
    "sound": ("<audio autoplay></audio>", "sounds-by-itself", (1, 1)),
    # words
    "vague": ("<a href=/a>Click here</a><a href=/b>Fares</a>", "vague-links", (1, 2)),
    "dead": ("<a href=#>A</a><a href=#gone>B</a><a href=#top>C</a>", "dead-links", (2, 3)),
    "route of an app": ("<a href=#/fares>A</a>", "dead-links", (0, 1)),
    "named place": ("<a href=#b>A</a><a name=b>B</a>", "dead-links", (0, 1)),
    "draft": ("<p>Lorem ipsum dolor", "placeholder-text", 1),
    "note": ("<p>TODO: prices", "placeholder-text", 1),
    "undefined as a value": ("<b>undefined</b>", "placeholder-text", 1),
    "undefined as a word": ("<p>This is undefined behaviour.", "placeholder-text", 0),
    "hurry": ("<p>Hurry! Only 2 left", "pressure-words", 2),
    "privacy": ("<a href=/p>Privacy policy</a>", "no-privacy-link", 0),
    "contact": ("<a href=mailto:a@b.example>Ann</a>", "no-contact", 0),
    "no contact": ("", "no-contact", 1),
    "autocomplete": ("<input type=email>", "fields-without-autocomplete", (1, 1)),
    "outdated": ("<font color=red>x</font><center>y</center>", "outdated-elements", 2),
}  # fmt: skip


@pytest.mark.any_database
class TestFacts:
    @pytest.mark.parametrize("name", CASES)
    def test_it_is_measured_rightly(self, name):
        body, fact_id, expected = CASES[name]

        assert value(f"{HEAD}<body>{PLAIN}{body}", fact_id) == expected

    @pytest.mark.parametrize(
        ("source", "fact_id", "expected"),
        [
            ("<html lang=en-GB>", "page-language-missing", 0),
            ("<html lang=english>", "page-language-missing", 1),
            ("<title>Boats</title>", "title-missing", 0),
            ("<svg><title>Drawing</title></svg>", "title-missing", 1),
            ("<meta name=viewport content='width=device-width'>", "zoom-blocked", 0),
            ("<meta name=viewport content='maximum-scale=10,user-scalable=no'>", "zoom-blocked", 1),
            ("<meta name=viewport content='maximum-scale=1'>", "zoom-blocked", 1),
            ("<meta name=viewport content='maximum-scale=...'>", "zoom-blocked", 0),
            ("<meta name=viewport content='width=device-width'>", "no-small-window-setting", 0),
            ("<p>x", "no-small-window-setting", 1),
            ("<meta name=description content=Boats>", "no-description", 0),
            ("<meta http-equiv=refresh content=30>", "reloads-by-itself", 1),
        ],
    )
    def test_of_the_page_as_a_whole(self, source, fact_id, expected):
        assert value(source, fact_id) == expected

    def test_a_fault_has_its_place(self):
        (place,) = look(f"{PLAIN}<input name=mail>").fact("fields-without-label").places

        assert place.selector.endswith("input")
        assert place.text == "mail"


@pytest.mark.any_database
class TestImpliedElements:
    @pytest.mark.parametrize("tag", ["div", "main", "section", "my-app"])
    @pytest.mark.parametrize("head", ["<title>x</title>", "<head><title>x</title></head>"])
    def test_head_and_body_may_be_left_out(self, head, tag):
        seen = look(f"<!doctype html>{head}<{tag}><h1>Boats</h1>{PLAIN}</{tag}>")

        assert seen.fact("words").value == 97
        assert seen.fact("first-heading-missing").value == 0

    def test_text_behind_450_levels_is_read(self):
        assert look("<div>" * 450 + PLAIN).fact("words").value == 96


@pytest.mark.any_database
class TestLanguages:
    CHINESE = "<html lang=zh><title>x</title><p>" + "下一班渡轮六点开带您过港。" * 14

    def test_words_without_spaces_are_not_counted_and_not_held_against_it(self):
        seen = look(self.CHINESE)

        assert seen.fact("words") is None
        assert seen.not_measured["words"] == "this script has no spaces between words"
        assert seen.blocked_by is None

    def test_a_spanish_todo_is_a_word(self):
        assert value("<html lang=es><h1>TODO</h1><p>TODO incluido", "placeholder-text") == 0

    def test_english_measures_are_left_out_elsewhere(self):
        seen = look("<html lang=fi><p>" + "Lautta lähtee kuudelta ja vie sinut sataman yli. " * 9)

        assert seen.fact("pressure-words") is None
        assert seen.fact("no-contact") is None
        assert seen.not_measured["hard-to-read"] == "it is measured in English only"


@pytest.mark.any_database
class TestNotMeasured:
    @pytest.mark.parametrize(
        "fact_id", ["low-contrast", "focus-invisible", "small-targets", "no-reflow", "page-weight"]
    )
    @pytest.mark.parametrize(
        "style",
        ["p{color:#ddd}", ":focus{outline:0}", "p{opacity:.2}", "@import 'gone.css';"],
    )
    def test_what_styles_decide_is_left_out_with_the_reason(self, fact_id, style):
        seen = look(f"<style>{style}</style>{PLAIN}<a href=/>x</a>")

        assert seen.fact(fact_id) is None
        assert seen.not_measured[fact_id] == NEEDS_EYES

    def test_of_a_page_that_is_too_large_everything_is_in_part(self):
        seen = look("<p>x" * 70_000)

        assert seen.not_measured["fields-without-label"] == CUT


@pytest.mark.any_database
class TestWalls:
    def test_a_page_made_by_scripts_cannot_be_seen(self):
        wall = look("<div id=app></div><script src=app.js></script>").blocked_by

        assert wall.kind == "scripts"
        assert "no browser ran them" in wall.text

    def test_a_page_with_words_and_scripts_can(self):
        assert look(f"{PLAIN}<script src=app.js></script>").blocked_by is None

    def test_nothing_at_all_is_empty(self):
        assert look("").blocked_by.kind == "empty"

    def test_few_words_are_a_page(self):
        assert look("<h1>Closed</h1>").blocked_by is None

    def test_a_login_in_place_of_the_design(self):
        source = f"{PLAIN}<input type=password>"

        assert look(source, address="https://kiosk.example/login").blocked_by.kind == "login"
        assert look(source, address="https://kiosk.example/").blocked_by is None

    def test_a_page_for_robots(self):
        assert look("<title>Just a moment...</title><p>Checking").blocked_by.kind == "bot"


@pytest.mark.any_database
class TestEncryption:
    def test_of_a_page_of_this_machine_nothing_is_said(self):
        assert value(PLAIN, "not-encrypted", address="http://127.0.0.1:8000/") is None

    def test_secrets_sent_in_the_clear(self):
        source = f"{PLAIN}<input type=password>"

        assert value(source, "secrets-not-encrypted", address="http://kiosk.example/") == 1
        assert value(source, "secrets-not-encrypted") == 0
        assert value(source, "not-encrypted") == 0
