"""The page on which people rate: sheets, drafts, submitting, withdrawing, and what is refused."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluations.models import Share
from ratings.designs import asking, panes
from ratings.models import Framing, Rating, RatingDraft
from ratings.reviews import submitting
from teams.limits import quotas
from teams.models import Meter, Role
from tests.conftest import make_member
from tests.ratings.rating import create, rated
from tests.ratings.reviews.rater import Browser, link_of, page_of, text_of
from webhooks.models import WebhookEvent

THREE = ["overall", "usability", "clarity"]
MOST_QUERIES = 12


@pytest.fixture
def member(team):
    browser = Browser()
    browser.force_login(make_member(team, Role.VIEWER))
    return browser


def used(team) -> int:
    return quotas.counts(team=team, period=quotas.Period.current())[Meter.HUMAN_RATINGS].used


def ratings_announced() -> int:
    return WebhookEvent.objects.filter(type="rating.created").count()


class TestWhoMayRate:
    def test_every_member_and_nobody_else(self, api, member, other_team):
        study = create(api)
        assert member.get(page_of(study)).status_code == 200
        stranger = Browser()
        assert stranger.get(page_of(study))["Location"].startswith("/sign-in?next=")
        stranger.force_login(other_team.owner)
        page = stranger.get(page_of(study))
        assert page.status_code == 403
        assert "Kiosk crew" in text_of(page)
        assert member.get("/evaluations/nowhere/review").status_code == 404

    def test_who_it_is_shared_with_until_that_is_taken_back(self, api, other_team, monkeypatch):
        study = create(api, stimuli=2)
        share = Share.objects.create(
            evaluation_id=study["id"], user=other_team.owner, permission="VIEWER"
        )
        holder = Browser()
        holder.force_login(other_team.owner)
        assert holder.send(page_of(study), overall=4).status_code == 302
        real = submitting.submit

        def submit_and_lose_it(**about):
            made = real(**about)
            share.delete()
            return made

        monkeypatch.setattr(submitting, "submit", submit_and_lose_it)
        assert holder.send(page_of(study), overall=4).status_code == 403
        assert Rating.objects.count() == 1

    def test_a_page_takes_few_queries_however_much_is_rated(
        self, shared, member, other_team, monkeypatch
    ):
        monkeypatch.setattr(panes, "framing_of", asking.framing_of)
        monkeypatch.setattr(asking, "_ask", lambda _url: Framing.ALLOWED)
        study = shared(type="SxS", stimuli=6, selectedDimensionIds=THREE)
        stranger = Browser()
        stranger.force_login(other_team.owner)
        for browser, path in ((member, page_of(study)), (stranger, link_of(study))):
            for _ in range(4):
                browser.send(path, overall=1, usability=3, clarity=-2)
            for query in ({}, {"at": "all"}):
                browser.get(path, query)
                with CaptureQueriesContext(connection) as queries:
                    assert browser.get(path, query).status_code == 200
                assert len(queries) <= MOST_QUERIES, [query["sql"] for query in queries]

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_other_methods_are_refused(self, api, member, method):
        assert getattr(member, method)(page_of(create(api))).status_code == 405


class TestTheSheet:
    def test_it_asks_what_the_template_asks_with_the_words_of_its_scale(self, api, member):
        study = create(api, selectedDimensionIds=THREE, scenario="Buy <two> tickets.")
        page = member.get(page_of(study)).content.decode()
        for text in ("How good is this, all in all?", "How clear is this?", "Very poor"):
            assert text in page
        assert "Buy &lt;two&gt; tickets." in page
        assert page.count('type="radio"') == 15

    def test_what_the_study_hides_is_not_there(self, api, member):
        study = create(api, hideSlider=True, hideOpenTextQuestions=True)
        page = member.get(page_of(study)).content.decode()
        assert 'type="range"' not in page
        assert "<textarea" not in page

    def test_texts_are_asked_by_dimension_and_stored_by_question(self, api, member):
        own = {
            "id": "fees",
            "name": "Fees",
            "openTextEnabled": True,
            "customQuestions": [{"id": "why", "text": "What did you expect?"}],
            "sseScaleLabels": ["no", "so-so", "yes", "sure", "very"],
        }
        study = create(api, selectedDimensionIds=["fees"], customDimensions=[own])
        page = member.get(page_of(study)).content.decode()
        assert "What did you expect?" in page
        member.send(page_of(study), fees=2)
        assert Rating.objects.get().open_text_responses is None

    def test_a_long_scale_is_a_number(self, api, member):
        template = {"name": "Percent", "type": "TEXT_SSE", "scaleMin": 0, "scaleMax": 100}
        made = api.post("/api/v1/templates", template).json()["id"]
        study = create(api, selectedDimensionIds=[made])
        page = member.get(page_of(study)).content.decode()
        assert 'type="number"' in page
        assert member.send(page_of(study), **{made: "62.5"}).status_code == 302
        assert Rating.objects.get().dimension_ratings == {made: 62.5}

    def test_a_design_is_in_a_sandbox_and_learns_no_referrer(self, api, member, settings):
        study = create(api, designUrls=[{"url": "https://example.com/kiosk"}])
        response = member.get(page_of(study))
        frame = re.search(r"<iframe[^>]+>", response.content.decode())[0]
        assert 'sandbox="allow-scripts allow-forms allow-same-origin"' in frame
        assert 'referrerpolicy="no-referrer"' in frame
        policy = response["Content-Security-Policy"]
        assert "frame-src http: https:;" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy

    @pytest.mark.parametrize(
        "url",
        ["http://localhost/evil", "http://ux.example.com:8443/evil", "https://ux.example.com/x"],
    )
    def test_a_page_of_this_server_does_not_keep_its_origin(self, api, member, settings, url):
        settings.PUBLIC_URL = "http://ux.example.com"
        study = create(api, designUrls=[{"url": url}])
        frame = re.search(r"<iframe[^>]+>", member.get(page_of(study)).content.decode())[0]
        assert 'sandbox="allow-scripts allow-forms"' in frame

    def test_over_https_plain_http_is_a_link(self, api, member, settings):
        settings.PUBLIC_URL = "https://testserver"
        study = create(api, designUrls=[{"url": "http://example.com/kiosk"}])
        page = member.get(page_of(study)).content.decode()
        assert "<iframe" not in page
        assert "not encrypted" in page
        assert 'rel="noopener noreferrer"' in page

    @pytest.mark.parametrize(
        ("kind", "element"), [("IMAGE", "<img"), ("GIF", "<img"), ("VIDEO", "<video")]
    )
    def test_pictures_and_films_are_shown_as_such(self, api, member, kind, element):
        study = create(api, designUrls=[{"url": "https://example.com/shot", "stimulusType": kind}])
        page = member.get(page_of(study)).content.decode()
        assert element in page
        assert "<iframe" not in page


class TestSubmitting:
    def test_it_makes_the_rating_that_the_api_makes_and_goes_on(self, api, team, member, endpoint):
        study = create(api, stimuli=2, selectedDimensionIds=THREE)
        response = member.send(
            page_of(study), overall=4, usability=5, clarity=1, justification="Plain."
        )
        assert response["Location"] == page_of(study)
        rating = Rating.objects.get()
        assert rating.dimension_ratings == {"overall": 4, "usability": 5, "clarity": 1}
        assert rating.justification == "Plain."
        assert rating.time_spent_seconds >= 0
        assert rating.presentation == {"position": 1, "sidesSwapped": False}
        assert (used(team), ratings_announced()) == (1, 1)
        assert "Design 2 of 2" in text_of(member.get(page_of(study)))
        member.send(page_of(study), overall=3, usability=3, clarity=3)
        assert "All 2 are rated" in text_of(member.get(page_of(study)))

    def test_a_missing_answer_is_named_and_the_others_are_kept(self, api, team, member):
        study = create(api, selectedDimensionIds=THREE)
        response = member.send(page_of(study), overall=4, justification="So <far>.")
        page = response.content.decode()
        assert response.status_code == 400
        assert "2 questions have no answer yet" in text_of(response)
        assert 'href="#q-2"' in page
        assert re.search(r'name="score.overall" value="4" checked', page)
        assert "So &lt;far&gt;." in page
        assert (Rating.objects.count(), used(team), ratings_announced()) == (0, 0, 0)

    def test_one_who_cannot_rate_says_why(self, api, member):
        study = create(api)
        assert member.send(page_of(study), skip="It does not load").status_code == 302
        rating = Rating.objects.get()
        assert (rating.skip_reason, rating.dimension_ratings) == ("It does not load", {})

    @pytest.mark.parametrize("value", ["6", "0", "-1", "nan", "1e999", "four", ""])
    def test_a_value_off_the_scale_is_no_answer(self, api, member, value):
        study = create(api)
        assert member.send(page_of(study), overall=value).status_code == 400
        assert Rating.objects.count() == 0

    def test_the_slider_gives_halves(self, api, member):
        study = create(api)
        page = member.get(page_of(study)).content.decode()
        sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        sent.update({"fine.overall": "3.5", "score.overall": "4", "go": "submit"})
        assert member.post(page_of(study), sent).status_code == 302
        assert Rating.objects.get().dimension_ratings == {"overall": 3.5}

    @pytest.mark.parametrize("again", [True, False])
    def test_the_same_page_sent_twice_counts_once(self, api, team, member, again):
        study = create(api, allowMultipleRatings=again)
        page = member.get(page_of(study)).content.decode()
        sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        sent.update({"score.overall": "4", "go": "submit"})
        for _ in range(2):
            assert member.post(page_of(study), sent).status_code == 302
        assert (Rating.objects.count(), used(team), ratings_announced()) == (1, 1, 1)

    def test_one_who_may_rate_again_does(self, api, member):
        study = create(api, allowMultipleRatings=True)
        member.send(page_of(study), overall=4)
        assert "Rate Design 1 again" in text_of(member.get(page_of(study)))
        member.send(page_of(study), at=1, overall=2)
        assert sorted(Rating.objects.values_list("ordinal", flat=True)) == [0, 1]

    def test_one_who_may_not_is_shown_what_they_gave(self, api, member):
        study = create(api)
        member.send(page_of(study), overall=4)
        page = text_of(member.get(page_of(study), {"at": 1}))
        assert "Each person rates a design once" in page
        assert "Submit" not in page

    def test_what_the_api_took_is_rated_here_too(self, api, owner):
        study = create(api)
        rated(api, study, overall=4)
        browser = Browser()
        browser.force_login(owner)
        assert "Thank you" in text_of(browser.get(page_of(study)))

    def test_the_end_of_the_quota_is_said_and_the_answers_are_kept(self, api, team, member):
        study = create(api)
        page = member.get(page_of(study)).content.decode()
        sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        team.human_ratings_limit = 0
        team.save()
        response = member.post(page_of(study), {**sent, "score.overall": "4", "go": "submit"})
        assert response.status_code == 403
        assert "No more ratings this month" in text_of(response)
        assert "No more ratings this month" in text_of(member.get(page_of(study)))
        assert not Rating.objects.exists()
        team.human_ratings_limit = 5
        team.save()
        again = member.get(page_of(study)).content.decode()
        assert re.search(r'name="score.overall" value="4" checked', again)

    def test_a_study_without_designs_says_so(self, api, member):
        study = create(api, stimuli=0)
        assert "There is nothing to rate" in text_of(member.get(page_of(study)))

    def test_a_foreign_comparison_is_not_rated(self, api, member):
        study, other = create(api), create(api)
        page = member.get(page_of(other)).content.decode()
        sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        sent.update({"score.overall": "4", "go": "submit"})
        assert member.post(page_of(study), sent).status_code == 302
        assert not Rating.objects.exists()


class TestDrafts:
    def test_one_is_no_rating_and_coming_back_goes_on(self, api, team, member):
        study = create(api, selectedDimensionIds=THREE)
        page = member.send(page_of(study), go="save", overall=4, justification="So far")
        assert "Your answers are saved" in text_of(page)
        assert RatingDraft.objects.count() == 1
        assert (Rating.objects.count(), used(team), ratings_announced()) == (0, 0, 0)
        again = member.get(page_of(study)).content.decode()
        assert re.search(r'name="score.overall" value="4" checked', again)
        assert "So far" in again
        member.send(page_of(study), overall=4, usability=2, clarity=2)
        assert not RatingDraft.objects.exists()
        assert Rating.objects.count() == 1

    def test_the_script_saves_one_too(self, api, member):
        study = create(api)
        response = member.send(page_of(study), go="autosave", overall=3)
        assert response.json() == {"saved": True}
        assert RatingDraft.objects.get().answers["scores"] == {"overall": 3.0}

    def test_each_rater_has_their_own(self, api, team, member):
        study = create(api)
        member.send(page_of(study), go="autosave", overall=3)
        other = Browser()
        other.force_login(make_member(team, Role.VIEWER, "other@example.org"))
        assert "1 of 1 answered" not in text_of(other.get(page_of(study)))

    def test_one_that_comes_after_the_rating_is_not_kept(self, api, member):
        study = create(api)
        page = member.get(page_of(study)).content.decode()
        sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        member.send(page_of(study), overall=3)
        member.post(page_of(study), {**sent, "score.overall": "1", "go": "autosave"})
        assert not RatingDraft.objects.exists()

    def test_question_by_question_each_step_is_kept(self, api, member):
        study = create(api, selectedDimensionIds=THREE, ratingFlow="stepped")
        page = page_of(study)
        assert "Question 1 of 3" in text_of(member.get(page))
        assert member.get(page).content.decode().count('<fieldset class="q"') == 1
        assert member.send(page, go="next", overall=4)["Location"] == f"{page}?at=1&q=2"
        second = member.get(f"{page}?at=1&q=2")
        assert "Question 2 of 3" in text_of(second)
        sent = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', second.content.decode()))
        sent = {k: v for k, v in sent.items() if not k.startswith(("score", "fine", "go"))}
        back = member.post(page, {**sent, "go": "back"})
        assert back["Location"] == f"{page}?at=1&q=1"
        refused = member.post(page, {**sent, "score.usability": "2", "go": "submit"})
        assert refused.status_code == 400
        assert "Question 3 of 3" in text_of(refused)
        assert (
            member.post(page, {**sent, "q": "3", "score.clarity": "1", "go": "submit"}).status_code
            == 302
        )
        assert Rating.objects.get().dimension_ratings == {
            "overall": 4,
            "usability": 2,
            "clarity": 1,
        }


class TestTakingBack:
    def test_a_rater_takes_back_what_they_gave_and_rates_anew(self, api, team, member, endpoint):
        study = create(api)
        member.send(page_of(study), overall=4)
        pk = Rating.objects.get().pk
        member.post(page_of(study), {"go": "withdraw", "rating": pk})
        assert not Rating.objects.exists()
        assert (used(team), ratings_announced()) == (1, 1)
        assert member.send(page_of(study), overall=2).status_code == 302
        assert Rating.objects.get().dimension_ratings == {"overall": 2}

    def test_nobody_takes_back_what_another_gave(self, api, team, member, owner):
        study = create(api)
        rating = rated(api, study, overall=4)
        member.post(page_of(study), {"go": "withdraw", "rating": rating["id"]})
        assert Rating.objects.count() == 1

    def test_not_without_end(self, api, member, monkeypatch):
        monkeypatch.setattr(submitting, "WITHDRAWALS", 2)
        study = create(api)
        for _ in range(2):
            member.send(page_of(study), overall=4)
            member.post(page_of(study), {"go": "withdraw", "rating": Rating.objects.get().pk})
        member.send(page_of(study), overall=4)
        sent = {"go": "withdraw", "rating": Rating.objects.get().pk}
        assert member.post(page_of(study), sent).status_code == 429
        assert Rating.objects.count() == 1

    def test_not_after_the_study(self, api, member):
        study = create(api)
        member.send(page_of(study), overall=4)
        pk = Rating.objects.get().pk
        api.patch(f"/api/v1/evaluations/{study['id']}", {"status": "Ended"})
        response = member.post(page_of(study), {"go": "withdraw", "rating": pk})
        assert response.status_code == 403
        assert Rating.objects.count() == 1


class TestPairs:
    def test_what_was_chosen_on_the_left_is_stored_for_the_design_that_stood_there(
        self, api, shared
    ):
        study = shared(type="SxS", stimuli=1)
        seen = set()
        for number in range(12):
            guest = Browser(f"203.0.113.{number}")
            guest.start(study)
            page = guest.get(link_of(study)).content.decode()
            first = re.search(r'<iframe class="frame" src="([^"]+)"', page)[1]
            left = re.search(r'<input type="radio" name="score.overall" value="([^"]+)"', page)[1]
            guest.send(link_of(study), overall=left)
            swapped = first.endswith("/new")
            rating = Rating.objects.latest("pk")
            assert rating.presentation == {"position": 1, "sidesSwapped": swapped}
            assert rating.dimension_ratings == {"overall": 3 if swapped else -3}
            assert "A is much better" in page
            seen.add(swapped)
        assert seen == {True, False}

    def test_the_order_is_each_raters_own_and_stays(self, api, shared):
        study = shared(stimuli=1, designUrls=[
            {"url": "https://example.com/d", "label": f"Design-{n}"} for n in range(5)
        ])  # fmt: skip
        orders = set()
        for number in range(6):
            guest = Browser(f"203.0.113.{number}")
            guest.start(study)
            pages = [guest.get(link_of(study), {"at": at}).content.decode() for at in range(1, 6)]
            order = [re.search(r"Design-\d", page)[0] for page in pages]
            assert sorted(order) == [f"Design-{n}" for n in range(5)]
            again = guest.get(link_of(study), {"at": 1}).content.decode()
            assert re.search(r"Design-\d", again)[0] == order[0]
            orders.add(tuple(order))
        assert len(orders) > 1

    def test_a_study_can_leave_everything_in_its_order(self, api, shared):
        study = shared(type="SxS", stimuli=2, randomizeOrder=False)
        assert study["metadata"]["randomizeOrder"] is False
        for number in range(8):
            guest = Browser(f"203.0.113.{number}")
            guest.start(study)
            page = guest.get(link_of(study)).content.decode()
            assert re.search(r'<iframe class="frame" src="([^"]+)"', page)[1].endswith("/old")
            assert "Pair 1" in page

    def test_it_is_recorded_in_events_and_exports(self, api, shared, endpoint):
        study = shared(type="SxS")
        guest = Browser()
        guest.start(study)
        guest.send(link_of(study), overall=1)
        shown = Rating.objects.get().presentation
        event = WebhookEvent.objects.get(type="rating.created")
        assert json.loads(bytes(event.payload))["data"]["object"]["presentation"] == shown
        export = api.get(f"/api/v1/evaluations/{study['id']}/export?format=json")
        row = json.loads(b"".join(export.streaming_content))["ratings"][0]
        assert row["presentation"] == shown
        assert row["raterName"] is None

    @pytest.mark.parametrize(("layout", "chosen"), [("side", "lay-side"), ("stacked", "lay-stack")])
    def test_it_begins_in_the_layout_of_the_study(self, api, member, layout, chosen):
        study = create(api, type="SxS", defaultLayout=layout)
        page = member.get(page_of(study)).content.decode()
        assert re.findall(r'id="(lay-\w+)" checked', page) == [chosen]


class TestThePreview:
    def preview(self, browser, study, **query):
        return browser.get(f"/evaluations/{study['id']}/preview", query)

    @pytest.mark.parametrize("status", ["Draft", "Running", "Ended", "Archived"])
    def test_it_shows_the_sheet_in_every_status_and_stores_nothing(self, api, member, status):
        study = create(api, stimuli=2, status="Draft" if status == "Draft" else "Running")
        if status != study["status"]:
            api.patch(f"/api/v1/evaluations/{study['id']}", {"status": status})
        page = self.preview(member, study)
        assert page.status_code == 200
        assert "Preview: nothing is stored." in text_of(page)
        sent = dict(
            re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode())
        )
        path = f"/evaluations/{study['id']}/preview"
        turned = member.post(path, {**sent, "score.overall": "4", "go": "submit"})
        assert turned["Location"] == f"{path}?at=2"
        assert not Rating.objects.exists()
        assert not RatingDraft.objects.exists()

    def test_it_shows_what_guests_are_asked_first(self, member, shared):
        study = shared(shareRequireName=True)
        page = self.preview(member, study, at="gate")
        assert "Your name" in text_of(page)

    def test_strangers_get_nothing(self, api, other_team):
        study = create(api)
        stranger = Browser()
        assert self.preview(stranger, study).status_code == 302
        stranger.force_login(other_team.owner)
        assert self.preview(stranger, study).status_code == 403

    def test_a_study_without_designs_says_so(self, api, member):
        study = create(api, stimuli=0)
        assert "There is nothing to rate" in text_of(self.preview(member, study))


class TestHostileGuests:
    TEXT = "<script>alert(1)</script>=cmd|'/c calc'!A1"

    def test_their_text_is_inert_wherever_it_is_shown(self, api, owner, shared):
        study = shared()
        guest = Browser()
        guest.start(study, name=self.TEXT)
        guest.send(link_of(study), go="save", justification=self.TEXT)
        pages = [guest.get(link_of(study))]
        guest.send(link_of(study), overall=4, justification=self.TEXT)
        pages.append(guest.get(link_of(study)))
        colleague = Browser()
        colleague.force_login(owner)
        pages.append(colleague.get(f"/evaluations/{study['id']}/results"))
        for page in pages:
            assert page.status_code == 200
            assert "<script>alert" not in page.content.decode()
            assert "&lt;script&gt;alert(1)" in page.content.decode()
        report = api.get(f"/api/v1/evaluations/{study['id']}/export?format=md").getvalue()
        assert b"<script>" not in report

    def test_one_who_takes_a_members_name_is_told_apart(self, owner, shared):
        study = shared()
        guest = Browser()
        guest.start(study, name=owner.name)
        guest.send(link_of(study), overall=4)
        nameless = Browser()
        nameless.start(study)
        nameless.send(link_of(study), overall=4)
        colleague = Browser()
        colleague.force_login(owner)
        page = text_of(colleague.get(f"/evaluations/{study['id']}/results"))
        assert f"{owner.name} (guest)" in page
        assert "A guest" in page

    def test_a_reader_of_the_report_learns_who_saw_the_sides_swapped(self, api, shared):
        study = shared(type="SxS")
        swapped = 0
        for number in range(8):
            guest = Browser(f"203.0.113.{number}")
            guest.start(study, name="Priya")
            guest.send(link_of(study), overall=1, justification="A is calmer.")
            swapped += Rating.objects.latest("pk").presentation["sidesSwapped"]
        report = api.get(f"/api/v1/evaluations/{study['id']}/export?format=md").getvalue().decode()
        assert 0 < swapped < 8
        assert report.count("who saw the sides swapped") == swapped
        assert report.count("**Priya (guest)**") == 8
