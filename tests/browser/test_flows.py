"""Whole ways through the pages in Chromium, with mails that are read and webhooks that arrive."""

import json
import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from playwright.sync_api import expect

from config.demo import pages
from evaluations.models import Evaluation
from teams import tasks
from teams.models import Role, Team, User
from tests.conftest import PASSWORD, make_member, make_team, make_user
from tests.ratings.rating import create
from tests.webhooks.failing import make_endpoint
from webhooks import tasks as deliveries
from webhooks.http.receiver import Received, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

ANSWER = "She sells tickets by the harbour"


def link_of_last_mail():
    """The path of the link in the mail that was sent last."""
    tasks.send_mails()
    return re.search(r"https?://[^/\s]+(/\S+)", mail.outbox[-1].body)[1]


@pytest.fixture
def site():
    """A server with designs to rate."""
    with pages.serving() as address:
        yield address


@pytest.fixture
def received():
    """What a receiver of webhooks got, and its address."""
    arrived: list[Received] = []

    def answer(request: Received) -> int:
        arrived.append(request)
        return 200

    with serving(answer) as listener:
        yield arrived, listener.url


def test_from_signing_up_to_webhooks_about_what_a_guest_gave(open_page, site, received, settings):
    settings.SIGN_UP = "open"
    page = open_page("/")
    sign_up(page)
    arrived, address = received
    secret = make_endpoint(Team.objects.get(), url=address).secret
    make_study(page, site)
    page.click("nav >> text=Share")
    link = page.locator(".secret").inner_text()
    rate_on_a_phone(open_page, urlsplit(link).path)
    page.click("nav >> text=Results")
    expect(page.locator(".facts")).to_contain_text("1 person")
    page.click("nav >> text=Edit")
    page.get_by_role("button", name="End the study").click()
    expect(page.locator(".note.good")).to_contain_text("The study has ended")
    deliveries.drain(idle_timeout=0.1)
    for each in arrived:
        each.verify(secret)
    told = [each.event["type"] for each in arrived]
    assert told.count("rating.created") == 2
    assert told.count("evaluation.completed") == 1
    rating = next(each.event for each in arrived if each.event["type"] == "rating.created")
    assert "Gus the guest" not in json.dumps(rating)


def sign_up(page):
    page.click("main >> text=Sign up")
    expect(page.locator("[name=name]")).to_be_focused()
    page.keyboard.type("Nora Ek")
    page.fill("[name=email]", "nora@example.org")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=nora@example.org")
    page.goto(link_of_last_mail())
    expect(page.locator("[name=new_password1]")).to_be_focused()
    page.keyboard.type(ANSWER)
    page.fill("[name=new_password2]", ANSWER)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Studies")


def make_study(page, site):
    """Make and start a study of two designs, which people rate behind a password."""
    page.click("text=Make the first one")
    expect(page.locator("[name=name]")).to_be_focused()
    page.keyboard.type("Ticket kiosk")
    page.fill("[name='designUrls.0.url']", f"{site}/good")
    page.click("text=Add a design")
    expect(page.locator("[name='designUrls.1.url']")).to_be_focused()
    page.keyboard.type(f"{site}/faulty")
    page.check("text=Only people")
    page.check("text=Anyone who has the link and a password")
    page.click("text=Start the study")
    expect(page.locator(".alert")).to_contain_text("Choose a password")
    page.fill("[name=sharePassword]", "harbour lights")
    expect(page.locator("#forecast")).to_contain_text("this costs nothing")
    page.click("text=Start the study")
    expect(page.locator(".note.good")).to_have_text("The study is running.")


def rate_on_a_phone(open_page, link):
    guest = open_page(link, width=390, is_mobile=True, has_touch=True)
    guest.fill("[name=password]", "harbour lights")
    guest.fill("[name=name]", "Gus the guest")
    guest.click("text=Start")
    for score in ("4", "2"):
        guest.locator(".ask > summary").tap()  # the design comes first on a phone
        guest.locator(".scale label", has=guest.locator(f"[value='{score}']")).tap()
        guest.locator("[value=submit]").tap()
    expect(guest.locator("h1")).to_have_text("Thank you")


def test_the_wrong_account_asks_is_let_in_and_rates(open_page, api, site, team, owner):
    study = create(api, designUrls=[{"url": f"{site}/good"}])
    stranger = make_user("stranger@example.org")
    make_team(owner=stranger, name="Elsewhere")
    asking = open_page(f"/evaluations/{study['id']}/results", person=stranger)
    asking.fill("[name=message]", "I rate checkouts.")
    asking.click("text=Ask for access")
    expect(asking.locator("h2 >> text=You asked to see it")).to_be_visible()
    deciding = open_page("/notifications", person=owner)
    deciding.get_by_role("button", name="Open").click()
    deciding.get_by_role("button", name="Let stranger@example.org see the study").click()
    expect(deciding.locator(".note.good")).to_contain_text("stranger@example.org sees the study")
    asking.goto("/notifications")
    asking.get_by_role("button", name="Open").click()
    asking.locator(".scale label", has=asking.locator("[value='4']")).click()
    asking.locator("[value=submit]").click()
    expect(asking.locator("h1")).to_have_text("Thank you")
    assert Evaluation.objects.get().ratings_count == 1


def test_switching_the_account_leads_back_to_the_study(open_page, api, team):
    study = create(api)
    member = make_member(team, Role.VIEWER, "member@example.org")
    stranger = make_user("stranger@example.org")
    make_team(owner=stranger, name="Elsewhere")
    page = open_page(f"/evaluations/{study['id']}/results", person=stranger)
    page.click("text=Switch account")
    expect(page.locator("[name=username]")).to_be_focused()
    page.keyboard.type(member.email)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Ticket kiosk")


def test_the_form_works_without_scripts(open_page, team, owner):
    page = open_page("/evaluations/new", person=owner, java_script_enabled=False)
    page.fill("[name=name]", "Ticket kiosk")
    page.fill("[name='designUrls.0.url']", "https://example.com/kiosk")
    page.click("text=Add a question of your own")
    page.fill("[name='customDimensions.0.name']", "Would you queue here?")
    page.keyboard.press("Enter")
    expect(page.locator(".note.good")).to_have_text("Saved.")
    assert Evaluation.objects.get().name == "Ticket kiosk"
    assert User.objects.count() == 1
