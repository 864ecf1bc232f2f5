"""The pages of templates: who may see and do what, and that they do what the API does."""

import re

import pytest
from django.test import Client

from evaluations.models import EvaluationStatus, Template, TemplateVersion
from evaluations.studies.services import create_evaluation
from teams.models import Role
from tests.conftest import make_member
from tests.pages import errors_at, opened, read, typed, words

MOST_QUERIES = 12
API = "/api/v1/templates"
LIST, NEW = "/templates", "/templates/new"
SCRIPT = "<script>alert('x')</script>"


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def browser(owner, team):
    return signed_in(owner)


@pytest.fixture
def made(api):
    """A template of one question, as the API answered it."""
    return api.post(
        API,
        {
            "name": "Signage",
            "description": "Can one find the way?",
            "guidelines": "Look at arrows.",
            "factors": [{"id": "a", "label": "Arrows", "description": "They point right."}],
        },
    ).json()


@pytest.fixture
def page(made):
    return f"{LIST}/{made['id']}"


def filled(client, path, **fields):
    names = {name.replace("__", "."): value for name, value in fields.items()}
    return {**typed(opened(client, path)), **names}


def use(team, template_id, name="Ticket kiosk"):
    values = {
        "name": name,
        "type": "SSE",
        "status": EvaluationStatus.DRAFT,
        "designUrls": [{"url": "https://example.com/1"}],
        "selectedDimensionIds": [template_id],
    }
    return create_evaluation(team=team, author=team.owner, values=values)


class TestWhoMay:
    ROWS = (
        ("", "get", Role.VIEWER),
        ("/versions", "get", Role.VIEWER),
        ("/versions", "post", Role.EDITOR),
        ("/edit", "get", Role.EDITOR),
        ("/edit", "post", Role.EDITOR),
        ("/duplicate", "post", Role.EDITOR),
        ("/delete", "get", Role.EDITOR),
        ("/delete", "post", Role.EDITOR),
    )

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
    @pytest.mark.parametrize(("below", "method", "needed"), ROWS)
    def test_a_role_that_is_too_low_is_refused_and_changes_nothing(
        self, team, page, role, below, method, needed
    ):
        client = signed_in(make_member(team, role))
        before = list(Template.objects.order_by("pk").values())
        response = getattr(client, method)(page + below, {"name": "x"})
        if role.includes(needed):
            assert response.status_code != 403, response.content.decode()[:500]
        else:
            assert response.status_code == 403
            assert "This needs the role" in words(read(response))
            assert list(Template.objects.order_by("pk").values()) == before

    @pytest.mark.parametrize(("below", "method", "needed"), ROWS)
    def test_another_team_finds_nothing(self, other_team, page, made, below, method, needed):
        response = getattr(signed_in(other_team.owner), method)(page + below, {})
        assert response.status_code == 404 or (below, method) == ("/delete", "post")
        assert Template.objects.filter(pk=made["id"]).exists()

    @pytest.mark.parametrize(("below", "method", "needed"), ROWS)
    def test_strangers_are_led_to_sign_in(self, page, below, method, needed):
        response = getattr(Client(), method)(page + below)
        assert response["Location"].startswith("/sign-in?next=/templates/")

    def test_viewers_make_none(self, team):
        viewer = signed_in(make_member(team, Role.VIEWER))
        assert viewer.get(NEW).status_code == 403
        assert viewer.post(NEW, {"name": "x"}).status_code == 403
        assert "New template" not in words(opened(viewer, LIST))

    @pytest.mark.parametrize(
        ("below", "method"),
        [("/edit", "get"), ("/edit", "post"), ("/delete", "get"), ("/delete", "post"),
         ("/versions", "post")],
    )  # fmt: skip
    def test_built_in_ones_cannot_be_changed(self, browser, below, method):
        response = getattr(browser, method)(f"/templates/trust{below}", {})
        assert response.status_code == 403
        assert "Duplicate it" in words(read(response))


class TestTheList:
    def test_it_has_the_teams_own_and_the_built_in_ones(self, browser, other_api, made, team):
        other_api.post(API, {"name": "Theirs"})
        use(team, made["id"])
        text = words(opened(browser, LIST))
        assert "Signage Can one find the way? One question 1 study" in text
        assert "Trust Whether a stranger" in text
        assert "Theirs" not in text

    def test_sets_count_the_studies_of_their_dimensions(self, browser, api, team):
        api.post(API, {"name": "House", "dimensions": [{"id": "calm", "label": "Calm"}]})
        use(team, "calm")
        assert "House Set of 1 1 study" in words(opened(browser, f"{LIST}?show=team"))

    def test_it_is_searched_and_filtered(self, browser, made):
        assert "Trust" not in words(opened(browser, f"{LIST}?q=SIGN%00"))
        assert "Signage" not in words(opened(browser, f"{LIST}?show=built-in"))
        assert "No study has questions of its own" in words(opened(browser, f"{LIST}?show=study"))
        assert "No template fits" in words(opened(browser, f"{LIST}?q=zebra"))

    def test_many_take_as_many_queries_as_one(self, browser, team, django_assert_max_num_queries):
        Template.objects.bulk_create(Template(team=team, name=f"T {n:03}") for n in range(100))
        with django_assert_max_num_queries(MOST_QUERIES):
            assert "1 to 25 of 111" in words(opened(browser, LIST))


class TestOne:
    def test_it_says_what_raters_are_asked(self, browser):
        text = words(opened(browser, "/templates/trust"))
        assert "How far would you trust this?" in text
        assert "Identity Who is behind it" in text
        assert "One design from 1 to 5 1 Very poor" in text
        assert "A pair 3 steps to each side 3 A is much better" in text

    def test_it_names_studies_of_teams_of_the_person_alone(self, browser, team, other_team):
        use(team, "trust", "Ours")
        use(other_team, "trust", "Theirs")
        text = words(opened(browser, "/templates/trust"))
        assert "Ours" in text
        assert "Theirs" not in text

    def test_hostile_words_are_text(self, browser, team):
        content = {"guidelines": SCRIPT, "factors": [
            {"id": "a", "label": SCRIPT, "description": SCRIPT}]}  # fmt: skip
        row = Template.objects.create(team=team, name=SCRIPT, content=content)
        for path in (LIST, f"{LIST}/{row.pk}", f"{LIST}/{row.pk}/edit", f"{LIST}/{row.pk}/delete"):
            assert SCRIPT not in browser.get(path).content.decode()

    def test_every_page_takes_few_queries(
        self, browser, api, made, page, team, django_assert_max_num_queries
    ):
        for n in range(200):
            row = {"template_id": made["id"], "dimension_id": made["id"], "version": n + 2}
            TemplateVersion.objects.create(**row, change_type="updated", snapshot={"name": str(n)})
        use(team, made["id"])
        for below in ("", "/versions", "/edit", "/delete"):
            with django_assert_max_num_queries(MOST_QUERIES):
                shown = opened(browser, page + below)
            if below == "/versions":
                assert "1 to 20 of 201" in words(shown)


class TestMaking:
    def test_a_sentence_fills_in_the_form_and_stores_nothing(self, browser, team):
        form = filled(browser, NEW, prompt="Is it honest?", do="draft")
        shown = read(browser.post(NEW, form))
        assert "“honest” led to Trust" in words(shown)
        sent = typed(shown)
        assert sent["name"] == ["Is it honest"]
        assert sent["factors.0.label"] == ["Identity"]
        assert not Template.objects.exclude(team=None).exists()
        browser.post(NEW, {**sent, "do": "save"})
        made = Template.objects.exclude(team=None).get()
        assert made.source_built_in_id == "trust"
        assert made.content["sseQuestion"] == "How far would you trust this?"
        assert [one["id"] for one in made.content["factors"]] == ["identity", "terms", "calm"]
        assert made.content["sseCriteria"] == made.content["factors"]

    def test_a_sentence_of_several_things_makes_a_set(self, browser, team):
        sentence = "Signs: clear, and ones we trust"
        form = filled(browser, NEW, prompt=sentence, do="draft", name="Mine")
        sent = typed(read(browser.post(NEW, form)))
        assert (sent["kind"], sent["name"]) == (["set"], ["Mine"])
        browser.post(NEW, {**sent, "do": "save"})
        made = Template.objects.get(name="Mine")
        assert [one["label"] for one in made.content["dimensions"]] == ["Clarity", "Trust"]
        assert "Clarity from 1 to 5" in words(opened(browser, f"{LIST}/{made.pk}"))
        ids = {one.key for one in made.members.all()}
        assert ids.isdisjoint({"clarity", "trust"})  # or it would stand before the built-in ones

    def test_rows_come_and_go_without_scripts_and_nothing_typed_is_lost(self, browser, team):
        form = filled(browser, NEW, name="Mine", factors__0__label="Arrows")
        form = typed(read(browser.post(NEW, {**form, "do": "add.factors"})))
        form["factors.1.label"] = "Type"
        form = typed(read(browser.post(NEW, {**form, "do": "remove.factors.0"})))
        assert form["name"] == ["Mine"]
        browser.post(NEW, {**form, "do": "save"})
        (factor,) = Template.objects.get(name="Mine").content["factors"]
        assert factor == {"id": "f-0", "label": "Type", "description": ""}

    def test_it_makes_what_the_api_would_have_made(self, browser, api, team):
        fields = {
            "name": "Signage", "type": "TEXT_SSE", "scaleMin": "0", "scaleMax": "10",
            "scaleType": "SEVEN_POINT", "openTextEnabled": "on",
            "sseScaleLabels": "Bad\r\nGood", "guidelines": "Look.\r\nLook again.",
        }  # fmt: skip
        browser.post(NEW, filled(browser, NEW, **fields))
        made = api.get(f"{API}?source=team").json()["data"][0]
        assert (made["scaleMin"], made["scaleMax"]) == (0, 10)
        assert made["sseScaleLabels"] == ["Bad", "Good"]
        assert made["guidelines"] == "Look.\nLook again."
        assert made["openTextEnabled"] is True
        assert (made["version"], made["status"]) == (1, "active")

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("name", "", "empty"),
            ("name", "x" * 201, "200"),
            ("description", "x" * 2001, "2000"),
            ("scaleMin", "9", "below scaleMax"),
            ("scaleMax", "many", "whole number"),
            ("scaleMax", "1001", "1000"),
            ("scaleType", "ten", "Must be one of"),
            ("type", "none", "Must be one of"),
            ("sseQuestion", "x" * 501, "500"),
            ("sseScaleLabels", "\n".join("x" * 51), "50"),
            ("guidelines", "x" * 50_001, "50000"),
            ("factors.0.label", "x" * 501, "500"),
            ("factors.0.description", "x" * 2001, "2000"),
            ("dimensions.0.scale", "five", "two whole numbers"),
            ("dimensions.0.label", "x" * 201, "200"),
        ],
    )
    def test_a_refusal_of_the_api_stands_at_its_field_and_nothing_is_lost(
        self, browser, team, field, value, said
    ):
        kind = "set" if field.startswith("dimensions") else "one"
        fields = {"name": "Mine", "kind": kind, "factors.0.label": "A", "dimensions.0.label": "B"}
        response = browser.post(NEW, {**filled(browser, NEW), **fields, field: value})
        assert response.status_code == 400
        shown = read(response)
        assert any(said in text for text in errors_at(shown, field)), words(shown)
        if field not in ("scaleType", "type"):
            assert typed(shown)[field][0].replace("\r\n", "\n") == value
        assert not Template.objects.exclude(team=None).exists()

    def test_a_form_that_is_sent_twice_makes_one(self, browser, team):
        form = filled(browser, NEW, name="Mine")
        browser.post(NEW, form)
        assert "made already" in words(read(browser.post(NEW, form, follow=True)))
        assert Template.objects.exclude(team=None).count() == 1


class TestChanging:
    def test_saving_without_a_change_makes_no_version(self, browser, api, made, page):
        browser.post(f"{page}/edit", filled(browser, f"{page}/edit"))
        assert api.get(f"{API}/{made['id']}").json() == made

    @pytest.mark.parametrize("id", ["trust", "overall"])
    def test_a_copy_of_a_built_in_one_is_the_same_after_saving_it(self, browser, api, id, team):
        copy = api.post(f"{API}/{id}/duplicate").json()
        browser.post(f"{LIST}/{copy['id']}/edit", filled(browser, f"{LIST}/{copy['id']}/edit"))
        assert api.get(f"{API}/{copy['id']}").json() == copy

    def test_only_what_differs_is_saved_and_what_the_form_does_not_know_stays(
        self, browser, api, made, page
    ):
        anchors = [{"id": "a", "label": "x", "description": "y", "weight": 2}]
        api.patch(f"{API}/{made['id']}", {"sseAnchors": anchors})
        browser.post(f"{page}/edit", filled(browser, f"{page}/edit", name="Ways"))
        told = api.get(f"{API}/{made['id']}").json()
        assert (told["name"], told["sseAnchors"], told["version"]) == ("Ways", anchors, 3)
        newest = TemplateVersion.objects.get(dimension_id=made["id"], version=3)
        assert newest.change_summary == "Changed name."

    def test_a_change_of_somebody_else_stops_it_and_keeps_what_was_typed(
        self, browser, api, made, page
    ):
        form = filled(browser, f"{page}/edit", name="Mine")
        api.patch(f"{API}/{made['id']}", {"name": "Theirs"})
        response = browser.post(f"{page}/edit", form)
        assert response.status_code == 409
        shown = read(response)
        assert "differs from what is stored now in: the name" in words(shown)
        assert typed(shown)["name"] == ["Mine"]
        assert browser.post(f"{page}/edit", typed(shown)).status_code == 302
        assert Template.objects.get(pk=made["id"]).name == "Mine"

    def test_a_dimension_that_is_in_use_stays_in_its_set(self, browser, api, team):
        dimensions = [{"id": "calm", "label": "Calm"}, {"id": "kind", "label": "Kind"}]
        made = api.post(API, {"name": "House", "dimensions": dimensions}).json()
        use(team, "calm")
        address = f"{LIST}/{made['id']}/edit"
        form = filled(browser, address)
        form = typed(read(browser.post(address, {**form, "do": "remove.dimensions.0"})))
        refused = browser.post(address, form)
        assert refused.status_code == 400
        assert "it has to stay" in words(read(refused))
        assert Template.objects.filter(key="calm").exists()


class TestVersions:
    def test_what_differs_is_shown_by_field(self, browser, api, made, page):
        change = {
            "guidelines": "Look at arrows.\nNot at prices.",
            "factors": [{"id": "b", "label": "Type", "description": "Large."}],
        }
        api.patch(f"{API}/{made['id']}", change)
        api.patch(f"{API}/{made['id']}", {"name": "Ways"})
        shown = opened(browser, f"{page}/versions?from=1&to=2")
        heads = [words(head) for head in shown.xpath("//section[1]//h3")]
        assert heads == ["Guidelines", "To look at"]
        lines = [line.text_content() for line in shown.xpath("//*[@class='diff']/p")]
        assert "+Added: Not at prices." in lines
        assert "\N{MINUS SIGN}Removed: Arrows: They point right." in lines
        newest = words(opened(browser, f"{page}/versions"))
        assert "Removed: Signage" in newest
        assert "Added: Ways" in newest

    @pytest.mark.parametrize("query", ["?from=x", "?to=99", "?from=2&to=1", "?page=9"])
    def test_odd_addresses_are_answered(self, browser, api, made, page, query):
        api.patch(f"{API}/{made['id']}", {"name": "Ways"})
        assert "Versions" in words(opened(browser, f"{page}/versions{query}"))

    def test_going_back_makes_a_version(self, browser, api, made, page):
        api.patch(f"{API}/{made['id']}", {"name": "Ways"})
        first = TemplateVersion.objects.get(dimension_id=made["id"], version=1)
        form = {**typed(opened(browser, f"{page}/versions")), "to": first.pk}
        response = browser.post(f"{page}/versions", form, follow=True)
        assert "It says again what version 1 said. This is version 3." in words(read(response))
        assert Template.objects.get(pk=made["id"]).name == "Signage"
        again = browser.post(f"{page}/versions", form, follow=True)
        assert "It was changed after you opened this page" in words(read(again))
        assert Template.objects.get(pk=made["id"]).version == 3

    def test_a_version_of_another_template_is_not_there(self, browser, api, page):
        other = api.post(API, {"name": "Other"}).json()
        foreign = TemplateVersion.objects.get(dimension_id=other["id"])
        response = browser.post(f"{page}/versions", {"version": "1", "to": foreign.pk})
        assert response.status_code == 404


class TestCopyingAndDeleting:
    def test_a_copy_is_made_once(self, browser, page, team):
        form = typed(opened(browser, page))
        for _ in range(2):
            browser.post(f"{page}/duplicate", form)
        assert Template.objects.filter(team=team).count() == 2

    def test_one_in_use_stays_and_the_page_names_the_studies(self, browser, team, made, page):
        use(team, made["id"], "Ticket kiosk")
        shown = opened(browser, f"{page}/delete")
        assert "It has to stay" in words(shown)
        assert "Ticket kiosk" in words(shown)
        refused = browser.post(f"{page}/delete", follow=True)
        assert "attached to evaluations (1)" in words(read(refused))
        assert Template.objects.filter(pk=made["id"]).exists()

    def test_deleting_twice_leads_to_the_list(self, browser, made, page):
        for _ in range(2):
            assert browser.post(f"{page}/delete")["Location"] == LIST
        assert not Template.objects.filter(pk=made["id"]).exists()
        assert browser.get(page).status_code == 404


def test_the_pages_have_no_inline_styles_or_scripts(browser, page):
    for address in (LIST, page, NEW, f"{page}/edit", f"{page}/versions", f"{page}/delete"):
        content = browser.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", content), address
