"""The pages of results: who rated and who is left out, what was written, what still goes on."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from autousers.models import Autouser, AutouserRun
from evaluations.models import Evaluation
from ratings import exclusions
from ratings.models import Guest, RaterExclusion, Rating
from ratings.pages.results import marks, quotes, who
from ratings.services import insert_rating
from teams.models import Role
from tests.clients import ApiClient
from tests.conftest import make_key, make_member
from tests.evaluations.sharing.shared import make_outsider, make_share
from tests.ratings.rating import comparison_of, create, rated, stored
from tests.ratings.test_exclusions import give

MOST_QUERIES = 12


def address(study, page=""):
    return f"/evaluations/{study['id']}/results{page}"


def text_of(response):
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text)


def read(client, path, status=200):
    response = client.get(path)
    assert response.status_code == status, response.content.decode()[:500]
    return text_of(response)


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def browser(owner, team):
    return signed_in(owner)


@pytest.fixture
def raters(make_rater):
    return [make_rater(Role.EDITOR) for _ in range(4)]


@pytest.fixture
def rated_study(api, raters):
    """One design that three people rate 2, and the fourth 5."""
    study = create(api)
    for rater, score in zip(raters, (2, 2, 2, 5), strict=True):
        rated(rater, study, overall=score)
    return study


def guest_says(study, name, **values):
    """A rating of a guest with words."""
    guest = Guest.objects.create(evaluation_id=study["id"], name=name)
    rating = Rating(
        evaluation=stored(study),
        comparison_id=comparison_of(study),
        rater_type="human",
        rater=f"guest:{guest.pk}",
        public_rater=guest,
        dimension_ratings={"overall": 3},
        **values,
    )
    insert_rating(rating)
    return guest


def last_rater(study):
    return Rating.objects.filter(evaluation=study["id"]).latest("pk").rater


class TestLeavingARaterOut:
    def test_figures_of_the_page_follow_and_it_says_so(self, browser, rated_study):
        assert "gets 2.8 of 5." in read(browser, address(rated_study))
        sent = {"do": "exclude", "rater": last_rater(rated_study), "reason": "Nine seconds."}
        response = browser.post(address(rated_study, "/raters"), sent, follow=True)
        assert "Left out. All figures of this study follow." in text_of(response)
        text = read(browser, address(rated_study))
        assert "gets 2.0 of 5." in text
        assert "1 rater is left out by the team" in text
        record = read(browser, address(rated_study, "/raters"))
        assert "Nine seconds." in record
        assert "rater4@example.org" in record

    def test_it_is_undone_and_the_record_stays(self, browser, rated_study, owner):
        exclusion = exclusions.exclude(
            evaluation=stored(rated_study), rater=last_rater(rated_study), reason="x", by=owner
        )
        browser.post(address(rated_study, "/raters"), {"do": f"again.{exclusion.pk}"})
        assert "gets 2.8 of 5." in read(browser, address(rated_study))
        assert "counted again since" in read(browser, address(rated_study, "/raters"))
        exclusion.refresh_from_db()
        assert exclusion.restored_by == owner

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ({"reason": "x"}, "Choose a rater who has rated this study."),
            ({"rater": "user:nobody", "reason": "x"}, "Choose a rater who has rated"),
            ({"rater": "RATER", "reason": " "}, "Say why"),
            ({"rater": "RATER", "reason": "x" * 501}, "Use at most 500 characters"),
            ({"do": "again.nothing"}, "This rater is counted already."),
        ],
    )
    def test_what_is_refused_says_why_and_keeps_what_was_typed(
        self, browser, rated_study, sent, said
    ):
        rater = last_rater(rated_study)
        sent = {"do": "exclude", **sent}
        sent = {key: rater if value == "RATER" else value for key, value in sent.items()}
        response = browser.post(address(rated_study, "/raters"), sent)
        assert response.status_code == 400
        assert said in text_of(response)
        assert not RaterExclusion.objects.exists()
        if sent.get("rater") == rater:
            assert f'value="{rater}" id="r4" checked' in response.content.decode()

    @pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.EDITOR, 302)])
    def test_it_takes_an_editor(self, rated_study, team, role, status):
        client = signed_in(make_member(team, role, "somebody@example.org"))
        sent = {"do": "exclude", "rater": last_rater(rated_study), "reason": "x"}
        assert client.post(address(rated_study, "/raters"), sent).status_code == status
        assert RaterExclusion.objects.exists() == (status == 302)

    @pytest.mark.parametrize(("permission", "status"), [("VIEWER", 403), ("EDITOR", 302)])
    def test_or_a_share_that_lets_somebody_change_it(self, rated_study, permission, status):
        holder = make_outsider("holder@example.org")
        make_share(rated_study["id"], holder, permission)
        sent = {"do": "exclude", "rater": last_rater(rated_study), "reason": "x"}
        response = signed_in(holder).post(address(rated_study, "/raters"), sent)
        assert response.status_code == status

    def test_a_viewer_reads_the_record_without_buttons(self, rated_study, team, owner):
        exclusions.exclude(
            evaluation=stored(rated_study), rater=last_rater(rated_study), reason="x", by=owner
        )
        viewer = signed_in(make_member(team, Role.VIEWER, "v@example.org"))
        page = viewer.get(address(rated_study, "/raters")).content.decode()
        assert '<button type="submit" name="do"' not in page
        assert "left out" in page

    def test_an_exclusion_of_another_study_is_not_ended(self, browser, api, rated_study, owner):
        exclusion = exclusions.exclude(
            evaluation=stored(rated_study), rater=last_rater(rated_study), reason="x", by=owner
        )
        other = create(api)
        response = browser.post(address(other, "/raters"), {"do": f"again.{exclusion.pk}"})
        assert response.status_code == 400
        exclusion.refresh_from_db()
        assert exclusion.restored_at is None

    def test_when_all_are_left_out_the_page_says_so(self, browser, api, raters, owner):
        study = create(api)
        rated(raters[0], study, overall=3)
        exclusions.exclude(evaluation=stored(study), rater=last_rater(study), reason="x", by=owner)
        text = read(browser, address(study))
        assert "All who rated are left out." in text
        assert "No ratings yet." in text


class TestTheListOfRaters:
    def test_a_persona_is_one_row_with_its_agents(self, browser, rated_study):
        novice = Autouser.objects.filter(team=None).earliest("pk")
        for agent in (1, 2):
            give(rated_study, novice, agent, overall=1)
        text = read(browser, address(rated_study, "/raters"))
        assert text.count(novice.name) == 1
        assert "autouser, 2 agents" in text

    def test_parts_of_a_long_list_follow_each_other(self, browser, rated_study, monkeypatch):
        monkeypatch.setattr(who, "SHOWN", 3)
        first = browser.get(address(rated_study, "/raters")).content.decode()
        second = browser.get(address(rated_study, "/raters?page=2")).content.decode()
        rows = [re.findall(r'type="radio"', page) for page in (first, second)]
        assert [len(found) for found in rows] == [3, 1]
        assert 'href="?page=2"' in first
        assert 'href="?page=1"' in second

    @pytest.mark.parametrize("page", ["0", "-1", "x", "99999", "9999"])
    def test_any_page_number_is_answered(self, browser, rated_study, page):
        assert browser.get(address(rated_study, f"/raters?page={page}")).status_code == 200

    def test_its_queries_have_a_bound(
        self, browser, rated_study, owner, django_assert_max_num_queries
    ):
        exclusions.exclude(
            evaluation=stored(rated_study), rater=last_rater(rated_study), reason="x", by=owner
        )
        with django_assert_max_num_queries(MOST_QUERIES):
            browser.get(address(rated_study, "/raters"))


class TestWhatWasWritten:
    def test_words_stand_with_their_rater_the_newest_first(self, browser, rated_study):
        guest_says(rated_study, "Priya", justification="The clock made me nervous.")
        guest_says(rated_study, "Lena", open_text_responses={"overall": "Calm."})
        text = read(browser, address(rated_study))
        assert text.index("Calm.") < text.index("The clock made me nervous.")
        assert "Priya (guest)" in text
        assert "guest, unchecked" in text
        assert "Overall: Calm." in text

    def test_they_come_in_parts(self, browser, rated_study, monkeypatch):
        monkeypatch.setattr(quotes, "SHOWN", 2)
        for number in range(5):
            guest_says(rated_study, f"G{number}", justification=f"Words {number}.")
        seen, path = [], address(rated_study)
        while path:
            page = browser.get(path).content.decode()
            seen += re.findall(r"Words \d", page)
            older = re.search(r'href="(\?[^"]*before=[^"]*)#words"', page)
            path = older and address(rated_study) + older[1].replace("&amp;", "&")
        assert seen == [f"Words {number}" for number in reversed(range(5))]

    def test_those_of_who_is_left_out_are_not_shown(self, browser, rated_study, owner):
        guest = guest_says(rated_study, "Priya", justification="The clock made me nervous.")
        exclusions.exclude(
            evaluation=stored(rated_study), rater=f"guest:{guest.pk}", reason="x", by=owner
        )
        assert "The clock" not in read(browser, address(rated_study))

    def test_swapped_sides_are_said(self, browser, api):
        study = create(api, type="SxS")
        shown = {"position": 1, "sidesSwapped": True}
        guest_says(study, "Priya", justification="A is calmer.", presentation=shown)
        assert "their A is B here" in read(browser, address(study))

    def test_hostile_words_are_inert(self, browser, rated_study):
        hostile = "<script>alert(1)</script>"
        guest_says(
            rated_study, hostile, justification=hostile, open_text_responses={hostile: hostile}
        )
        for page in ("", "/raters"):
            content = browser.get(address(rated_study, page)).content.decode()
            assert "<script>alert" not in content
            assert "&lt;script&gt;alert" in content


class TestManyRaters:
    def test_from_41_on_steps_are_counted_and_nobody_is_cut(self, browser, api):
        study = create(api)
        for number in range(41):
            guest_says(study, f"G{number}")
        page = browser.get(address(study)).content.decode()
        assert "<circle cx" not in page.partition("</header>")[2]
        assert "41 raters" in page
        assert '<td class="right num">41</td>' in page
        assert marks.MOST_DOTS == 40

    def test_its_queries_have_a_bound(self, browser, api, django_assert_max_num_queries):
        study = create(api, type="SxS", stimuli=2)
        for number in range(41):
            guest_says(study, f"G{number}", justification="x")
        browser.get(address(study))
        with django_assert_max_num_queries(MOST_QUERIES):
            browser.get(address(study))


class TestProgress:
    @pytest.fixture
    def running(self, rated_study):
        evaluation = stored(rated_study)
        novice = Autouser.objects.filter(team=None).earliest("pk")
        for agent, status in enumerate(("running", "pending", "completed"), start=1):
            over = status == "completed"
            AutouserRun.objects.create(
                team=evaluation.team,
                evaluation=evaluation,
                comparison_id=comparison_of(rated_study),
                autouser=novice,
                agent=agent,
                quota_month="2026-06-01",
                status=status,
                due_at=None if over else timezone.now(),
                current_narration="scrolling",
            )
        return rated_study

    def test_it_says_what_runs_and_asks_again(self, browser, running):
        text = read(browser, address(running, "/progress?seen=4"))
        assert "1 of 3 runs" in text
        assert "2 at work or waiting" in text
        assert "agent 1" in text
        assert "scrolling" in text
        assert "new since" not in text
        page = browser.get(address(running)).content.decode()
        assert f'data-live="{address(running, "/progress")}?seen=4"' in page
        assert "data-again" in page

    def test_new_ratings_are_said_with_a_link(self, browser, running):
        text = read(browser, address(running, "/progress?seen=1"))
        assert "3 new since this page was opened. Show the newest figures" in text

    @pytest.mark.parametrize("seen", ["", "x", "-4", "9" * 30])
    def test_any_number_seen_is_answered(self, browser, running, seen):
        assert "new since" not in read(browser, address(running, f"/progress?seen={seen}"))

    def test_over_it_does_not_ask_again(self, browser, rated_study):
        Evaluation.objects.get(pk=rated_study["id"]).move_to("Ended")
        assert b"data-again" not in browser.get(address(rated_study)).content

    def test_strangers_see_nothing(self, rated_study, other_team):
        for page in ("/progress", "/raters", "/link"):
            assert Client().get(address(rated_study, page)).status_code == 302
            assert signed_in(other_team.owner).get(address(rated_study, page)).status_code == 403


class TestAgreementInWords:
    def test_of_one_design_nothing_is_claimed(self, browser, rated_study):
        text = read(browser, address(rated_study))
        assert "α 0.00" not in text
        assert "Not defined: it takes two designs" in text

    def test_people_and_autousers_stand_side_by_side(self, browser, api, raters):
        study = create(api, stimuli=2)
        for rater in raters[:3]:
            rated(rater, study, 0, overall=2)
            rated(rater, study, 1, overall=5)
        for persona in Autouser.objects.filter(team=None).order_by("pk")[:3]:
            give(study, persona, 1, 0, overall=1)
            give(study, persona, 1, 1, overall=3)
        text = read(browser, address(study))
        assert "People rate it higher" in text
        assert "They differ most on Design 2, Overall: people 5.0 (5.0 to 5.0, 3 raters)" in text
        found = ApiClient(make_key(stored(study).team)).get(
            f"/api/v1/evaluations/{study['id']}/agreement"
        )
        assert found.json()["peopleAndAutousers"]["items"] == 2
