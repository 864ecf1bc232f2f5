"""The findings of a study on their page: ranked, filtered, compared, as paragraphs for tickets."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from autousers.models import Observation
from autousers.observation.facts import Box, Fact, Place
from autousers.pages.findings import listing
from evaluations.models import Evaluation
from tests.autousers.looks import PHONE, URL, labels, rated, seen
from tests.autousers.running import DESIGN, make_study
from tests.conftest import make_team, make_user
from tests.pages import opened, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fake_engine")]

BOTH = [{"autouserId": one, "agentCount": 1} for one in ("novice", "screen-reader")]
CONTACT = Fact("no-contact", 1, "markup")


@pytest.fixture
def browser(owner):
    client = Client()
    client.force_login(owner)
    return client


def path_of(study, query="", *, file=""):
    return f"/evaluations/{study['id']}/results/findings{file}{query}"


def titles(page):
    return [words(one) for one in page.xpath("//section[@aria-labelledby='h-list']//li//strong[1]")]


class TestTheList:
    def test_the_gravest_stands_first_with_its_picture(self, api, browser):
        study = rated(api, seen(CONTACT, labels("#mail", "#name")), autousers=BOTH)

        page = opened(browser, path_of(study))

        assert "3 findings. The gravest: Form fields without a label: “#Mail”." in words(page)
        assert titles(page) == [
            "Form fields without a label: “#Mail”",
            "Form fields without a label: “#Name”",
            "No way to reach somebody",
        ]
        row = page.xpath("//li[@class='found']")[0]
        assert words(row.xpath(".//summary")[0]).startswith("6 points Form fields without a label")
        assert "Accessibility" in words(row.xpath(".//summary")[0])
        assert "2 of 2" in words(row)
        for part in ("2 of 9 form fields without a label", "Axe rule; 1280 × 800 px", "#mail"):
            assert part in words(row)

    def test_the_picture_is_cropped_to_the_place(self, api, browser):
        study = rated(api, seen(labels("#mail")))
        (svg,) = opened(browser, path_of(study)).xpath("//svg[@class='crop']")
        (image,) = svg.xpath("./image")

        # The place: 200 x 30 at (40, 100). 360 x 120 around its middle.
        assert svg.get("viewbox") == "0 55 360 120"
        assert (image.get("width"), image.get("height")) == ("1280", "2400")
        assert browser.get(image.get("href"))["Content-Type"] == "image/jpeg"
        assert svg.get("aria-label") == "Form fields without a label: “#Mail”"

    def test_it_leads_to_the_fact_in_a_visit(self, api, browser):
        study = rated(api, seen(labels("#mail")))
        (href,) = opened(browser, path_of(study)).xpath("//dd/a[.='Novice']/@href")

        page = opened(browser, href)

        assert page.get_element_by_id(href.partition("#")[2]) is not None

    @pytest.mark.parametrize(
        ("query", "count"),
        [("persona=novice", 2), ("persona=nobody", 0), ("dimension=trust", 1), ("design=x", 0),
         ("dimension=accessibility", 1), (f"design={URL}", 2), ("state=nonsense", 2),
         ("page=7", 0), ("persona=%00", 0)],
    )  # fmt: skip
    def test_it_is_filtered(self, api, browser, query, count):
        study = rated(api, seen(labels("#mail"), CONTACT))

        assert len(titles(opened(browser, path_of(study, f"?{query}")))) == count

    def test_a_whole_page_has_no_crop_and_a_place_without_a_picture_says_so(self, api, browser):
        place = Place("#deep", "Deep", Box(1, 9_000, 10, 10))
        deep = Fact("fields-without-label", 1, "axe rule", of=1, places=(place,))
        study = rated(api, seen(CONTACT, deep))

        page = opened(browser, path_of(study))

        assert page.xpath("//svg[@class='crop']") == []
        assert "it is about the whole page" in words(page)
        assert "No picture shows this place" in words(page)

    def test_a_part_of_a_long_list(self, api, browser, monkeypatch):
        monkeypatch.setattr(listing, "SHOWN", 2)
        study = rated(api, seen(labels("#a", "#b", "#c"), CONTACT))

        first = opened(browser, path_of(study))
        (href,) = first.xpath("//nav[@aria-label='Pages']/a/@href")

        assert len(titles(first) + titles(opened(browser, path_of(study, href)))) == 4

    def test_hostile_words_stay_words(self, api, browser):
        place = Place("</textarea><b>", "<script>x</script>", Box(1, 1, 9, 9))
        fact = Fact("fields-without-label", 1, "axe rule", of=1, places=(place,))

        page = opened(browser, path_of(rated(api, seen(fact))))

        assert page.xpath("//main//b | //main//script | //@style") == []
        assert "</textarea><b>" in page.xpath("//textarea")[0].text


class TestEmpty:
    def test_not_measured(self, api, browser):
        page = opened(browser, path_of(make_study(api)))

        assert "Not measured. No rating of this study rests on facts yet." in words(page)

    def test_nothing_found(self, api, browser):
        page = opened(browser, path_of(rated(api, seen(labels()))))

        assert "Nothing was found. No fact stands behind a low rating" in words(page)
        assert "Nothing to compare with" in words(page)

    def test_only_markup_was_read(self, api, browser):
        look = seen(CONTACT, pictures=())
        study = rated(api, look)
        Observation.objects.update(facts={**look.to_json(), "observer": "markup"})

        assert "No browser looked at these designs" in words(opened(browser, path_of(study)))


class TestCompared:
    @pytest.fixture
    def both(self, api):
        before = rated(api, seen(labels("#mail", "#name"), CONTACT), name="First build")
        now = rated(api, seen(labels("#name", "#town"), Fact("no-contact", 0, "markup")))
        return before, now

    def test_an_earlier_study_of_the_design_is_offered(self, browser, both):
        before, now = both

        assert opened(browser, path_of(now)).xpath("//select[@id='against']/option/@value") == [
            "", before["id"],
        ]  # fmt: skip
        assert opened(browser, path_of(before)).xpath("//select[@id='against']") == []

    def test_what_became_of_each(self, browser, both):
        before, now = both

        page = opened(browser, path_of(now, f"?compareTo={before['id']}"))

        assert "2 fixed, 1 still there, 1 new." in words(page)
        listed = page.xpath("//section[@aria-labelledby='h-list']//li")
        told = {
            words(one.xpath(".//strong")[0])[-7:]: words(
                one.xpath(".//span[@class and contains(@class, 'tag')]")[0]
            )
            for one in listed
        }
        assert told == {"“#Name”": "Still there", "“#Town”": "New"}
        gone = page.xpath("//section[@aria-labelledby='h-fixed']//li")
        assert {words(one.xpath(".//strong")[0]) for one in gone} == {
            "Form fields without a label: “#Mail”", "No way to reach somebody",
        }  # fmt: skip
        # What is gone was seen by the earlier study: its picture and run are there.
        (image,) = page.xpath("//section[@aria-labelledby='h-fixed']//image/@href")
        assert before["id"] in image
        assert browser.get(image).status_code == 200

    @pytest.mark.parametrize(("state", "count"), [("fixed", 2), ("new", 1), ("all", 4)])
    def test_states_are_filtered(self, browser, both, state, count):
        before, now = both

        page = opened(browser, path_of(now, f"?compareTo={before['id']}&state={state}"))

        assert len(titles(page)) == count

    def test_what_was_not_measured_before_is_said(self, api, browser):
        before = rated(api, seen(labels("#mail"), conditions=PHONE))
        now = rated(api, seen(labels("#town")))

        page = opened(browser, path_of(now, f"?compareTo={before['id']}"))

        assert "Not measured before" in words(page.xpath("//section[@aria-labelledby='h-list']")[0])

    def test_studies_of_others_and_of_other_designs_are_not_offered(self, api, browser, both):
        _, now = both
        rated(api, seen(labels("#x"), url=f"{DESIGN}other?score=2"), name="Other design")
        Evaluation.objects.filter(name="Other design").update(created_at="2020-01-01T00:00Z")

        options = opened(browser, path_of(now)).xpath("//select[@id='against']/option")

        assert len(options) == 2

    def test_a_study_of_other_designs_is_refused_in_the_page(self, api, browser, both):
        _, now = both
        other = make_study(api, "score=5")

        page = opened(browser, path_of(now, f"?compareTo={other['id']}"), 400)

        assert "has no design of this one" in words(page.xpath("//*[@role='alert']")[0])
        assert len(titles(page)) == 2

    @pytest.mark.parametrize("wanted", ["nothing", "cmx0q6xstppw8yh67w5lumtyi", "%00"])
    def test_a_study_that_there_is_not(self, browser, both, wanted):
        opened(browser, path_of(both[1], f"?compareTo={wanted}"), 404)

    def test_a_study_of_another_team_is_not_told(self, api, browser, both):
        person = make_user("stranger@example.org")
        stranger = Client()
        make_team(owner=person, name="Elsewhere")
        stranger.force_login(person)

        assert stranger.get(path_of(both[1])).status_code == 403
        assert stranger.get(path_of(both[1], file=".md")).status_code == 403


class TestTickets:
    def test_a_paragraph_has_all_that_a_ticket_needs(self, api, browser):
        study = rated(api, seen(labels("#mail"), url=URL))
        (area,) = opened(browser, path_of(study)).xpath("//textarea")
        finding = api.get(f"/api/v1/evaluations/{study['id']}/results").json()["findings"][0]
        base = f"http://testserver/evaluations/{study['id']}/results"
        visit = finding["observationId"]

        assert area.text.strip().splitlines() == [
            "**Form fields without a label\\: “\\#Mail”**",
            "",
            "- Measured: 1 of 9 form fields without a label (axe rule)",
            "- Place: `#mail`",
            f"- Design: Design 1, `{URL}`",
            "- Seen in: 1280 × 800 px, fast network, light",
            "- Severity: Serious, 3 of 4; points: 3",
            "- Met by: Novice",
            "- Rated low for it: Accessibility",
            "- WCAG: 1.3.1, 3.3.2, 4.1.2",
            f"- [Finding]({base}/findings#f-{finding['id']}), "
            f"[Picture]({base}/autousers/visits/{visit}/page.jpg)",
        ]

    def test_the_link_of_a_ticket_leads_to_the_finding(self, api, browser):
        study = rated(api, seen(labels("#mail")))
        (row,) = opened(browser, path_of(study)).xpath("//li[@class='found']")
        text = row.xpath(".//textarea")[0].text

        assert f"findings#{row.get('id')})" in text

    def test_the_list_is_a_file_too(self, api, browser):
        study = rated(api, seen(labels("#mail", "#name"), CONTACT))

        answer = browser.get(path_of(study, "?dimension=accessibility", file=".md"))

        assert answer["Content-Type"] == "text/markdown; charset=utf-8"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer.content.decode().count("**Form fields") == 2
        empty = browser.get(path_of(study, "?persona=nobody", file=".md"))
        assert empty.content == b"No findings.\n"

    def test_words_of_strangers_are_no_markup(self, api, browser):
        place = Place("a`b", "[x](http://evil.example) <b>", Box(1, 1, 9, 9))
        fact = Fact("fields-without-label", 1, "axe rule", of=1, places=(place,))
        study = rated(api, seen(fact))

        text = browser.get(path_of(study, file=".md")).content.decode()

        assert "\\[x\\]\\(http\\://evil.example\\) &lt;b&gt;" in text
        assert "- Place: `` a`b ``" in text


def test_queries_do_not_grow_with_runs(api, browser):
    autousers = [{"autouserId": one, "agentCount": 10} for one in ("novice", "screen-reader")]
    before = rated(api, seen(labels("#mail"), CONTACT), autousers=autousers)
    looks = (seen(labels("#mail")), seen(CONTACT), seen(labels("#b"), conditions=PHONE))
    now = rated(api, *looks, autousers=autousers)
    Evaluation.objects.filter(pk=now["id"]).update(created_at=timezone.now())
    browser.get(path_of(now))

    for query in ("", f"?compareTo={before['id']}"):
        with CaptureQueriesContext(connection) as asked:
            opened(browser, path_of(now, query))
        assert len(asked) <= 12, [one["sql"][:90] for one in asked]
