"""The pages on which a study is made and changed: they say and do what the API says and does."""

import pytest
from django.test import Client

from autousers.models import AutouserRun
from evaluations.models import Evaluation, EvaluationStatus
from evaluations.pages.form.fixed import fixed_sections
from teams.models import Meter, QuotaCounter, Role
from tests.clients import ApiClient
from tests.conftest import make_key, make_member, make_team, make_user
from tests.pages import errors_at, opened, read, typed, words
from tests.ratings.rating import create, rated
from webhooks.models import WebhookEvent

MOST_QUERIES = 12
NEW = "/evaluations/new"
DESIGN = "https://example.com/kiosk"


@pytest.fixture
def browser(owner, team):
    client = Client()
    client.force_login(owner)
    return client


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def edit(study):
    return f"/evaluations/{study['id'] if isinstance(study, dict) else study.pk}/edit"


def filled(page, **extra):
    """The form of a page, with some of its fields typed."""
    names = {name.replace("__", "."): value for name, value in extra.items()}
    return {**typed(page), **names}


def press(client, path, form, do="save"):
    return client.post(path, {**form, "do": do})


class TestNew:
    def test_a_draft_is_what_the_api_would_have_made(self, browser, api, team):
        form = filled(
            opened(browser, NEW),
            name="Ticket kiosk",
            designUrls__0__url=DESIGN,
            designUrls__0__label="Kiosk",
            selectedDimensionIds=["overall", "clarity"],
            scenario="You want a ticket.",
            slider=[],
            ratingFlow="stepped",
        )
        response = press(browser, NEW, form)
        study = Evaluation.objects.get()
        assert response["Location"] == edit(study)
        told = api.get(f"/api/v1/evaluations/{study.pk}").json()
        assert told["status"] == "Draft"
        metadata = told["metadata"]
        assert metadata["designUrls"] == [
            {"id": "u-0", "url": DESIGN, "label": "Kiosk", "stimulusType": "URL"}
        ]
        assert metadata["selectedDimensionIds"] == ["overall", "clarity"]
        assert (metadata["hideSlider"], metadata["hideOpenTextQuestions"]) == (True, False)
        assert (metadata["ratingFlow"], metadata["scenario"]) == ("stepped", "You want a ticket.")
        counter = QuotaCounter.objects.get(team=team, meter=Meter.EVALUATIONS)
        assert counter.used == 1

    def test_rows_come_and_go_without_scripts_and_nothing_typed_is_lost(self, browser):
        form = filled(opened(browser, NEW), name="Ticket kiosk", designUrls__0__url=DESIGN)
        form = typed(read(press(browser, NEW, form, "add.designUrls")))
        assert form["designUrls"] == ["0", "1"]
        form["designUrls.1.url"] = "https://example.com/2"
        form = typed(read(press(browser, NEW, form, "add.customDimensions")))
        form["customDimensions.0.name"] = "Would you queue here?"
        form["autouser"] = "novice"
        form = typed(read(press(browser, NEW, form, "add.selectedAutousers")))
        form = typed(read(press(browser, NEW, form, "remove.designUrls.0")))
        assert form["designUrls"] == ["1"]
        assert form["name"] == ["Ticket kiosk"]
        assert form["selectedAutousers.0.id"] == ["novice"]
        assert not Evaluation.objects.exists()
        press(browser, NEW, form)
        wizard = Evaluation.objects.get().wizard
        assert [one["url"] for one in wizard["designUrls"]] == ["https://example.com/2"]
        assert wizard["selectedAutousers"] == [{"autouserId": "novice", "agentCount": 1}]
        assert wizard["selectedDimensionIds"] == ["overall", "own-0"]
        assert wizard["customDimensions"][0]["name"] == "Would you queue here?"

    def test_a_pair_is_made_of_two_addresses(self, browser):
        form = filled(
            opened(browser, NEW),
            name="Old or new",
            type="SxS",
            comparisonPairs__0__currentUrl=DESIGN,
            comparisonPairs__0__variantUrl="https://example.com/new",
            defaultLayout="stacked",
        )
        press(browser, NEW, form)
        study = Evaluation.objects.get()
        assert study.type == "SxS"
        assert study.wizard["comparisonPairs"][0]["variantUrl"] == "https://example.com/new"
        assert study.comparisons.count() == 1

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("name", "", "Must not be empty"),
            ("name", "x" * 201, "200"),
            ("designUrls.0.url", "ftp://example.com", "beginning with http"),
            ("designUrls.0.label", "x" * 501, "500"),
            ("shareExpiry", "next week", "ISO 8601"),
            ("endsAtPeople", "0", "greater than or equal to 1"),
            ("endsAtPeople", "few", "whole number"),
            ("shareAccess", "PASSWORD_PROTECTED", "Choose a password"),
            ("evaluationMethod", "nobody", "Must be one of"),
            ("type", "one", "Must be one of"),
            ("selectedDimensionIds", ["nowhere"], "There is no dimension"),
            ("selectedAutousers.0.agentCount", "51", "50"),
            ("selectedAutousers.0.agentCount", "many", "whole number"),
            ("selectedAutousers.0.id", "nobody-at-all", "There is no autouser"),
            ("customDimensions.0.description", "asks", "name or a label"),
            ("scenario", "x" * 8001, "8000"),
        ],
    )
    def test_a_refusal_stands_at_its_field_and_nothing_is_written(
        self, browser, field, value, said
    ):
        form = filled(opened(browser, NEW), name="Ticket kiosk", designUrls__0__url=DESIGN)
        form |= {"shareExpiry": "2099-01-01T10:00", "customDimensions": ["0"]}
        form |= {"selectedAutousers": ["0"], "selectedAutousers.0.id": "novice"}
        form |= {"selectedAutousers.0.agentCount": "2", field: value}
        response = press(browser, NEW, form, "start")
        page = read(response)
        assert response.status_code == 400
        shown = {
            "shareAccess": "sharePassword",
            "selectedAutousers.0.id": "selectedAutousers.0.agentCount",
            "customDimensions.0.description": "customDimensions.0.name",
        }.get(field, field)
        assert any(said in text for text in errors_at(page, shown)), words(page)[:800]
        assert "GET /" not in words(page)
        if field != "selectedDimensionIds" and value not in ("nobody", "one"):
            assert typed(page)[field] == [value]
        assert not Evaluation.objects.exists()
        assert not AutouserRun.objects.exists()

    def test_starting_queues_the_runs_of_the_autousers(self, browser, team):
        form = filled(opened(browser, NEW), name="Ticket kiosk", designUrls__0__url=DESIGN)
        form |= {"selectedAutousers": ["0"], "selectedAutousers.0.id": "novice"}
        form |= {"selectedAutousers.0.agentCount": "3"}
        response = press(browser, NEW, form, "start")
        study = Evaluation.objects.get()
        assert response["Location"] == f"/evaluations/{study.pk}"
        assert study.status == EvaluationStatus.RUNNING
        assert AutouserRun.objects.filter(evaluation=study).count() == 3

    def test_starting_a_study_for_people_queues_nothing(self, browser):
        form = filled(opened(browser, NEW), name="Kiosk", designUrls__0__url=DESIGN)
        press(browser, NEW, {**form, "evaluationMethod": "manual"}, "start")
        assert Evaluation.objects.get().status == EvaluationStatus.RUNNING
        assert not AutouserRun.objects.exists()

    @pytest.mark.parametrize(
        ("change", "field", "said"),
        [
            ({}, "evaluationMethod", "Choose an autouser"),
            ({"designUrls.0.url": ""}, "designUrls", "Add a design"),
        ],
    )
    def test_what_cannot_run_is_not_started(self, browser, change, field, said):
        form = filled(opened(browser, NEW), name="Kiosk", designUrls__0__url=DESIGN)
        response = press(browser, NEW, {**form, **change}, "start")
        assert response.status_code == 400
        assert said in words(read(response))
        assert not Evaluation.objects.exists()

    def test_a_used_up_quota_keeps_the_form(self, browser, team):
        team.plan = "free"
        team.save()
        form = filled(opened(browser, NEW), name="Kiosk", designUrls__0__url=DESIGN)
        form |= {"selectedAutousers": ["0", "1"], "selectedAutousers.0.id": "novice"}
        form |= {"selectedAutousers.0.agentCount": "50", "selectedAutousers.1.id": "power-user"}
        form |= {"selectedAutousers.1.agentCount": "50"}
        forecast = words(read(press(browser, NEW, form, "check")))
        response = press(browser, NEW, form, "start")
        assert "fewer than there would be runs" in forecast
        assert response.status_code == 429
        assert "monthly quota" in words(read(response))
        assert typed(read(response))["name"] == ["Kiosk"]
        assert not Evaluation.objects.exists()

    def test_a_form_that_is_sent_twice_makes_one_study(self, browser):
        form = filled(opened(browser, NEW), name="", designUrls__0__url=DESIGN)
        refused = typed(read(press(browser, NEW, form)))
        for _ in range(2):
            response = press(browser, NEW, {**refused, "name": "Kiosk"})
            assert response.status_code == 302
        assert response["Location"] == "/"
        assert "made already" in words(opened(browser, "/"))
        assert Evaluation.objects.count() == 1
        press(browser, NEW, filled(opened(browser, NEW), name="Another"))
        assert Evaluation.objects.count() == 2

    def test_viewers_make_none(self, team):
        viewer = signed_in(make_member(team, Role.VIEWER, "viewer@example.org"))
        viewer_page = viewer.get(NEW)
        assert viewer_page.status_code == 403
        assert "Editor" in viewer_page.content.decode()
        assert viewer.post(NEW, {"name": "Kiosk"}).status_code == 403
        assert "New study" not in viewer.get("/").content.decode()

    def test_strangers_sign_in_first(self, db):
        assert Client().get(NEW)["Location"] == f"/sign-in?next={NEW}"

    def test_the_dry_run_is_that_of_the_api(self, browser, api):
        body = {
            "name": "Kiosk",
            "designUrls": [{"url": DESIGN}] * 2,
            "selectedAutousers": [{"autouserId": "novice", "agentCount": 3}],
            "dryRun": True,
        }
        told = api.post("/api/v1/evaluations", body).json()
        form = filled(opened(browser, NEW), name="", designUrls=["0", "1"])
        form |= {"designUrls.0.url": DESIGN, "designUrls.1.url": DESIGN}
        form |= {"selectedAutousers": ["0"], "selectedAutousers.0.id": "novice"}
        form |= {"selectedAutousers.0.agentCount": "3"}
        part = read(press(browser, NEW, form, "forecast"))
        assert told["wouldRun"]["totalRuns"] == 6
        assert "Runs of autousers 6" in words(part)
        assert "3 agents of 1 autouser × 2 designs" in words(part)
        for warning in told["warnings"]:
            assert warning["message"] in words(part)
        assert told["warnings"]
        assert f"${told['costEstimate']['usd']:.2f}" in words(part)


class TestEdit:
    def test_saving_without_a_change_writes_nothing(self, browser, api):
        study = create(
            api,
            stimuli=2,
            status="Draft",
            customDimensions=[{"id": "queue", "label": "Queue", "sseQuestion": "Long?"}],
            selectedDimensionIds=["clarity", "queue", "overall"],
            selectedAutousers=[{"autouserId": "novice", "agentCount": 2}],
            shareExpiry="2099-01-01T10:00:59Z",
            hideSlider=True,
            scenario="Two tickets.\n\nPay for them.",
        )
        before = Evaluation.objects.get()
        response = press(browser, edit(study), typed(opened(browser, edit(study))))
        after = Evaluation.objects.get()
        assert response.status_code == 302
        assert (after.updated_at, after.wizard) == (before.updated_at, before.wizard)
        assert after.share_expiry == before.share_expiry

    def test_fields_that_the_form_does_not_show_stay(self, browser, api):
        custom = {"id": "queue", "label": "Queue", "sseQuestion": "Is it long?", "icon": "clock"}
        study = create(
            api,
            status="Draft",
            customDimensions=[custom],
            selectedDimensionIds=["overall", "queue"],
            designUrls=[{"id": "mine", "url": DESIGN, "stimulusType": "IMAGE"}],
            skipPreQualification=True,
        )
        form = typed(opened(browser, edit(study)))
        form |= {"customDimensions.0.name": "Queueing", "designUrls.0.label": "A picture"}
        press(browser, edit(study), form)
        wizard = Evaluation.objects.get().wizard
        assert wizard["customDimensions"] == [{**custom, "name": "Queueing"}]
        assert wizard["designUrls"] == [
            {"id": "mine", "url": DESIGN, "stimulusType": "IMAGE", "label": "A picture"}
        ]
        assert wizard["skipPreQualification"] is True

    def test_a_new_design_gets_an_id_that_is_free(self, browser, api):
        study = create(api, stimuli=2, status="Draft")
        form = typed(
            read(
                press(
                    browser, edit(study), typed(opened(browser, edit(study))), "remove.designUrls.0"
                )
            )
        )
        form = typed(read(press(browser, edit(study), form, "add.designUrls")))
        form["designUrls.2.url"] = "https://example.com/3"
        press(browser, edit(study), form)
        designs = Evaluation.objects.get().wizard["designUrls"]
        assert [one["id"] for one in designs] == ["u-1", "u-0"]
        assert Evaluation.objects.get().comparisons.count() == 2

    def test_two_people_at_once_are_told_of_each_other(self, browser, api):
        study = create(api, status="Draft")
        form = typed(opened(browser, edit(study)))
        api.patch(f"/api/v1/evaluations/{study['id']}", {"name": "Hers"})
        form |= {"name": "His", "scenario": "A ticket."}
        response = press(browser, edit(study), form)
        page = read(response)
        assert response.status_code == 409
        assert "changed at" in words(page)
        assert "the name, the scenario" in words(page)
        assert typed(page)["name"] == ["His"]
        assert Evaluation.objects.get().name == "Hers"
        press(browser, edit(study), typed(page))
        assert Evaluation.objects.get().name == "His"
        assert Evaluation.objects.get().wizard["scenario"] == "A ticket."

    def test_an_editor_cannot_change_the_link_and_is_told_so(self, api, team):
        study = create(api, status="Draft")
        editor = signed_in(make_member(team, Role.EDITOR, "editor@example.org"))
        page = opened(editor, edit(study))
        assert "Only an Admin of the team changes this" in words(page)
        form = typed(page)
        assert "shareAccess" not in form
        form |= {"section": [*form["section"], "link"], "shareAccess": "ANYONE_WITH_LINK"}
        response = press(editor, edit(study), form)
        assert response.status_code == 403
        assert errors_at(read(response), "shareAccess")
        assert Evaluation.objects.get().share_access == "TEAM_ONLY"

    def test_an_empty_password_field_keeps_the_password(self, browser, api):
        study = create(
            api, status="Draft", shareAccess="PASSWORD_PROTECTED", sharePassword="harbour"
        )
        page = opened(browser, edit(study))
        assert "A password is set" in words(page)
        assert "harbour" not in page.text_content()
        press(browser, edit(study), {**typed(page), "name": "Renamed"})
        assert Evaluation.objects.get().has_share_password("harbour")
        page = opened(browser, edit(study))
        press(browser, edit(study), {**typed(page), "sharePassword": "lights"})
        assert Evaluation.objects.get().has_share_password("lights")

    def test_viewers_and_strangers_do_not_see_the_form(self, api, team):
        study = create(api, status="Draft")
        viewer = signed_in(make_member(team, Role.VIEWER, "viewer@example.org"))
        stranger = make_user("stranger@example.org")
        make_team(owner=stranger, name="Elsewhere")
        for client, status in ((viewer, 403), (signed_in(stranger), 403)):
            assert client.get(edit(study)).status_code == status
            assert client.post(edit(study), {"name": "Mine"}).status_code == status
        assert Client().get(edit(study))["Location"].startswith("/sign-in")
        assert Evaluation.objects.get().name == "Ticket kiosk"

    def test_starting_a_draft_saves_and_starts_it_with_one_event(
        self, browser, api, team, endpoint
    ):
        study = create(api, status="Draft", evaluationMethod="manual")
        WebhookEvent.objects.all().delete()
        form = {**typed(opened(browser, edit(study))), "name": "Now"}
        press(browser, edit(study), form, "start")
        assert Evaluation.objects.get().name == "Now"
        events = WebhookEvent.objects.values_list("type", flat=True)
        assert list(events) == ["evaluation.status_changed"]

    def test_while_it_runs_autousers_change_and_their_runs_are_queued(self, browser, api):
        study = create(api, evaluationMethod="both", status="Draft")
        Evaluation.objects.get().move_to("Running")
        form = {**typed(opened(browser, edit(study))), "autouser": "novice"}
        form = typed(read(press(browser, edit(study), form, "add.selectedAutousers")))
        response = press(browser, edit(study), form, "start")
        assert response.status_code == 302
        assert AutouserRun.objects.count() == 1


#: A change in each section, as the form sends it, and as the API gets it.
CHANGES = {
    "designs": {"designUrls": [{"url": "https://example.com/other"}]},
    "questions": {"selectedDimensionIds": ["clarity"]},
    "looks": {"scenario": "Another."},
    "method": {"evaluationMethod": "both"},
    "autousers": {"selectedAutousers": [{"autouserId": "novice", "agentCount": 1}]},
}


def in_status(api, status, rater=None):
    """A study in a status, rated before where a rater is given."""
    study = create(api, status="Draft" if status == "Draft" else "Running")
    if rater is not None:
        rated(rater, study, overall=3)
    row = Evaluation.objects.get(pk=study["id"])
    row.move_to(status)
    return Evaluation.objects.get(pk=study["id"])


@pytest.mark.parametrize("section", CHANGES)
@pytest.mark.parametrize(
    ("status", "was_rated"),
    [
        ("Draft", False),
        ("Running", False),
        ("Running", True),
        ("Ended", False),
        ("Ended", True),
        ("Archived", False),
        ("Archived", True),
    ],
)
def test_what_the_page_calls_fixed_is_what_the_api_refuses(api, team, status, was_rated, section):
    rater = ApiClient(make_key(team, make_member(team, Role.EDITOR))) if was_rated else None
    study = in_status(api, status, rater)
    answer = api.patch(f"/api/v1/evaluations/{study.pk}/draft", CHANGES[section])
    assert (section in fixed_sections(study, Role.OWNER)) == (answer.status_code == 400)


class TestStatus:
    def test_a_study_is_ended_archived_and_restored_by_buttons(self, browser, api):
        study = create(api)
        path = f"/evaluations/{study['id']}/status"
        for to in ("Ended", "Archived", "Ended", "Running"):
            page = opened(browser, edit(study))
            assert to in page.xpath("//button[@name='to']/@value")
            form = typed(page, "//form[@id='move']")
            response = browser.post(path, {**form, "to": to})
            assert response["Location"] == edit(study)
            assert Evaluation.objects.get().status == to

    @pytest.mark.parametrize("to", ["Draft", "Sideways", ""])
    def test_other_moves_are_refused_with_a_sentence(self, browser, api, to):
        study = create(api)
        path = f"/evaluations/{study['id']}/status"
        response = browser.post(path, {"to": to, "next": edit(study)}, follow=True)
        assert response.status_code == 200
        assert read(response).xpath("//*[@role='alert']")
        assert Evaluation.objects.get().status == "Running"

    def test_viewers_move_nothing(self, api, team):
        study = create(api)
        viewer = signed_in(make_member(team, Role.VIEWER, "viewer@example.org"))
        assert viewer.post(f"/evaluations/{study['id']}/status", {"to": "Ended"}).status_code == 403
        assert Evaluation.objects.get().status == "Running"


def test_the_queries_of_the_pages_do_not_grow(browser, api, django_assert_max_num_queries):
    few = create(api, status="Draft")
    many = create(
        api,
        stimuli=30,
        status="Draft",
        selectedAutousers=[
            {"autouserId": name, "agentCount": 1} for name in ("novice", "power-user")
        ],
        selectedDimensionIds=["overall", "clarity", "trust"],
    )
    for path in (NEW, edit(few), edit(many)):
        with django_assert_max_num_queries(MOST_QUERIES):
            browser.get(path)
