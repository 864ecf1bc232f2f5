"""The pages of rubrics and calibration: differences, rounds, measuring, improving, freezing."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from autousers.models import CalibrationRun, Rubric
from autousers.pages.calibration.rounds import DRAWN, LISTED, Rounds
from teams.models import Role
from tests.autousers.studies import make_study, rate_all
from tests.conftest import make_member
from tests.pages import errors_at, opened, read, typed, words
from webhooks.models import WebhookEvent

OURS, THEIRS = [5, 4, 5, 2, 4, 5], [4, 3, 3, 1, 3, 4]


@pytest.fixture
def browser(owner, team):
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def page(persona):
    return f"/autousers/{persona['id']}"


@pytest.fixture
def study(team, autouser):
    study = make_study(team, designs=6)
    rate_all(study, autouser, ours=OURS, theirs=THEIRS)
    return study


def form_of(page, do):
    """The form with a button, as a browser sends it when the button is pressed."""
    return {**typed(page, f"//form[.//button[@value='{do}']]"), "do": do}


def press(browser, path, do, **fields):
    return browser.post(path, {**form_of(opened(browser, path), do), **fields})


def runs(autouser, *kappas, **extra):
    start = timezone.now() - timedelta(days=300)
    return [
        CalibrationRun.objects.create(
            autouser=autouser, kappa=kappa, sample_size=20, created_at=start + timedelta(days=n),
            converged=bool(kappa and kappa >= 0.6), **extra,
        )
        for n, kappa in enumerate(kappas)
    ]  # fmt: skip


class TestRubrics:
    def test_the_newest_two_are_compared_and_others_can_be_chosen(self, browser, api, path, page):
        texts = ("Judge fast.", "Judge fast.\nMind contrast.", "Judge slowly.\nMind contrast.")
        made = [api.post(f"{path}/rubrics", {"criteriaText": text}).json() for text in texts]
        shown = opened(browser, f"{page}/rubrics")
        assert [words(line) for line in shown.xpath("//*[@class='diff']/p")] == [
            "\N{MINUS SIGN} Removed: Judge fast .", "+ Added: Judge slowly .", "Mind contrast.",
        ]  # fmt: skip
        assert [words(mark) for mark in shown.xpath("//mark")] == ["fast", "slowly"]
        query = f"?from={made[0]['id']}&to={made[1]['id']}"
        shown = opened(browser, f"{page}/rubrics{query}")
        lines = [words(line) for line in shown.xpath("//*[@class='diff']/p")]
        assert lines == ["Judge fast.", "+ Added: Mind contrast."]

    @pytest.mark.parametrize("query", ["?from=x&to=y", "?from=&to=%00", "?page=x"])
    def test_unknown_versions_are_the_newest_two(self, browser, api, path, page, query):
        for text in ("a", "b"):
            api.post(f"{path}/rubrics", {"criteriaText": text})
        assert "Added: b" in words(opened(browser, f"{page}/rubrics{query}"))

    def test_writing_makes_the_next_version_once(self, browser, api, path, page):
        api.post(f"{path}/rubrics", {"criteriaText": "Judge fast."})
        form = typed(opened(browser, f"{page}/rubrics/new"))
        assert form["criteriaText"] == ["Judge fast."]
        form |= {"criteriaText": "Judge slowly.\r\nGently.", "commitMessage": "Calmer"}
        for _ in range(2):
            browser.post(f"{page}/rubrics/new", {**form, "activate": "on"})
        first, second = Rubric.objects.order_by("version")
        assert (second.criteria_text, second.status) == ("Judge slowly.\nGently.", "active")
        assert first.status == "draft"
        assert "Calmer" in words(opened(browser, f"{page}/rubrics"))

    def test_another_version_is_rated_by_with_a_button(self, browser, api, path, page):
        made = [api.post(f"{path}/rubrics", {"criteriaText": text}).json() for text in "ab"]
        browser.post(f"{page}/rubrics", {"activate": made[1]["id"]})
        assert api.get(path).json()["activeRubricId"] == made[1]["id"]
        gone = browser.post(f"{page}/rubrics", {"activate": "x"})
        assert gone.status_code == 404

    def test_a_wording_is_changed_unless_somebody_else_did(self, browser, api, path, page):
        made = api.post(f"{path}/rubrics", {"criteriaText": "a"}).json()
        address = f"{page}/rubrics/{made['id']}"
        form = {**typed(opened(browser, address)), "criteriaText": "mine"}
        api.patch(f"{path}/rubrics/{made['id']}", {"criteriaText": "theirs"})
        refused = browser.post(address, form)
        assert refused.status_code == 409
        shown = read(refused)
        assert "differs from what is stored now in: the rubric" in words(shown)
        assert browser.post(address, typed(shown)).status_code == 302
        assert Rubric.objects.get().criteria_text == "mine"

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("criteriaText", "", "empty"),
            ("criteriaText", "x" * 50_001, "50000"),
            ("commitMessage", "x" * 501, "500"),
            ("name", "x" * 201, "200"),
            ("dimensionId", "x" * 201, "200"),
        ],
    )
    def test_a_refusal_stands_at_its_field(self, browser, page, field, value, said):
        form = {**typed(opened(browser, f"{page}/rubrics/new")), "criteriaText": "a", field: value}
        refused = browser.post(f"{page}/rubrics/new", form)
        assert refused.status_code == 400
        assert any(said in text for text in errors_at(read(refused), field))
        assert not Rubric.objects.exists()

    def test_a_frozen_one_offers_no_wording_and_refuses_one(self, browser, api, path, page):
        made = api.post(f"{path}/rubrics", {"criteriaText": "a"}).json()
        address = f"{page}/rubrics/{made['id']}"
        form = typed(opened(browser, address))
        api.post(f"{path}/calibration/freeze")
        assert "Wording" not in words(opened(browser, f"{page}/rubrics"))
        assert browser.get(address).status_code == 400
        refused = browser.post(address, {**form, "criteriaText": "b"}, follow=True)
        assert "frozen" in words(read(refused))
        assert Rubric.objects.get().criteria_text == "a"

    def test_two_hundred_versions_take_few_queries(
        self, browser, autouser, page, django_assert_max_num_queries
    ):
        for n in range(1, 201):
            Rubric(autouser=autouser, version=n, name="x", criteria_text=f"{n}").save()
        with django_assert_max_num_queries(12):
            shown = opened(browser, f"{page}/rubrics")
        assert "1 to 20 of 200" in words(shown)
        assert len(shown.xpath("//select[@name='from']/option")) == 200

    def test_the_other_autousers_rubrics_are_not_there(self, browser, api, path, page):
        other = api.post("/api/v1/autousers", {"name": "B", "systemPrompt": "x"}).json()
        made = api.post(f"/api/v1/autousers/{other['id']}/rubrics", {"criteriaText": "secret"})
        address = f"{page}/rubrics/{made.json()['id']}"
        assert browser.get(address).status_code == 404
        assert "secret" not in words(opened(browser, f"{page}/rubrics?to={made.json()['id']}"))


class TestThePicture:
    def test_it_has_a_mark_for_each_round_and_a_table_with_each_value(
        self, browser, autouser, page
    ):
        runs(autouser, -0.12, None, 0.71)
        shown = opened(browser, page)
        picture = shown.xpath("//svg[@role='img']")[0]
        assert picture.get("viewbox") is None
        assert picture.get("aria-label") == (
            "κ by round, oldest first: \N{MINUS SIGN}0.12, not defined, 0.71. "
            "From 0.6 on it is enough."
        )
        assert len(picture.xpath(".//circle[@class='kappa']")) == 2
        assert picture.xpath(".//line[@class='path']") == []  # no line across what is unknown
        assert [mark.get("cy") for mark in picture.xpath(".//circle")] == ["94.0", "31.8"]
        assert "not defined" in words(shown.xpath("//details[summary='Every value']")[0])

    @pytest.mark.parametrize(
        ("kappas", "said"),
        [
            ((), "Nobody has compared this autouser with people yet."),
            ((0.1, 0.71), "κ rose to 0.71 from 0.10 over 2 rounds. That is enough: autouser and "
                          "people are mostly within a step."),
            ((0.7, 0.3), "κ fell to 0.30 from 0.70 over 2 rounds. 0.6 would be enough: autouser "
                         "and people agree a little, and often differ by more than a step."),
            ((0.5, 0.51), "κ stayed near 0.51 from 0.50"),
            ((None, 0.5), "κ is 0.50 over 20 pairs of scores."),
            ((0.5, None), "In the last round κ is not defined"),
        ],
    )  # fmt: skip
    def test_the_sentence_comes_first(self, autouser, kappas, said):
        runs(autouser, *kappas)
        assert Rounds.of(autouser).sentence.startswith(said)

    def test_few_pairs_are_said_to_prove_little(self, autouser):
        runs(autouser, 0.9)
        CalibrationRun.objects.update(sample_size=9)
        assert Rounds.of(autouser).sentence.endswith("Few pairs prove little.")

    def test_many_rounds_are_cut_and_said_to_be(self, browser, autouser, page):
        runs(autouser, *[0.5] * (LISTED + 3))
        rounds = Rounds.of(autouser)
        assert (len(rounds.points), len(rounds.runs), rounds.is_cut) == (DRAWN, LISTED, True)
        assert all(0 < float(point.x[:-1]) < 100 for point in rounds.points)
        assert f"The newest {LISTED} rounds" in words(opened(browser, page))


class TestCalibration:
    def test_from_measuring_to_frozen(self, browser, api, path, page, study, autouser):
        calibration = f"{page}/calibration"
        api.post(f"{path}/rubrics", {"criteriaText": "Judge fast."})
        press(browser, calibration, "start")
        run = CalibrationRun.objects.get()
        assert (run.evaluation, run.sample_size) == (study, 6)
        shown = opened(browser, calibration)
        assert f"Measured. κ is {run.kappa:.2f}" in words(shown)
        assert "usability" in words(shown)
        proposal = read(press(browser, calibration, "propose"))
        assert "usability: people scored" in words(proposal.xpath("//*[@class='diff']")[0])
        assert Rubric.objects.count() == 1
        form = form_of(proposal, "apply")
        for _ in range(2):
            browser.post(calibration, form)
        assert [rubric.version for rubric in Rubric.objects.order_by("version")] == [1, 2]
        frozen = form_of(opened(browser, calibration), "freeze")
        for _ in range(2):
            browser.post(calibration, {**frozen, "commitMessage": "Good enough"})
        rubric = Rubric.objects.get(version=2)
        assert (rubric.status, rubric.commit_message) == ("frozen", "Good enough")
        told = WebhookEvent.objects.filter(type="calibration.frozen")
        assert told.count() == 1
        assert api.get(path).json()["calibrationStatus"] == "frozen"

    def test_measuring_twice_with_one_form_measures_once(self, browser, page, study):
        form = form_of(opened(browser, f"{page}/calibration"), "start")
        for _ in range(2):
            browser.post(f"{page}/calibration", form)
        assert CalibrationRun.objects.count() == 1

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"sampleSize": "0"}, "greater than or equal to 1"),
            ({"sampleSize": "some"}, "whole number"),
            ({"evaluationId": "nowhere"}, "There is no such evaluation"),
            ({"rubricId": "nowhere"}, "no such rubric"),
        ],
    )
    def test_a_refusal_is_told_and_measures_nothing(self, browser, page, study, fields, said):
        refused = press(browser, f"{page}/calibration", "start", **fields)
        assert refused.status_code in (400, 404)
        shown = read(refused)
        assert said in words(shown)
        if "sampleSize" in fields:
            assert errors_at(shown, "sampleSize")
            assert form_of(shown, "start")["sampleSize"] == [fields["sampleSize"]]
        assert not CalibrationRun.objects.exists()

    @pytest.mark.parametrize(
        ("do", "said"),
        [
            ("start", "There are no usable human ratings"),
            ("freeze", "Write a rubric first"),
        ],
    )
    def test_with_nothing_to_go_by_it_says_so(self, browser, page, do, said):
        refused = browser.post(f"{page}/calibration", {"do": do, "state": " "})
        assert refused.status_code == 400
        assert said in words(read(refused))

    def test_a_proposal_needs_a_round(self, browser, page, api, path):
        api.post(f"{path}/rubrics", {"criteriaText": "Judge fast."})
        refused = press(browser, f"{page}/calibration", "propose")
        assert "Measure first" in words(read(refused))

    def test_only_the_proposal_that_was_read_is_stored(self, browser, api, path, page, study):
        api.post(f"{path}/rubrics", {"criteriaText": "Judge fast."})
        api.post(f"{path}/calibration/start", {})
        form = form_of(read(press(browser, f"{page}/calibration", "propose")), "apply")
        api.post(f"{path}/calibration/start", {"sampleSize": 2})
        refused = browser.post(f"{page}/calibration", form)
        assert refused.status_code == 409
        assert "changed after this page was opened" in words(read(refused))
        assert Rubric.objects.count() == 1

    def test_only_the_wording_that_was_read_is_frozen(self, browser, api, path, page):
        made = api.post(f"{path}/rubrics", {"criteriaText": "a"}).json()
        form = form_of(opened(browser, f"{page}/calibration"), "freeze")
        api.patch(f"{path}/rubrics/{made['id']}", {"criteriaText": "b"})
        assert browser.post(f"{page}/calibration", form).status_code == 409
        assert Rubric.objects.get().status == "active"
        again = form_of(opened(browser, f"{page}/calibration"), "freeze")
        assert browser.post(f"{page}/calibration", again).status_code == 302
        assert Rubric.objects.get().status == "frozen"

    def test_the_active_version_is_chosen_however_old_it_is(self, browser, api, path, page):
        api.post(f"{path}/rubrics", {"criteriaText": "a"})
        autouser = Rubric.objects.get().autouser
        for n in range(2, 120):
            Rubric(autouser=autouser, version=n, name="x", criteria_text="b").save()
        form = form_of(opened(browser, f"{page}/calibration"), "freeze")
        browser.post(f"{page}/calibration", form)
        assert Rubric.objects.get(status="frozen").version == 1

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_it_needs_the_plan_that_the_api_asks_for(self, browser, page, team, method):
        team.plan = "free"
        team.save(update_fields=["plan"])
        refused = getattr(browser, method)(f"{page}/calibration", {"do": "start"})
        assert refused.status_code == 403
        assert "Calibration needs the Team, Pro or Enterprise plan" in words(read(refused))
        assert "Calibration needs the Team" in words(opened(browser, page))

    def test_viewers_read_the_rounds(self, team, page, autouser):
        runs(autouser, 0.5)
        viewer = Client()
        viewer.force_login(make_member(team, Role.VIEWER))
        shown = opened(viewer, f"{page}/calibration")
        assert "κ is 0.50" in words(shown)
        assert "Freeze" not in words(shown)

    def test_what_people_wrote_is_text(self, browser, autouser, page):
        said = "<script>alert(1)</script>"
        entry = {"ratingId": "c", "dimensionId": said, "autouserScore": 4, "humanScore": 2}
        runs(autouser, 0.5, disagreements=[{**entry, "humanReasoning": said}])
        content = browser.get(f"{page}/calibration").content.decode()
        assert said not in content
        assert re.search("&lt;script&gt;", content)
