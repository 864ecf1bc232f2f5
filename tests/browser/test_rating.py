"""People rate in Chromium: on a phone, by the keyboard alone, and beside a design that attacks."""

import re

import pytest

from ratings.models import Rating, RatingDraft
from tests.browser.axe import violations
from tests.hostile import Hostile, answer, answering
from tests.ratings.rating import create
from tests.ratings.reviews.rater import link_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUSED = "document.activeElement.textContent.trim() || document.activeElement.name"

HTML = "Content-Type: text/html; charset=utf-8"
DESIGN = b"<!doctype html><html lang=en><title>Kiosk</title><h1>Ticket kiosk</h1><button>Buy"

#: What the design tries with the page around it. It writes what succeeded into its own title.
ATTACK = b"""<!doctype html><html lang=en><title>nothing</title><h1>Design</h1><script>
const won = [];
const attempt = (name, act) => { try { if (act() !== null) won.push(name); } catch {} };
attempt("read the page", () => parent.document.body.innerHTML);
attempt("change the page", () => { parent.document.title = "owned"; });
attempt("read its answers", () => parent.document.querySelector("textarea").value);
attempt("call its functions", () => parent.eval("1"));
attempt("open a window", () => open("about:blank"));
attempt("read where it is", () => parent.location.href);
try { top.location = "http://127.0.0.1/owned"; } catch {}
try { parent.location.replace("http://127.0.0.1/owned"); } catch {}
const link = document.createElement("a");
link.href = "http://127.0.0.1/owned"; link.target = "_top";
document.body.append(link);
link.click();
document.title = won.join(", ") || "nothing won";
</script>"""


@pytest.fixture
def design():
    """A server with a design; its address."""
    with Hostile(answering(answer(200, HTML, body=DESIGN))) as server:
        yield f"http://127.0.0.1:{server.port}/"


def check(page):
    """Nothing scrolls sideways, and axe finds nothing in either theme."""
    assert page.evaluate(SIDEWAYS) <= 0
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        assert violations(page) == [], theme


def test_a_guest_on_a_phone_rates_behind_a_password(open_page, api, design):
    study = create(
        api,
        name="Ticket checkout",
        designUrls=[{"url": design, "label": "Kiosk"}, {"url": f"{design}two"}],
        selectedDimensionIds=["overall", "usability"],
        scenario="You want two tickets.",
        shareAccess="PASSWORD_PROTECTED",
        sharePassword="open sesame",
    )
    page = open_page(link_of(study), width=390, has_touch=True, is_mobile=True)
    check(page)
    page.fill("[name=name]", "Priya")
    page.fill("[name=password]", "wrong")
    page.tap("text=Start")
    page.wait_for_selector("text=That is not the password.")
    assert page.input_value("[name=name]") == "Priya"
    check(page)
    page.fill("[name=password]", "open sesame")
    page.tap("text=Start")

    assert page.frame_locator("iframe").locator("h1").inner_text() == "Ticket kiosk"
    check(page)
    page.tap(".ask > summary")
    page.locator("label:has([name='score.overall'][value='4'])").tap()
    page.wait_for_selector("[data-saved]:has-text('Saved')")
    assert page.inner_text("[data-answered]") == "1 of 2 answered"
    check(page)

    page.tap("text=Submit and next")
    page.wait_for_selector("text=1 question has no answer yet")
    check(page)
    page.locator("label:has([name='score.usability'][value='2'])").tap()
    page.wait_for_selector("[data-saved]:has-text('Saved')")
    page.goto(link_of(study))
    assert page.inner_text("[data-answered]") == "2 of 2 answered"
    page.tap(".ask > summary")
    page.tap("text=Submit and next")
    page.wait_for_selector("text=Design 2 of 2")
    page.tap(".ask > summary")
    page.tap("text=I cannot rate this design")
    page.select_option("#skip", "It does not load")
    page.tap(".ask-foot .btn.main")
    page.wait_for_selector("text=Thank you")
    check(page)

    given = Rating.objects.filter(skip_reason=None).get()
    assert given.dimension_ratings == {"overall": 4, "usability": 2}
    assert given.public_rater.name == "Priya"
    assert Rating.objects.count() == 2
    assert not RatingDraft.objects.exists()


def test_pairs_are_rated_by_the_keyboard_alone(open_page, api, owner, design):
    study = create(
        api,
        type="SxS",
        name="One page or three steps",
        comparisonPairs=[{"currentUrl": design, "variantUrl": f"{design}new"}],
        selectedDimensionIds=["overall", "usability"],
        ratingFlow="stepped",
    )
    page = open_page(f"/evaluations/{study['id']}/review", person=owner, width=1400)
    check(page)
    swapped = page.locator("iframe").first.get_attribute("src").endswith("/new")
    press = page.keyboard.press

    press("Tab")
    press("Enter")  # past the bar
    for _ in range(30):
        press("Tab")
        if page.evaluate("document.activeElement.type") == "radio" and page.evaluate(
            "document.activeElement.name"
        ).startswith("score."):
            break
    press("6")
    assert page.evaluate("document.activeElement.checked")
    press("ArrowRight")  # one step further to B
    press("Control+Enter")
    assert page.evaluate(FOCUSED) == "Next question"
    press("Enter")
    page.wait_for_selector("text=Question 2 of 2")
    assert page.inner_text("[data-answered]") == "1 of 2 answered"
    page.locator("[data-answered]").wait_for()
    page.evaluate("document.querySelector('.ask > summary').focus()")
    for _ in range(10):
        press("Tab")
        if page.evaluate("document.activeElement.type") == "radio":
            break
    press("4")
    press("c")
    page.keyboard.type("1 and 2 are no answers here.")
    press("Control+Enter")
    press("Enter")
    page.wait_for_selector("text=Thank you")
    check(page)

    rating = Rating.objects.get()
    assert rating.dimension_ratings == {"overall": -3 if swapped else 3, "usability": 0}
    assert rating.justification == "1 and 2 are no answers here."
    assert rating.presentation == {"position": 1, "sidesSwapped": swapped}


def test_a_design_that_reaches_for_the_page_around_it_gets_nothing(
    browser, live_server, client, api, owner
):
    with Hostile(answering(answer(200, HTML, body=ATTACK))) as server:
        study = create(api, designUrls=[{"url": f"http://127.0.0.1:{server.port}/"}])
        client.force_login(owner)
        context = browser.new_context(base_url=live_server.url)
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        path = f"/evaluations/{study['id']}/review"
        page.goto(path)
        frame = next(each for each in page.frames if each != page.main_frame)
        frame.wait_for_function("document.title.includes('won')")

        assert frame.title() == "nothing won"
        assert page.url.endswith(path)
        assert re.match("Rate 1 of 1", page.title())
        assert len(context.pages) == 1
        assert page.locator("iframe").get_attribute("sandbox") == (
            "allow-scripts allow-forms allow-same-origin"
        )
        context.close()
