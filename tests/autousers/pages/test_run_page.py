"""The page of one run: from each number of the rating to its fact, to its place on a picture."""

import pytest
from django.test import Client
from django.utils import timezone

from autousers.models import AutouserRun, Observation
from autousers.observation.facts import Box, Fact, Picture, Place, Wall
from autousers.runs import artifacts, lifecycle
from teams.models import Role
from tests.autousers.looks import DESIGN, PAGE, justify, labels, observed, rated, seen
from tests.autousers.running import make_study, queue, work
from tests.conftest import make_member, make_team, make_user
from tests.pages import opened, read, typed, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fake_engine")]

SAYS = (
    "Novice: Accessibility: 2 of 9 form fields without a label, for example “#Mail” (#mail), "
    "picture marked-unlabelled.jpg; and 12 of 9 form fields without a label are not its number. "
    "Trust: No way to get in touch."
)


@pytest.fixture
def browser(owner):
    client = Client()
    client.force_login(owner)
    return client


def page_of(study, run=None):
    run = run or AutouserRun.objects.get()
    return f"/evaluations/{study['id']}/results/autousers?inspectRun={run.pk}"


@pytest.fixture
def study(api):
    made = rated(api, seen(labels("#mail", "#name"), Fact("no-contact", 1, "markup")))
    justify(SAYS, accessibility=["fields-without-label"], trust=["no-contact"])
    return made


class TestEvidence:
    def test_a_number_leads_to_its_fact_to_its_place_and_back(self, browser, study):
        page = opened(browser, page_of(study))

        cite = page.xpath("//p[strong='Accessibility.']/a[contains(@class, 'cite')]")
        assert [one.get("href") for one in cite] == ["#fact-fields-without-label"]
        fact = page.get_element_by_id("fact-fields-without-label")
        assert "2 of 9 form fields without a label" in words(fact)
        assert "Serious" in words(fact)
        assert "axe rule" in words(fact)
        there = fact.xpath(".//a[.='See it on the picture']/@href")
        assert there == ["#mark-fields-without-label"]
        mark = page.get_element_by_id("mark-fields-without-label")
        assert mark.get("href") == "#fact-fields-without-label"
        assert mark.xpath("./text")[0].text == "1"

    def test_every_link_within_the_page_has_its_end(self, browser, study):
        page = opened(browser, page_of(study))
        ids = set(page.xpath("//@id"))
        ends = {one.removeprefix("#") for one in page.xpath("//main//a/@href") if one[0] == "#"}

        assert len(ends) >= 4
        assert ends <= ids
        assert len(page.xpath("//@id")) == len(ids)

    def test_a_place_is_marked_where_it_is(self, browser, study):
        page = opened(browser, page_of(study))

        svg = page.xpath("//svg[contains(@class, 'marks')]")[0]
        assert svg.get("viewbox") == "0 0 1280 2400"
        edge = page.get_element_by_id("mark-fields-without-label").xpath("./rect")[1]
        # 200 x 30 at (40, 100), as high as 24 px where the picture is 390 px wide
        assert (edge.get("x"), edge.get("width")) == ("40.0", "200.0")
        assert (edge.get("y"), edge.get("height")) == ("75.6", "78.8")
        places = page.xpath("//li[@id='fact-fields-without-label']//details//a/@href")
        assert places == ["#mark-fields-without-label", "#mark-fields-without-label-2"]

    def test_nothing_is_styled_inline(self, browser, study):
        assert (
            opened(browser, page_of(study)).xpath("//@style | //style | //script[not(@src)]") == []
        )

    def test_a_fact_without_a_place_says_its_value_and_has_no_mark(self, browser, study):
        fact = opened(browser, page_of(study)).get_element_by_id("fact-no-contact")

        assert "No way to get in touch" in words(fact)
        assert fact.xpath(".//a[contains(., 'picture')]") == []

    def test_dimensions_are_told_with_their_scores_and_facts(self, browser, study):
        page = opened(browser, page_of(study))

        scores = page.xpath("//dl[contains(@class, 'scores')]/div")
        assert [words(one) for one in scores] == [
            "Accessibility 2 of 5 Fact 1", "Trust 2 of 5 Fact 2",
        ]  # fmt: skip

    def test_hostile_words_stay_words(self, api, browser):
        place = Place("<b>", "<img src=x onerror=alert(1)>", Box(1, 1, 9, 9))
        fact = Fact("fields-without-label", 1, "axe rule", of=1, places=(place,))
        study = rated(api, seen(fact, walls=(Wall("dialog", "<i>A wall</i>"),)))
        justify("<script>x</script>", accessibility=["fields-without-label"])

        page = opened(browser, page_of(study))

        assert page.xpath("//main//img[@onerror] | //main//i | //main//b | //main//script") == []
        assert "<script>x</script>" in words(page)

    def test_pairs_tell_each_side_apart(self, api, browser):
        urls = {side: f"{DESIGN}{side}?score=2" for side in "ab"}
        looks = [seen(labels("#mail"), url=urls["a"]), seen(labels(), url=urls["b"])]
        pair = {"currentUrl": urls["a"], "variantUrl": urls["b"]}
        study = rated(api, *looks, type="SxS", designUrls=[], comparisonPairs=[pair])
        justify(
            "Novice: Accessibility: Side A: 1 of 9 form fields without a label. "
            "Side B: 9 form fields, each with a label.",
            accessibility=["fields-without-label"],
        )

        page = opened(browser, page_of(study))

        cites = page.xpath("//div[contains(@class, 'just')]//a/@href")
        assert cites == ["#fact-a-fields-without-label", "#fact-b-fields-without-label"]
        assert "No fault" in words(page.get_element_by_id("fact-b-fields-without-label"))


class TestStates:
    def test_waiting(self, api, browser):
        study = make_study(api)
        queue(api, study)

        page = opened(browser, page_of(study))

        assert "A worker takes the run as soon as one is free" in words(page)
        assert page.xpath("//*[@data-live]/@id") == ["state", "live"]
        assert page.xpath("//script[contains(@src, 'live.js')]")
        assert "look again" in words(page.xpath("//noscript")[0])

    def test_live(self, api, browser):
        study = make_study(api)
        queue(api, study)
        lifecycle.claim(timezone.now(), max_attempts=3)
        AutouserRun.objects.update(current_action="Scrolling", current_narration="Goes down.")

        assert "Scrolling. Goes down." in words(opened(browser, page_of(study)))

    def test_failed_with_its_reason_and_what_was_done_before(self, api, browser):
        study = make_study(api, "fail=HTTP%20404.", evaluationMethod="both")
        queue(api, study)
        work()
        step = {"step": "navigating", "action": "Opening", "narration": "Opens it.", "picture": ""}
        look = seen(url=f"{DESIGN}?fail=HTTP%20404.", pictures=())
        observed(study["id"], look, status="failed", error="HTTP 404.", facts=None, steps=[step])

        page = opened(browser, page_of(study))

        assert words(page.xpath("//div[@class='alert']")[0]) == "HTTP 404."
        assert "none of the quota" in words(page)
        assert "Opening Opens it." in words(page)
        assert page.xpath("//*[@data-live]") == []

    def test_read_as_markup_only(self, api, browser):
        look = seen(Fact("no-contact", 1, "markup"), pictures=())
        study = rated(api, look)
        Observation.objects.update(
            observer="markup", facts={**look.to_json(), "observer": "markup"}
        )

        page = opened(browser, page_of(study))

        assert "No browser looked at this page" in words(page)
        assert page.xpath("//main//img") == []

    def test_cancelled(self, api, browser):
        study = make_study(api)
        queue(api, study)
        AutouserRun.objects.cancel_all()

        assert "It was cancelled" in words(opened(browser, page_of(study)))

    def test_pictures_that_are_no_longer_kept(self, browser, study):
        artifacts.remove(Observation.objects.get().pk, of=artifacts.OBSERVATIONS)

        page = opened(browser, page_of(study))

        assert "The pictures of this visit are no longer kept" in words(page)
        assert page.xpath("//main//img | //main//svg[contains(@class, 'marks')]") == []
        assert page.get_element_by_id("fact-fields-without-label") is not None

    def test_a_rating_without_facts_says_so(self, api, browser):
        study = make_study(api)
        queue(api, study)
        work()

        assert "This rating has no facts" in words(opened(browser, page_of(study)))

    @pytest.mark.parametrize("run", ["nothing", "", "cmx0q6xstppw8yh67w5lumtyi", "a%00b"])
    def test_a_run_that_there_is_not(self, browser, study, run):
        page = opened(
            browser, f"/evaluations/{study['id']}/results/autousers?inspectRun={run}", 404
        )

        assert "This study has no such run" in words(page)

    def test_a_run_of_another_study_is_not_there(self, api, browser, study):
        other = make_study(api)

        opened(browser, page_of(other), 404)

    def test_not_measured_is_said_with_its_reason(self, api, browser):
        study = rated(api, seen(labels("#mail"), not_measured={"low-contrast": "it hung"}))

        assert "Low contrast: it hung." in words(opened(browser, page_of(study)))

    def test_facts_that_it_does_not_quote_are_told_too(self, browser, study):
        justify("Nothing.", accessibility=[])

        page = opened(browser, page_of(study))

        assert page.get_element_by_id("fact-fields-without-label").tag == "tr"
        assert page.xpath("//svg[contains(@class, 'marks')]") == []
        assert len(page.xpath("//div[contains(@class, 'shot')]//img")) == 1

    def test_a_place_outside_of_the_picture_has_no_mark(self, api, browser):
        look = seen(labels("#mail"), pictures=(Picture("page.jpg", "x", part=Box(0, 0, 1280, 90)),))
        study = rated(api, look)
        justify("x", accessibility=["fields-without-label"])

        page = opened(browser, page_of(study))

        assert "No box" in words(page)
        assert "on the picture" not in words(page)


class TestButtons:
    def press(self, browser, path, do):
        form = typed(opened(browser, path), f"//form[.//button[@value='{do}']]")
        return browser.post(path.partition("?")[0], {**form, "do": do})

    def test_an_editor_cancels_a_run(self, api, browser):
        study = make_study(api, agents=2)
        queue(api, study)
        run, other = AutouserRun.objects.order_by("agent")

        response = self.press(browser, page_of(study, run), "cancel")

        assert response["Location"] == page_of(study, run)
        assert "1 run was cancelled" in words(read(browser.get(response["Location"])))
        run.refresh_from_db(), other.refresh_from_db()
        assert (run.status, other.status) == ("cancelled", "pending")

    def test_an_editor_cancels_all(self, api, browser):
        study = make_study(api, agents=3)
        queue(api, study)

        path = f"/evaluations/{study['id']}/results/autousers"
        response = self.press(browser, path, "cancel-all")

        assert "3 runs were cancelled" in words(read(browser.get(response["Location"])))
        assert set(AutouserRun.objects.values_list("status", flat=True)) == {"cancelled"}

    def test_an_editor_repeats_a_run_once(self, api, browser):
        study = make_study(api, evaluationMethod="both")
        queue(api, study)
        work()
        run = AutouserRun.objects.get()
        old = page_of(study, run)

        response = self.press(browser, old, "repeat")

        again = AutouserRun.objects.get(replaces=run)
        assert response["Location"] == page_of(study, again)
        assert again.status == "pending"
        assert "A later run has replaced this one" in words(opened(browser, old))
        twice = browser.post(old.partition("?")[0], {"do": "repeat", "run": run.pk}, follow=True)
        assert "replaced already" in words(read(twice))
        assert AutouserRun.objects.count() == 2

    def test_a_study_that_is_over_says_to_reopen_it(self, api, browser):
        study = make_study(api, "fail=HTTP%20404.", evaluationMethod="ai")
        queue(api, study)
        work()

        page = opened(browser, page_of(study))

        assert page.xpath("//button[@value='repeat']") == []
        assert "This study is ended: reopen it" in words(page)

    def test_a_viewer_has_no_buttons_and_may_not(self, api, team):
        study = make_study(api)
        queue(api, study)
        viewer = Client()
        viewer.force_login(make_member(team, Role.VIEWER))
        path = page_of(study)

        assert opened(viewer, path).xpath("//main//button[@name='do']") == []
        response = viewer.post(path.partition("?")[0], {"do": "cancel-all"})
        assert response.status_code == 403
        assert AutouserRun.objects.get().status == "pending"

    @pytest.mark.parametrize("sent", [{"do": "nothing"}, {}, {"do": "cancel", "run": "\0"}])
    def test_what_is_no_button_changes_nothing(self, api, browser, sent):
        study = make_study(api)
        queue(api, study)

        response = browser.post(f"/evaluations/{study['id']}/results/autousers", sent)

        assert response.status_code in (302, 404)
        assert AutouserRun.objects.get().status == "pending"

    def test_a_run_of_another_study_cannot_be_cancelled(self, api, browser):
        study, other = make_study(api), make_study(api)
        queue(api, other)
        run = AutouserRun.objects.get()
        path = f"/evaluations/{study['id']}/results/autousers"

        assert browser.post(path, {"do": "cancel", "run": run.pk}).status_code == 404
        run.refresh_from_db()
        assert run.status == "pending"


class TestFiles:
    @pytest.fixture
    def visit(self, study):
        row = Observation.objects.get()
        row.files = [*row.files, "facts.json", "odd.html"]
        row.save()
        for name in ("facts.json", "odd.html", "unlisted.jpg"):
            artifacts.keep(row.pk, name, b"<script>", of=artifacts.OBSERVATIONS)
        return f"/evaluations/{study['id']}/results/autousers/visits/{row.pk}"

    @pytest.mark.parametrize(
        ("name", "kind", "shown"),
        [("page.jpg", "image/jpeg", "inline"), ("facts.json", "application/json", "attachment")],
    )
    def test_a_file_is_inert(self, browser, visit, name, kind, shown):
        answer = browser.get(f"{visit}/{name}")

        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        assert answer["Content-Disposition"] == f'{shown}; filename="{name}"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"].endswith("; sandbox")
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"

    @pytest.mark.parametrize(
        "name",
        [
            "odd.html",
            "unlisted.jpg",
            "none.jpg",
            "..",
            "..%2Fpage.jpg",
            "page.jpg%00",
            "%2e%2e%2fx",
        ],
    )
    def test_what_is_no_file_of_the_visit_is_not_there(self, browser, visit, name):
        assert browser.get(f"{visit}/{name}").status_code == 404

    def test_the_transcript_of_a_run(self, browser, study):
        run = AutouserRun.objects.get()
        path = f"/evaluations/{study['id']}/results/autousers/runs/{run.pk}"

        answer = browser.get(f"{path}/transcript.txt")

        assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
        for name in ("none.txt", "..%2F..%2Fdb.txt", "transcript.txt%00"):
            assert browser.get(f"{path}/{name}").status_code == 404

    @pytest.mark.parametrize("who", ["stranger", "guest", "other study"])
    def test_rights_are_checked_for_each_file(self, api, browser, visit, who):
        run = AutouserRun.objects.get()
        visitor = browser if who == "other study" else Client()
        base = visit.partition("/visits/")[0]
        if who == "stranger":
            person = make_user("stranger@example.org")
            make_team(owner=person, name="Elsewhere")
            visitor.force_login(person)
        if who == "other study":
            other = f"/evaluations/{make_study(api)['id']}/results/autousers"
            visit, base = visit.replace(base, other), other
        wanted = {"stranger": 403, "guest": 302, "other study": 404}[who]

        for path in (f"{visit}/page.jpg", f"{base}/runs/{run.pk}/transcript.txt", base):
            status = visitor.get(path).status_code
            assert status == (200 if who == "other study" and path == base else wanted)


def test_pictures_are_linked_where_they_are_served(browser, study):
    page = opened(browser, page_of(study))
    sources = page.xpath("//main//img/@src")

    assert sources
    assert all(browser.get(one)["Content-Type"] == "image/jpeg" for one in sources)
    assert PAGE.artifact in sources[0]
