"""Every page in Chromium: axe finds nothing, nothing scrolls sideways, the console is silent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evaluations.models import AccessRequest, Evaluation, Share
from ratings import exclusions
from ratings.models import Rating, ResultsLink
from teams.models import NotificationKind, Role
from teams.people.notifications import notify
from tests.browser.axe import violations
from tests.clients import ApiClient
from tests.conftest import make_invitation, make_key, make_member, make_team, make_user
from tests.ratings.rating import create, rated

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

LONG = "a-design-whose-name-is-one-word-of-many-letters-without-any-place-to-break-" * 2

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def world(api, team, owner, other_team):
    """A team with a study that three people rated, one without ratings, a key and an invitation."""
    owner.name = "Mara Lindqvist"
    owner.save()
    make_team(owner=owner, name="Second team")
    make_invitation(other_team, owner.email)
    make_invitation(team, "invited@example.org")
    study = create(api, stimuli=2, name="Ticket checkout, second build")
    for number in range(3):
        member = make_member(team, Role.EDITOR, f"rater{number}@example.org")
        key = ApiClient(make_key(team, member))
        for position in range(2):
            rated(key, study, position, overall=2 + number)
    pairs = create(api, name=LONG, type="SxS", shareAccess="ANYONE_WITH_LINK")
    ended = create(api, name="Over")
    Evaluation.objects.get(pk=ended["id"]).move_to("Ended")
    notify(
        user=owner,
        kind=NotificationKind.ACCESS_REQUESTED,
        team=team,
        about=study["id"],
        text="Amina Diallo asks for access to Ticket checkout, second build.",
        link=f"/evaluations/{study['id']}/share",
        by=None,
    )
    foreign = create(ApiClient(make_key(other_team)), name="Of another team")
    asked = create(ApiClient(make_key(other_team)), name="Asked for")
    AccessRequest.objects.create(evaluation_id=asked["id"], requester=owner, message="Please")
    row = Evaluation.objects.get(pk=study["id"])
    asking = make_user("asking@example.org", name="Amina Diallo")
    AccessRequest.objects.create(evaluation=row, requester=asking, message="May I look?")
    Share.objects.create(evaluation=row, user=make_user("tom@example.org"), permission="EDITOR")
    day = timezone.now() + timedelta(days=1)
    link = ResultsLink.objects.create(evaluation=row, created_by=owner, expires_at=day)
    Evaluation.objects.filter(pk=row.pk).update(share_access="ANYONE_WITH_LINK")
    rater = Rating.objects.filter(evaluation=row).earliest("pk").rater
    exclusions.exclude(evaluation=row, rater=rater, reason="Clicked through.", by=owner)
    return {
        "study": study["id"],
        "pairs": pairs["id"],
        "foreign": foreign["id"],
        "asked": asked["id"],
        "ended": ended["id"],
        "token": link.token,
        "person": owner,
    }


#: Address, and whether somebody is signed in.
PAGES = [
    ("/", False),
    ("/sign-in", False),
    ("/sign-up", False),
    ("/forgot-password", False),
    ("/choose-password", False),
    ("/invitation", False),
    ("/docs/errors", False),
    ("/nowhere", False),
    ("/", True),
    ("/?q=nothing", True),
    ("/evaluations/{study}/results", True),
    ("/evaluations/{pairs}/results", True),
    ("/evaluations/{study}/results/raters", True),
    ("/evaluations/{pairs}/results/link", True),
    ("/results/{token}", False),
    ("/evaluations/nowhere/results", True),
    ("/evaluations/new", True),
    ("/evaluations/{pairs}/edit", True),
    ("/evaluations/{study}/share", True),
    ("/evaluations/{study}/preview", True),
    ("/evaluations/{pairs}/preview?at=gate", True),
    ("/evaluations/{pairs}/review", True),
    ("/evaluations/{ended}/review", True),
    ("/evaluations/{foreign}/results", True),
    ("/evaluations/{asked}/results", True),
    ("/evaluation-invite", False),
    ("/notifications", True),
    ("/settings/api-keys", True),
    ("/settings/members", True),
    ("/settings/invitations", True),
    ("/confirm-password", True),
]


@pytest.mark.parametrize(("path", "signed_in"), PAGES)
def test_a_page_is_sound_in_both_themes_and_on_a_phone(open_page, world, path, signed_in, settings):
    settings.SIGN_UP = "open"
    person = world["person"] if signed_in else None
    page = open_page(path.format(**world), person=person)
    for theme, width in (("light", 1200), ("dark", 390)):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(SIDEWAYS) <= 0, width
        assert violations(page) == [], (theme, width)
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate(SIDEWAYS) <= 0


def test_open_folds_are_sound_too(open_page, world):
    page = open_page(f"/evaluations/{world['study']}/results", person=world["person"])
    for fold in page.query_selector_all("main details.fold"):
        fold.evaluate("each => each.open = true")
    assert violations(page) == []


@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_open_menu_is_sound_too(open_page, world, number):
    page = open_page("/docs/errors", person=world["person"])
    page.locator("header details").nth(number).locator("summary").click()
    assert violations(page) == []


def test_a_refused_form_is_sound_and_keeps_what_was_typed(open_page, world):
    page = open_page("/sign-in")
    page.fill("[name=username]", "mara@example.org")
    page.fill("[name=password]", "wrong")
    page.press("[name=password]", "Enter")
    page.wait_for_selector("[role=alert]")
    assert page.input_value("[name=username]") == "mara@example.org"
    assert violations(page) == []


def test_a_refused_study_is_sound_in_both_themes(open_page, world):
    page = open_page("/evaluations/new", person=world["person"])
    page.fill("[name=name]", "Kiosk")
    page.fill("[name='designUrls.0.url']", "ftp://example.com/")
    page.get_by_role("button", name="Start the study").click()
    page.wait_for_selector("[role=alert]")
    assert page.input_value("[name=name]") == "Kiosk"
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert violations(page) == [], theme


def test_two_editors_of_one_study_are_told_soundly(open_page, world):
    page = open_page(f"/evaluations/{world['pairs']}/edit", person=world["person"])
    page.fill("[name=name]", "Mine")
    theirs = Evaluation.objects.get(pk=world["pairs"])
    theirs.name, theirs.updated_at = "Theirs", timezone.now()
    theirs.save(update_fields=["name", "updated_at"])
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.wait_for_selector("[role=alert]")
    assert page.input_value("[name=name]") == "Mine"
    assert page.evaluate(SIDEWAYS) <= 0
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert violations(page) == [], theme


def test_an_invited_person_without_an_account_meets_a_sound_form(open_page, world):
    study = Evaluation.objects.get(pk=world["study"])
    share = Share.objects.create(
        evaluation=study,
        email="new@example.org",
        permission="VIEWER",
        granted_by=world["person"],
        expires_at=timezone.now() + Share.GOOD_FOR,
    )
    page = open_page(f"/evaluation-invite?token={share.token}")
    assert page.locator("[type=password]").count() > 0
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert violations(page) == [], theme


def test_the_right_field_has_the_focus(open_page, world, settings):
    settings.SIGN_UP = "open"
    for path, name in (("/sign-in", "username"), ("/sign-up", "name")):
        assert open_page(path).evaluate("document.activeElement.name") == name


class TestTheColours:
    GROUND = "getComputedStyle(document.body).backgroundColor"

    @pytest.mark.parametrize("scripts", [True, False])
    def test_a_choice_holds_against_the_system_until_it_is_taken_back(
        self, open_page, world, scripts
    ):
        page = open_page("/docs/errors", color_scheme="light", java_script_enabled=scripts)
        ground = page.locator("body").evaluate("each => getComputedStyle(each).backgroundColor")
        for name, changed in (("Dark", True), ("Like my system", False)):
            page.click("summary[aria-label=Colours]")
            page.click(f"button:text-is('{name}')")
            page.wait_for_url("**/docs/errors")
            now = page.locator("body").evaluate("each => getComputedStyle(each).backgroundColor")
            assert (now != ground) == changed


class TestTheKeyboard:
    def test_the_first_stop_leads_past_the_bar(self, open_page, world):
        page = open_page("/settings/members", person=world["person"])
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"

    def test_a_menu_opens_switches_the_team_and_escape_closes_it(self, open_page, world):
        page = open_page("/", person=world["person"])
        menu = page.locator("details.team")
        menu.locator("summary").focus()
        page.keyboard.press("Enter")
        assert menu.get_attribute("open") is not None
        page.keyboard.press("Escape")
        assert menu.get_attribute("open") is None
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        chosen = page.evaluate("document.activeElement.textContent")
        page.keyboard.press("Enter")
        page.wait_for_selector(f".team .name:text-is('{chosen}')")

    def test_each_stop_shows_its_focus(self, open_page, world):
        page = open_page("/settings/api-keys", person=world["person"])
        seen = set()
        while True:
            page.keyboard.press("Tab")
            place, width = page.evaluate(
                """() => {
                    const at = document.activeElement;
                    const box = at.getBoundingClientRect();
                    const place = [at.tagName, at.name, at.value, box.x, box.y + scrollY].join();
                    return [place, parseFloat(getComputedStyle(at).outlineWidth)];
                }"""
            )
            if place in seen or place.startswith("BODY"):
                break
            seen.add(place)
            assert width >= 2, place
        assert len(seen) > 20


def test_a_person_signs_in_and_reads_what_came_of_a_study(open_page, world):
    person = make_user("nora@example.org")
    team = make_team(owner=person, name="Nora's team")
    study = create(ApiClient(make_key(team, person)), name="Refund form")
    page = open_page("/")
    page.click("main >> text=Sign in")
    page.fill("[name=username]", person.email)
    page.fill("[name=password]", "correct horse battery staple")
    page.press("[name=password]", "Enter")
    page.click(".brand")
    page.click("text=Refund form")
    page.wait_for_url(f"**/evaluations/{study['id']}/results")
    assert "No ratings yet." in page.inner_text("main")
