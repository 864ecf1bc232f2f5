"""The pages about studies: a team's list, and what came of each."""

import re

import pytest
from django.test import Client

from evaluations.models import Evaluation
from ratings.insights.verdict import Judged, of_designs, of_pairs
from ratings.pages.results.charts import Scale, columns, strip
from ratings.reports.marks import Level
from ratings.statistics.groups import Group
from teams.auth.permissions import NoTeam
from teams.models import Role
from tests.clients import ApiClient
from tests.conftest import make_key, make_member, make_user
from tests.ratings.rating import create, rated

MOST_QUERIES = 12


def page(client, path, status=200):
    """A page's text, spaces drawn together."""
    response = client.get(path)
    assert response.status_code == status, response.content.decode()[:500]
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text)


@pytest.fixture
def browser(owner, team):
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def raters(make_rater):
    return [make_rater(Role.EDITOR) for _ in range(3)]


class TestTheStartPage:
    def test_strangers_read_what_this_is_and_how_to_get_in(self, db, settings):
        settings.SIGN_UP = "open"
        text = page(Client(), "/")
        assert "Sign in" in text
        assert "Sign up" in text
        assert "Studies" not in text

    def test_it_says_where_sign_up_is_closed(self, db, settings):
        settings.SIGN_UP = "closed"
        text = page(Client(), "/")
        assert "Sign up" not in text
        assert "Ask an Admin of your team for an invitation" in text

    def test_a_team_without_studies_is_told_how_to_begin(self, browser):
        assert "This team has no studies yet" in page(browser, "/")

    def test_a_person_without_a_team_is_told_so(self, db):
        nobody = Client()
        nobody.force_login(make_user("alone@example.org"))
        assert "team" in page(nobody, "/", NoTeam.status)

    def test_it_lists_the_studies_of_the_active_team_alone(self, browser, api, other_api):
        create(api, name="Ticket kiosk")
        create(other_api, name="Somebody else's")
        text = page(browser, "/")
        assert "Ticket kiosk" in text
        assert "Somebody else" not in text

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("", ["Refund form", "Ticket kiosk"]),
            ("?q=TICKET", ["Ticket kiosk"]),
            ("?status=Draft", ["Refund form"]),
            ("?status=Ended", []),
            ("?status=nonsense", ["Refund form", "Ticket kiosk"]),
            ("?q=%00ref", ["Refund form"]),
            ("?before=nonsense", ["Refund form", "Ticket kiosk"]),
        ],
    )
    def test_it_is_searched_and_filtered(self, browser, api, query, shown):
        create(api, name="Ticket kiosk")
        create(api, name="Refund form", status="Draft")
        text = page(browser, f"/{query}")
        assert [name for name in ("Refund form", "Ticket kiosk") if name in text] == shown
        assert ("No study fits" in text) == (not shown)

    def test_parts_of_a_long_list_follow_each_other(self, browser, api, monkeypatch):
        monkeypatch.setattr("ratings.pages.studies.SHOWN", 2)
        for number in range(5):
            create(api, name=f"Study {number}")
        seen, path = [], "/"
        while path:
            response = browser.get(path).content.decode()
            seen += re.findall(r">(Study \d)</a>", response)
            older = re.search(r'href="(\?[^"]*before=[^"]*)"', response)
            path = older and "/" + older[1].replace("&amp;", "&")
        assert seen == [f"Study {number}" for number in reversed(range(5))]

    def test_it_says_the_verdict_from_three_raters_on(self, browser, api, raters):
        study = create(api)
        for number, rater in enumerate(raters):
            rated(rater, study, overall=3)
            text = page(browser, "/")
            assert ("Too few raters to say: " + str(number + 1) in text) == (number < 2)
        assert "3.0 of 5 , 3.0 to 3.0" in text
        assert "3 people" in text

    def test_a_large_study_is_not_worked_out_in_the_list(self, browser, api, raters, monkeypatch):
        monkeypatch.setattr("ratings.pages.studies.MOST_RATINGS", 2)
        study = create(api)
        for rater in raters:
            rated(rater, study, overall=3)
        assert "it has many ratings" in page(browser, "/")

    def test_its_queries_do_not_grow_with_its_rows(
        self, browser, api, raters, django_assert_max_num_queries
    ):
        for _ in range(4):
            study = create(api, stimuli=2)
            rated(raters[0], study, overall=3)
        with django_assert_max_num_queries(MOST_QUERIES):
            browser.get("/")


class TestResults:
    def address(self, study):
        return f"/evaluations/{study['id']}/results"

    def test_it_says_the_verdict_and_what_it_rests_on(self, browser, api, raters):
        study = create(api)
        for rater, score in zip(raters, (2, 2, 3), strict=True):
            rated(rater, study, overall=score)
        text = page(browser, self.address(study))
        assert "gets 2.3 of 5." in text
        assert "3 raters, 95 % interval 1.0 to 3.8." in text
        assert "3 people, 0 autousers" in text

    def test_it_says_the_agreement_in_words(self, browser, api, raters):
        study = create(api, stimuli=2)
        for rater in raters:
            rated(rater, study, 0, overall=1)
            rated(rater, study, 1, overall=5)
        text = page(browser, self.address(study))
        assert "Almost fully." in text
        assert "near perfect" in text

    def test_of_pairs_it_names_the_side(self, browser, api, raters):
        study = create(api, type="SxS")
        for rater in raters:
            rated(rater, study, overall=-2)
        text = page(browser, self.address(study))
        assert "A is preferred. By 2.0 of 3 steps." in text
        assert "-2" not in text

    def test_without_ratings_it_claims_nothing(self, browser, api):
        text = page(browser, self.address(create(api)))
        assert "No ratings yet." in text
        assert "not defined" in text
        assert "%" not in text

    def test_the_address_of_a_study_leads_there(self, browser, api):
        study = create(api)
        response = browser.get(f"/evaluations/{study['id']}")
        assert response["Location"] == self.address(study)
        assert study["links"]["web"].endswith(f"/evaluations/{study['id']}")
        assert study["links"]["results"].endswith(self.address(study))

    def test_strangers_sign_in_first(self, api):
        study = create(api)
        response = Client().get(self.address(study))
        assert response["Location"] == f"/sign-in?next={self.address(study)}"

    def test_a_member_of_another_team_is_told_whose_it_is(self, api, other_team):
        study = create(api)
        stranger = Client()
        stranger.force_login(other_team.owner)
        assert "This study belongs to" in page(stranger, self.address(study), 403)

    def test_a_viewer_reads_it(self, api, team):
        study = create(api)
        viewer = Client()
        viewer.force_login(make_member(team, Role.VIEWER))
        assert study["name"] in page(viewer, self.address(study))

    @pytest.mark.parametrize("id", ["nowhere", "cmx0jprxhu9fojbvctz01lyvh", "a" * 300])
    def test_what_does_not_exist_is_said_so(self, browser, id):
        assert "There is no such evaluation" in page(browser, f"/evaluations/{id}/results", 404)

    def test_what_strangers_wrote_is_inert(self, browser, api, team, raters):
        hostile = "<script>alert(1)</script>"
        member = make_member(team, Role.EDITOR, "x@example.org")
        member.name = hostile
        member.save()
        study = create(api, name=hostile)
        Evaluation.objects.get(pk=study["id"]).comparisons.update(label=hostile)
        rated(ApiClient(make_key(team, member)), study, overall=3)
        for path in ("/", self.address(study)):
            assert "<script>alert" not in browser.get(path).content.decode()

    def test_its_queries_do_not_grow_with_its_raters(
        self, browser, api, raters, django_assert_max_num_queries
    ):
        study = create(api, stimuli=3)
        for rater in raters:
            for position in range(3):
                rated(rater, study, position, overall=3)
        browser.get(self.address(study))  # the agreement is worked out once
        with django_assert_max_num_queries(MOST_QUERIES):
            browser.get(self.address(study))


def group(*values, low=1.0, high=5.0):
    return Group.of(values, low, high)


def judged(label, *values, low=1.0, high=5.0, **dimensions):
    return Judged(label, group(*values, low=low, high=high), dimensions)


class TestVerdicts:
    def test_designs_that_differ_have_a_best_and_a_worst(self):
        found = of_designs([judged("A", 1, 1, 2), judged("B", 5, 5, 5), judged("C", 3, 3, 3)])
        assert found.first == "B is rated best, 5.0 of 5, A worst, 1.3."

    def test_designs_whose_intervals_overlap_are_about_the_same(self):
        found = of_designs([judged("A", 1, 3, 5), judged("B", 2, 4, 5)])
        assert found.first == "The designs are rated about the same: 3.0 to 3.7 of 5."

    def test_the_weakest_dimension_is_named(self):
        found = of_designs([judged("A", 3, 3, 3, trust=group(2, 2, 2), clarity=group(4, 4, 4))])
        assert found.more == "The lowest of A is trust, 2.0."

    def test_nothing_is_concluded_from_two(self):
        assert of_designs([judged("A", 1, 1)]).first == "Too few raters to say: 2."
        assert of_pairs([judged("A", -3, -3, low=-3, high=3)]).first == "Too few raters to say: 2."

    def test_a_preference_takes_the_whole_interval_on_one_side(self):
        unsure = judged("A", -1, 1, 2, low=-3, high=3)
        assert of_pairs([unsure]).first == "No clear preference."
        sure = judged("B", 2, 2, 3, low=-3, high=3)
        assert of_pairs([sure]).first == "B is preferred."
        assert of_pairs([unsure, sure]).first == "No clear preference in A. B is preferred in B."


def marks(*values, is_person=True):
    """The marks of some raters of one kind."""
    return [Level("overall", is_person, value, 1) for value in values]


def drawn(people=(), autousers=(), draw=strip):
    groups = {True: group(*people), False: group(*autousers)}
    return draw([*marks(*people), *marks(*autousers, is_person=False)], groups, Scale(1, 5))


class TestCharts:
    def test_marks_of_one_value_are_stacked(self):
        [band] = drawn([3, 3, 5]).bands
        assert sorted(band.marks) == [("50.00%", 6), ("50.00%", 18), ("97.00%", 18)]

    def test_people_and_autousers_have_a_band_each(self):
        found = drawn([3], [2])
        assert [band.is_people for band in found.bands] == [True, False]
        assert found.bands[1].bar_top > found.bands[0].bar_top

    def test_below_three_raters_no_interval_is_drawn(self):
        found = drawn([3, 5])
        assert found.bands[0].bar.width is None
        assert found.bands[0].bar.mean == "73.50%"
        assert found.said == "People: mean 4.0, too few for an interval, n 2."

    def test_no_interval_is_wider_than_its_scale(self):
        found = group(1, 5, 1)
        assert (found.interval.lower, found.interval.upper) == (1.0, 5.0)

    def test_of_many_raters_each_step_has_a_column_from_zero(self):
        found = drawn([1] * 10 + [4] * 40, [3.5, 4.0], draw=columns)
        people, autousers = found.bands
        assert [(one.at, one.count) for one in people.columns] == [("3.00%", 10), ("73.50%", 40)]
        assert [(one.at, one.count) for one in autousers.columns] == [("73.50%", 2)]
        assert people.columns[1].height == 4 * people.columns[0].height
        feet = {one.top + one.height for band in found.bands for one in band.columns}
        assert len(feet) == 1
        assert people.columns[0].left < autousers.columns[0].left
