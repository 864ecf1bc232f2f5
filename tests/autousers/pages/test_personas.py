"""The pages of autousers: who may see and do what, and that they do what the API does."""

import re

import pytest
from django.test import Client

from autousers.models import Autouser, CalibrationRun
from teams.models import Role
from tests.autousers.studies import comparisons, make_study, rate_all, rate_as
from tests.clients import ApiClient
from tests.conftest import make_key, make_member, make_team
from tests.pages import errors_at, opened, read, typed, words

MOST_QUERIES = 12
LIST, NEW = "/autousers", "/autousers/new"
SENTENCE = "A nurse on the night shift, on her phone and in a hurry"
SCRIPT = "<script>alert('x')</script>"


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def browser(owner, team):
    return signed_in(owner)


@pytest.fixture
def page(persona):
    return f"{LIST}/{persona['id']}"


def filled(client, path, **fields):
    return {**typed(opened(client, path)), **fields}


class TestWhoMay:
    """Rows: an address below the autouser, the method, and the lowest role that may."""

    ROWS = (
        ("", "get", Role.VIEWER),
        ("/rubrics", "get", Role.VIEWER),
        ("/calibration", "get", Role.VIEWER),
        ("/edit", "get", Role.EDITOR),
        ("/edit", "post", Role.EDITOR),
        ("/duplicate", "post", Role.EDITOR),
        ("/rubrics/new", "get", Role.EDITOR),
        ("/rubrics/new", "post", Role.EDITOR),
        ("/rubrics", "post", Role.EDITOR),
        ("/calibration", "post", Role.EDITOR),
        ("/delete", "get", Role.ADMIN),
        ("/delete", "post", Role.ADMIN),
    )

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.ADMIN])
    @pytest.mark.parametrize(("below", "method", "needed"), ROWS)
    def test_a_role_that_is_too_low_is_refused_and_changes_nothing(
        self, team, page, role, below, method, needed
    ):
        client = signed_in(make_member(team, role))
        before = list(Autouser.objects.values())
        response = getattr(client, method)(page + below, {"name": "x", "activate": "x"})
        if role.includes(needed):
            assert response.status_code != 403, response.content.decode()[:500]
        else:
            assert response.status_code == 403
            assert "This needs the role" in words(read(response))
            assert list(Autouser.objects.values()) == before

    @pytest.mark.parametrize(("below", "method", "needed"), ROWS)
    def test_another_team_finds_nothing(self, other_team, page, below, method, needed):
        client = signed_in(other_team.owner)
        response = getattr(client, method)(page + below, {})
        assert response.status_code in (404, 302)
        if response.status_code == 302:  # deleting what is gone leads to the list
            assert (below, method) == ("/delete", "post")
        assert Autouser.objects.exclude(team=None).get().deleted_at is None

    @pytest.mark.parametrize(("below", "method", "needed"), ROWS)
    def test_strangers_are_led_to_sign_in(self, page, below, method, needed):
        response = getattr(Client(), method)(page + below)
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in?next=/autousers/")

    @pytest.mark.parametrize("path", [LIST, NEW])
    def test_the_list_and_the_form_are_for_people_who_are_signed_in(self, db, path):
        assert Client().get(path)["Location"].startswith("/sign-in")

    def test_viewers_make_none(self, team):
        viewer = signed_in(make_member(team, Role.VIEWER))
        assert viewer.get(NEW).status_code == 403
        assert viewer.post(NEW, {"name": "x", "systemPrompt": "x"}).status_code == 403
        assert "New autouser" not in words(opened(viewer, LIST))

    @pytest.mark.parametrize(
        ("below", "method"), [("/edit", "get"), ("/edit", "post"), ("/delete", "get"),
                              ("/delete", "post"), ("/rubrics/new", "post"),
                              ("/calibration", "get")],
    )  # fmt: skip
    def test_built_in_ones_cannot_be_changed(self, browser, below, method):
        response = getattr(browser, method)(f"/autousers/novice{below}", {})
        assert response.status_code == 403
        assert "Duplicate it" in words(read(response))

    def test_a_viewer_sees_no_buttons_that_would_be_refused(self, team, page):
        viewer = signed_in(make_member(team, Role.VIEWER))
        for path in (page, f"{page}/rubrics", f"{page}/calibration"):
            assert opened(viewer, path).xpath("//main//form[@method='post']") == []


class TestTheList:
    def test_it_has_the_teams_own_and_the_built_in_ones(self, browser, other_api, persona):
        other_api.post("/api/v1/autousers", {"name": "Theirs", "systemPrompt": "x"})
        text = words(opened(browser, LIST))
        assert "Night-shift nurse" in text
        assert "Screen reader user Hears the page" in text
        assert "Theirs" not in text

    def test_it_is_searched_and_filtered(self, browser, persona):
        assert "Night-shift" in words(opened(browser, f"{LIST}?q=NIGHT"))
        assert "Novice" not in words(opened(browser, f"{LIST}?q=NIGHT"))
        assert "Novice" not in words(opened(browser, f"{LIST}?show=team"))
        assert "Night-shift" not in words(opened(browser, f"{LIST}?show=built-in"))
        assert "no drafts" in words(opened(browser, f"{LIST}?show=draft"))
        assert "No autouser fits" in words(opened(browser, f"{LIST}?q=zebra%00"))
        assert "Novice" in words(opened(browser, f"{LIST}?show=nonsense&page=-1"))

    def test_it_says_when_the_team_used_one_last_and_what_it_agrees_with(
        self, browser, other_team, autouser, team
    ):
        study = make_study(team)
        rate_as(autouser, comparisons(study)[0], {"usability": 4})
        novice = Autouser.objects.get(pk="novice")
        theirs = make_study(other_team)
        rate_as(novice, comparisons(theirs)[0], {"usability": 4})
        for kappa in (0.1, 0.72):
            CalibrationRun.objects.create(autouser=autouser, sample_size=12, kappa=kappa)
        row = words(opened(browser, f"{LIST}?q=night"))
        assert "κ 0.72" in row
        assert "in 1 study" in row
        assert "in 1 study" not in words(opened(browser, f"{LIST}?q=novice"))  # by this team

    def test_a_hundred_take_as_many_queries_as_one(
        self, browser, team, django_assert_max_num_queries
    ):
        Autouser.objects.bulk_create(
            Autouser(team=team, name=f"Nurse {n:03}", system_prompt="x") for n in range(100)
        )
        with django_assert_max_num_queries(MOST_QUERIES):
            first = words(opened(browser, LIST))
        assert "Nurse 000" in first
        assert "1 to 25 of 115" in first
        assert "Screen reader user" in words(opened(browser, f"{LIST}?page=5"))

    def test_hostile_names_are_text(self, browser, team):
        Autouser.objects.create(team=team, name=SCRIPT, description=SCRIPT, system_prompt=SCRIPT)
        for path in (LIST, f"{LIST}/{Autouser.objects.get(name=SCRIPT).pk}", NEW):
            content = browser.get(path).content.decode()
            assert SCRIPT not in content


class TestOne:
    def test_it_says_who_it_is_and_how_the_engine_looks(self, browser):
        text = words(opened(browser, "/autousers/screen-reader"))
        assert "You hear pages through a screen reader." in text
        assert "Jumps by headings and links." in text
        assert "and a walk with the keyboard" in text
        assert "It hears the page, goes by the keyboard" in text
        assert "It does not see the page." in text

    def test_it_says_where_it_was_used_by_teams_of_the_person(
        self, browser, owner, other_team, autouser, team
    ):
        novice = Autouser.objects.get(pk="novice")
        for group, name in ((team, "Ours"), (other_team, "Theirs")):
            study = make_study(group, name=name)
            rate_as(novice, comparisons(study)[0], {"usability": 4})
        text = words(opened(browser, "/autousers/novice"))
        assert "Ours" in text
        assert "Theirs" not in text

    def test_its_rubric_and_what_the_engine_takes_from_it(self, browser, api, path, page):
        text = "Adjust accessibility: -0.5\nignore contrast\nmind labels"
        api.post(f"{path}/rubrics", {"criteriaText": text})
        shown = words(opened(browser, page))
        assert "accessibility -0.5 points" in shown
        assert "facts are left out" in shown
        assert "count 1.5 times by its words" in shown

    @pytest.mark.parametrize("full", [False, True])
    def test_it_takes_few_queries(
        self, browser, team, autouser, api, path, page, full, django_assert_max_num_queries
    ):
        if full:
            for n in range(8):
                api.post(f"{path}/rubrics", {"criteriaText": f"Version {n}"})
                study = make_study(team, name=f"Study {n}")
                rate_all(study, autouser, ours=[1, 2, 3, 4], theirs=[1, 2, 4, 4])
                api.post(f"{path}/calibration/start", {"evaluationId": study.pk})
        for below in ("", "/rubrics", "/calibration", "/edit", "/rubrics/new", "/delete"):
            with django_assert_max_num_queries(MOST_QUERIES):
                opened(browser, page + below)

    def test_odd_stored_capabilities_are_shown_too(self, browser, team):
        one = Autouser.objects.create(
            team=team, name="Odd", system_prompt="x", capabilities={"criteria": "x"}, config={}
        )
        assert "Judges by" in words(opened(browser, f"{LIST}/{one.pk}"))


class TestMaking:
    def test_a_sentence_fills_in_the_form_and_stores_nothing(self, browser, team):
        form = filled(browser, NEW, prompt=SENTENCE, do="draft", name="My own name")
        shown = read(browser.post(NEW, form))
        sent = typed(shown)
        assert sent["name"] == ["My own name"]
        assert sent["systemPrompt"][0].startswith(SENTENCE)
        assert (sent["width"], sent["device"]) == (["390"], ["phone"])
        assert sent["prompt"] == [SENTENCE]
        assert "“phone” led to Mobile user" in words(shown)
        assert not Autouser.objects.exclude(team=None).exists()
        response = browser.post(NEW, {**sent, "do": "save"})
        made = Autouser.objects.exclude(team=None).get()
        assert response["Location"] == f"{LIST}/{made.pk}"
        assert made.capabilities["focusAreas"][0] == "target size"
        assert made.config["viewport"] == {"width": 390, "height": 844}

    def test_a_sentence_without_known_words_says_so(self, browser, team):
        form = filled(browser, NEW, prompt="Blorp", do="draft")
        assert "No word of the sentence is known" in words(read(browser.post(NEW, form)))

    @pytest.mark.parametrize(("prompt", "said"), [("", "empty"), ("x" * 2001, "2000"),
                                                  ("  ", "empty")])  # fmt: skip
    def test_a_sentence_that_is_none_is_refused_beside_it(self, browser, team, prompt, said):
        response = browser.post(NEW, filled(browser, NEW, prompt=prompt, do="draft", role="nurse"))
        assert response.status_code == 400
        shown = read(response)
        assert said in words(shown.xpath("//*[@id='prompt_error']")[0])
        assert typed(shown)["role"] == ["nurse"]

    def test_it_makes_what_the_api_would_have_made(self, browser, api, team):
        fields = {
            "name": "Night-shift nurse", "systemPrompt": "You are tired.", "patience": "2",
            "techSavviness": "6.5", "style": "Scans", "focusAreas": "labels\r\n\r\ncontrast",
            "keyboardOnly": "on", "networkCondition": "3g", "mistakes": "Starts again",
        }  # fmt: skip
        browser.post(NEW, filled(browser, NEW, **fields))
        made = api.get(f"/api/v1{LIST}?source=team").json()["data"][0]
        assert made["capabilities"] == {
            "focusAreas": ["labels", "contrast"],
            "behaviorProfile": {
                "patience": 2, "techSavviness": 6.5, "style": "Scans", "shortcuts": "",
                "errors": "Starts again",
            },
        }  # fmt: skip
        assert made["config"] == {"keyboardOnly": True, "networkCondition": "3g"}
        assert (made["status"], made["calibrationStatus"]) == ("published", "uncalibrated")

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("name", "", "empty"),
            ("name", "x" * 201, "200"),
            ("name", "two\nlines", "one line"),
            ("systemPrompt", "", "empty"),
            ("systemPrompt", "x\0", "ull characters"),
            ("description", "x" * 2001, "2000"),
            ("patience", "11", "10"),
            ("patience", "much", "number"),
            ("mistakes", "x" * 501, "500"),
            ("width", "0", "1"),
            ("height", "tall", "whole number"),
            ("focusAreas", "\n".join("x" * 51), "50"),
            ("focusAreas", "x" * 201, "200"),
            ("networkCondition", "dial-up", "Must be one of"),
            ("status", "gone", "Must be one of"),
        ],
    )
    def test_a_refusal_of_the_api_stands_at_its_field_and_nothing_is_lost(
        self, browser, team, field, value, said
    ):
        fields = {"name": "Nurse", "systemPrompt": "You", "patience": "5", "techSavviness": "5",
                  "width": "400", "height": "800", field: value}  # fmt: skip
        response = browser.post(NEW, filled(browser, NEW, **fields))
        assert response.status_code == 400
        shown = read(response)
        assert any(said in text for text in errors_at(shown, field)), errors_at(shown, field)
        assert shown.xpath("//*[@role='alert']")
        kept = {name: text[0].replace("\r\n", "\n") for name, text in typed(shown).items()}
        if field not in ("networkCondition", "status", "name") and "\0" not in value:
            assert kept[field] == value
        assert not Autouser.objects.exclude(team=None).exists()

    def test_a_form_that_is_sent_twice_makes_one(self, browser, team):
        form = filled(browser, NEW, name="Nurse", systemPrompt="You")
        browser.post(NEW, form)
        again = browser.post(NEW, form, follow=True)
        assert "made already" in words(read(again))
        assert Autouser.objects.exclude(team=None).count() == 1

    def test_a_refused_form_can_be_sent_again(self, browser, team):
        form = filled(browser, NEW, name="", systemPrompt="You")
        browser.post(NEW, form)
        browser.post(NEW, {**form, "name": "Nurse"})
        assert Autouser.objects.exclude(team=None).count() == 1


class TestChanging:
    def test_only_what_differs_is_saved_and_what_the_form_does_not_know_stays(
        self, browser, api, path, page
    ):
        api.patch(path, {"config": {"temperature": 0.4, "screenReader": True}})
        browser.post(f"{page}/edit", filled(browser, f"{page}/edit", name="Nurse"))
        told = api.get(path).json()
        assert told["name"] == "Nurse"
        assert told["config"] == {"temperature": 0.4, "screenReader": True}

    def test_saving_without_a_change_writes_nothing(self, browser, api, path, page):
        before = api.get(path).json()
        response = browser.post(f"{page}/edit", filled(browser, f"{page}/edit"))
        assert response.status_code == 302
        assert api.get(path).json() == before

    @pytest.mark.parametrize("id", ["novice", "screen-reader", "slow-network"])
    def test_a_copy_of_a_built_in_one_is_the_same_after_saving_it(self, browser, api, id, team):
        copy = api.post(f"/api/v1/autousers/{id}/duplicate").json()
        browser.post(f"{LIST}/{copy['id']}/edit", filled(browser, f"{LIST}/{copy['id']}/edit"))
        assert api.get(f"/api/v1/autousers/{copy['id']}").json() == copy

    def test_a_change_of_somebody_else_stops_it_and_keeps_what_was_typed(
        self, browser, api, path, page
    ):
        form = filled(browser, f"{page}/edit", name="Mine", patience="3", techSavviness="3")
        api.patch(path, {"name": "Theirs"})
        response = browser.post(f"{page}/edit", form)
        assert response.status_code == 409
        shown = read(response)
        assert "differs from what is stored now in: the name, how it is" in words(shown)
        assert api.get(path).json()["name"] == "Theirs"
        assert typed(shown)["name"] == ["Mine"]
        assert browser.post(f"{page}/edit", typed(shown)).status_code == 302
        assert api.get(path).json()["name"] == "Mine"

    def test_an_empty_prompt_is_refused(self, browser, api, path, page):
        response = browser.post(f"{page}/edit", filled(browser, f"{page}/edit", systemPrompt=""))
        assert response.status_code == 400
        assert errors_at(read(response), "systemPrompt") == ["Must not be empty."]
        assert api.get(path).json()["systemPrompt"]


class TestCopyingAndDeleting:
    def test_a_copy_is_made_once_and_its_page_opened(self, browser, page, team):
        form = typed(opened(browser, page))
        response = browser.post(f"{page}/duplicate", form)
        made = Autouser.objects.get(name="Night-shift nurse (copy)")
        assert response["Location"] == f"{LIST}/{made.pk}"
        browser.post(f"{page}/duplicate", form)
        assert Autouser.objects.filter(team=team).count() == 2

    def test_a_built_in_one_is_copied_into_the_team(self, browser, team):
        browser.post("/autousers/novice/duplicate", typed(opened(browser, "/autousers/novice")))
        assert Autouser.objects.get(team=team).name == "Novice (copy)"

    def test_deleting_says_what_stays_and_pressing_twice_leads_to_the_list(
        self, browser, team, autouser, page
    ):
        rate_as(autouser, comparisons(make_study(team))[0], {"usability": 4})
        said = words(opened(browser, f"{page}/delete"))
        assert "1 rating that it gave stays" in said
        for _ in range(2):
            response = browser.post(f"{page}/delete")
            assert response["Location"] == LIST
        autouser.refresh_from_db()
        assert autouser.deleted_at
        assert browser.get(page).status_code == 404
        assert "What it rated stays" in words(opened(browser, LIST))


def test_the_pages_have_no_inline_styles_or_scripts(browser, page, api, path):
    api.post(f"{path}/rubrics", {"criteriaText": "a"})
    for address in (LIST, page, NEW, f"{page}/edit", f"{page}/rubrics", f"{page}/calibration"):
        content = browser.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", content), address


def test_a_person_of_two_teams_opens_the_autouser_of_the_other_one(browser, owner):
    second = make_team(owner=owner, name="Second")
    client = ApiClient(make_key(second))
    made = client.post("/api/v1/autousers", {"name": "Theirs", "systemPrompt": "x"}).json()
    assert "Theirs" in words(opened(browser, f"{LIST}/{made['id']}"))
