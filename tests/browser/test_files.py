"""A picture goes the whole way in Chromium: from a file, by a rater's eyes, to the results."""

import re

import pytest

from evaluations.models import Evaluation, File
from ratings.models import Rating
from teams.models import Role
from tests.browser.axe import violations
from tests.conftest import make_member
from tests.files.samples import HTML, pdf, png

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def chosen(name, content):
    """A file that a person has chosen; Chromium may not read the folders of the tests."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def check(page):
    """Nothing scrolls sideways, and axe finds nothing in either theme and at either width."""
    size = page.viewport_size
    for width in (390, size["width"]):
        page.set_viewport_size({"width": width, "height": size["height"]})
        assert page.evaluate(SIDEWAYS) <= 0, width
        for theme in ("dark", "light"):
            page.emulate_media(color_scheme=theme)
            assert violations(page) == [], (width, theme)


def test_a_picture_is_uploaded_rated_and_stands_in_the_results(open_page, owner, team):
    page = open_page("/evaluations/new", person=owner)
    page.fill("[name=name]", "Ticket kiosk")
    page.fill("[name='designUrls.0.label']", "Now")
    page.check("[name=evaluationMethod][value=manual]")

    choose = page.locator("input[type=file][name='designUrls.0.fileId.file']")
    choose.set_input_files(chosen("page.png", HTML))  # the script sends it at once
    page.wait_for_selector("text=none of the supported types")
    assert page.input_value("[name='designUrls.0.label']") == "Now"
    check(page)

    choose.set_input_files(chosen("shot.png", png(1440, 900)))
    page.wait_for_selector("text=It is kept with the study when you save.")
    thumb = page.locator(".thumb img")
    assert thumb.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1440
    check(page)
    page.click("text=Add a design")
    page.locator("input[type=file][name='designUrls.1.fileId.file']").set_input_files(
        chosen("flow.pdf", pdf())
    )
    page.wait_for_selector("text=flow.pdf")
    page.click("text=Save the draft")
    page.wait_for_selector("text=Saved.")
    check(page)
    page.click("text=Start the study")
    page.wait_for_url(re.compile("/results"))

    study = Evaluation.objects.get()
    assert File.objects.filter(uses__evaluation=study).count() == 2
    rater = make_member(team, Role.VIEWER)
    page = open_page(f"/evaluations/{study.pk}/review?at=1", person=rater)
    for _ in range(2):
        if picture := page.query_selector(".frame.shown img"):
            loads = "image => image.decode().then(() => image.naturalWidth)"
            assert picture.evaluate(loads) == 1440
        else:
            assert page.is_visible("text=This design is a PDF document.")
        check(page)
        page.locator("label:has([name='score.overall'][value='4'])").click()
        page.click("button[value=submit]")
        page.wait_for_load_state()
    assert Rating.objects.count() == 2

    page = open_page(f"/evaluations/{study.pk}/results", person=owner)
    assert "4" in page.inner_text("main")
    assert "Now" in page.inner_text("main")
