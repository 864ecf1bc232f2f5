"""Autousers and templates in Chromium: sound in both themes and on a phone, and one whole way."""

import pytest
from django.db import transaction
from playwright.sync_api import expect

from autousers.models import Autouser, CalibrationRun, Rubric
from tests.autousers.studies import make_study, rate_all
from tests.browser.axe import violations
from webhooks.models import WebhookEvent

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LONG = "a-name-that-is-one-word-of-many-letters-" * 4
BASE = "/api/v1"


def assert_sound(page, path):
    """Nothing for axe to find, and nothing to scroll sideways."""
    page.goto(path)
    for fold in page.query_selector_all("main details.fold"):
        fold.evaluate("each => each.open = true")
    for theme, width in (("light", 1200), ("dark", 390)):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(SIDEWAYS) <= 0, (path, width)
        assert violations(page) == [], (path, theme, width)
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate(SIDEWAYS) <= 0, path


def test_the_pages_are_sound_full_and_empty(open_page, api, team, owner):
    nurse = api.post(f"{BASE}/autousers", {"name": LONG, "systemPrompt": LONG}).json()["id"]
    for text in ("Judge fast.\nMind contrast.", f"Judge slowly.\n{LONG}\nAdjust: -0.5"):
        api.post(f"{BASE}/autousers/{nurse}/rubrics", {"criteriaText": text})
    autouser = Autouser.objects.get(pk=nurse)
    study = make_study(team, designs=6)
    with transaction.atomic():
        rate_all(study, autouser, ours=[5, 4, 5, 2, 4, 5], theirs=[4, 3, 3, 1, 3, 4])
    for _ in range(2):
        api.post(f"{BASE}/autousers/{nurse}/calibration/start", {})
    CalibrationRun.objects.create(autouser=autouser, sample_size=3)
    made = api.post(f"{BASE}/templates", {"name": LONG, "guidelines": "One."}).json()["id"]
    api.patch(f"{BASE}/templates/{made}", {"guidelines": f"Two.\n{LONG}", "name": "Signage"})
    rules = {"name": "House", "dimensions": [{"id": "calm", "label": "Calm"}]}
    rules = api.post(f"{BASE}/templates", rules).json()["id"]
    page = open_page("/autousers", person=owner)
    for path in (
        "/autousers", "/autousers?show=draft", f"/autousers/{nurse}", f"/autousers/{nurse}/rubrics",
        f"/autousers/{nurse}/calibration", f"/autousers/{nurse}/edit", "/templates",
        f"/templates/{made}", f"/templates/{made}/versions", f"/templates/{rules}/edit",
    ):  # fmt: skip
        assert_sound(page, path)


def test_refused_forms_are_sound(open_page, team, owner):
    page = open_page("/autousers/new", person=owner)
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.wait_for_selector("[role=alert]")
    assert violations(page) == []
    page.goto("/templates/new")
    page.fill("[name=scaleMin]", "9")
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.wait_for_selector("[role=alert]")
    assert violations(page) == []


def test_from_a_sentence_to_a_frozen_rubric(open_page, team, owner):
    """Without scripts: what works so works with them, which only close menus here."""
    page = open_page("/autousers", person=owner, java_script_enabled=False)
    page.click("text=New autouser")
    page.fill("[name=prompt]", "A nurse on the night shift, on her phone and in a hurry")
    page.get_by_role("button", name="Fill in the form").click()
    expect(page.locator(".sentence .note")).to_contain_text("“phone” led to Mobile user")
    expect(page.locator("[name=name]")).to_have_value("Nurse on the night shift")
    page.fill("[name=name]", "Night-shift nurse")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("h1")).to_have_text("Night-shift nurse")
    expect(page.locator("aside")).to_contain_text("390 × 844 px")
    write(page, "Write a rubric", "Judge what can be done in ten seconds.\nMind contrast.")
    write(page, "Write the next version", "Judge what can be done in a minute.\nMind contrast.")
    expect(page.locator(".diff mark").first).to_have_text("ten seconds")
    autouser = Autouser.objects.get(name="Night-shift nurse")
    study = make_study(team, designs=6)
    with transaction.atomic():
        rate_all(study, autouser, ours=[5, 4, 5, 2, 4, 5], theirs=[4, 3, 3, 1, 3, 4])
    page.click("nav >> text=Calibration")
    page.click("text=Measure agreement")
    expect(page.locator(".note.good")).to_contain_text("Measured. κ is")
    expect(page.locator("svg.rounds circle")).to_have_count(1)
    page.click("text=Show a proposal")
    expect(page.locator(".diff")).to_contain_text("people scored")
    page.click("text=Store as the next version")
    expect(page.locator(".note.good")).to_have_text("Stored as v3.")
    page.fill("[name=commitMessage]", "Good enough for the kiosk")
    page.click("text=Freeze it for good")
    expect(page.locator(".note.good")).to_contain_text("v3 is frozen")
    assert Rubric.objects.get(version=3).is_frozen
    assert WebhookEvent.objects.filter(type="calibration.frozen").count() == 1


def write(page, button, text):
    """Write a version of the rubric that is rated by at once."""
    page.get_by_role("link", name=button).first.click()
    page.fill("[name=criteriaText]", text)
    page.check("[name=activate]")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("text=Saved as")
