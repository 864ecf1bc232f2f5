"""A planted fault, from a real visit to its picture; removed, a second study says it is fixed.

One flow for all pages of evidence, as browsers of the autousers cost seconds.
"""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from autousers.engine.browser.engine import browser_engine
from autousers.engine.browser.host import BrowserHost, HostOptions
from autousers.runs import worker
from tests.autousers.engine.browser import servers
from tests.autousers.engine.browser.conftest import skip_without_browser
from tests.autousers.running import make_study, queue, work
from tests.browser.axe import violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

SOUND = "<label>Name <input name=name autocomplete=name></label>"
FAULTY = "<input name=mail placeholder='Your e-mail'>"
REPAIRED = "<label>Your e-mail <input name=mail autocomplete=email></label>"
PAGE = (
    "<!doctype html><html lang=en><title>Tickets</title>"
    "<meta name=viewport content='width=device-width'>"
    "<main><h1>Tickets</h1><p>Two seats by the harbour, on Friday evening.</p>"
    "<form>{sound}<div style='height:1400px'></div>{field}<button>Pay</button></form></main>"
)
LABEL = "fields-without-label"


@pytest.fixture
def looked(monkeypatch):
    """Runs look with a browser that reaches the site of the test."""
    skip_without_browser()
    options = HostOptions(
        policy=servers.POLICY, seconds=30.0, calm_seconds=2.0, lookup=servers.Names()
    )
    host = BrowserHost(options)
    engine = browser_engine(lambda: host)
    monkeypatch.setattr(worker, "get_engine", lambda name: engine)
    yield
    host.close()


def queued(api, site, field, name):
    """A study of the page with this field, and the address of its run, which waits."""
    url = site.page("/tickets", PAGE.format(sound=SOUND, field=field))
    study = make_study(
        api, name=name, designUrls=[{"url": url, "label": "Tickets"}], evaluationMethod="both",
        selectedDimensionIds=["accessibility"],
    )  # fmt: skip
    (run,) = queue(api, study)
    return study, urlsplit(run["links"]["web"])


def test_a_fault_is_found_shown_mended_and_said_to_be_fixed(open_page, api, owner, looked):
    with servers.site() as site:
        first, run = queued(api, site, FAULTY, "First build")
        # A page that waits is read again every five seconds, and becomes the page of the result.
        page = open_page("/", person=owner)
        page.clock.install()
        page.goto(f"{run.path}?{run.query}")
        expect(page.locator("#live")).to_contain_text("It waits")
        looks_right(page)
        assert work() == 1
        page.clock.run_for(5_000)
        expect(page.locator("#why")).to_be_visible()
        second, _ = queued(api, site, REPAIRED, "Second build")
        assert work() == 1

    # From the number in the rating to the fact, to its place on the picture, and back.
    page.locator(".just .cite").first.click()
    fact = page.locator(f"#fact-{LABEL}")
    expect(fact).to_contain_text("1 of 2 form fields without a label")
    fact.get_by_role("link", name="See it on the picture").click()
    mark = page.locator(f"#mark-{LABEL}")
    expect(mark).to_be_in_viewport()
    assert page.url.endswith(f"#mark-{LABEL}")
    assert page.locator("svg.marks").first.get_attribute("viewBox").startswith("0 0 1280 ")
    mark.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith(f"#fact-{LABEL}")
    picture = page.locator(".stage img").first
    assert picture.evaluate("image => image.naturalWidth") == 1280
    looks_right(page)

    # The finding with the part of the picture, and a paragraph for a ticket.
    page.get_by_role("link", name="Findings", exact=True).click()
    finding = page.locator(".found").first
    expect(finding).to_contain_text("Form fields without a label")
    expect(finding.locator("svg.crop image")).to_have_count(1)
    finding.get_by_text("Copy as Markdown").click()
    its_link = re.compile(rf"findings#{finding.get_attribute('id')}\)")
    expect(finding.locator("textarea")).to_have_value(its_link)
    looks_right(page)

    # The second study says what became of it.
    page.goto(f"/evaluations/{second['id']}/results/findings")
    page.select_option("#against", first["id"])
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".say")).to_contain_text("fixed")
    gone = page.locator("section[aria-labelledby=h-fixed] .found", has_text="without a label")
    expect(gone.locator(".tag")).to_have_text("Fixed")
    gone.locator("summary").first.click()
    expect(gone.locator("svg.crop")).to_be_visible()
    looks_right(page)

    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.locator("#progress")).to_contain_text("The run is over.")
    looks_right(page)


def looks_right(page):
    """Nothing for axe, and no scrolling sideways, wide and on a phone, light and dark."""
    url = page.url
    for width in (1400, 390):
        page.set_viewport_size({"width": width, "height": 800})
        for theme in ("light", "dark"):
            page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
            assert violations(page) == [], (url, width, theme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (url, width)
    page.set_viewport_size({"width": 1200, "height": 800})
