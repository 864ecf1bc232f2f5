"""The pages of ratings: read only, hostile words shown as words, links both ways."""

import re
from html import escape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autousers.models import AutouserRun
from evaluations.models import Evaluation
from ratings.models import Rating, RatingScore
from ratings.services import insert_rating
from tests.admin.conftest import list_of, path_of
from tests.admin.everything import HOSTILE
from tests.autousers.running import make_study, queue, work
from tests.conftest import make_user
from tests.ratings.rating import create, rated
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.slow


@pytest.fixture
def hostile(evaluation):
    """A rating whose every text is a script."""
    study, user = Evaluation.objects.get(), make_user("rater@example.org")
    rating = Rating(
        evaluation=study,
        comparison=study.comparisons.get(),
        rater_type="human",
        rater=f"user:{user.pk}",
        user=user,
        dimension_ratings={"overall": 4, "_note": HOSTILE},
        open_text_responses={HOSTILE: HOSTILE},
        factors={"x": HOSTILE},
        justification=HOSTILE,
        skip_reason=HOSTILE,
        timing_data={"x": HOSTILE},
    )
    insert_rating(rating)
    RatingScore.objects.create(rating=rating, dimension=HOSTILE, value=4)
    return rating


class TestThePage:
    def test_other_peoples_text_is_shown_and_not_run(self, admin, hostile):
        page = admin.get(path_of(hostile)).content.decode()

        assert HOSTILE not in page
        assert page.count(escape(HOSTILE)) >= 6

    def test_it_has_the_scores_and_why_it_does_not_count(self, admin, hostile):
        page = admin.get(path_of(hostile)).content.decode()

        assert "skipped" in page
        assert re.search(r"<p>\s*4(\.0)?\s*</p>|>\s*4\.0\s*<", page)

    @pytest.mark.parametrize("action", ["change", "delete"])
    def test_nobody_edits_it(self, admin, hostile, action):
        path = path_of(hostile) if action == "change" else path_of(hostile, "delete")
        assert admin.post(path, {"justification": "x", "post": "yes"}).status_code == 403
        assert Rating.objects.get().justification == HOSTILE

    def test_nobody_adds_one(self, admin, hostile):
        assert admin.get(list_of(Rating) + "add/").status_code == 403


class TestLinks:
    def test_it_leads_to_what_was_rated(self, admin, api):
        rating = Rating.objects.get(pk=rated(api, create(api), overall=3)["id"])

        page = admin.get(path_of(rating)).content.decode()

        assert path_of(rating.evaluation) in page
        assert path_of(rating.comparison) in page

    def test_the_list_can_be_that_of_one_evaluation(self, admin, api):
        rating = Rating.objects.get(pk=rated(api, create(api), overall=3)["id"])
        rated(api, create(api), overall=1)

        found = admin.get(list_of(Rating), {"evaluation": rating.evaluation_id}).context["cl"]

        assert list(found.result_list) == [rating]

    def test_an_event_leads_to_its_rating(self, admin, api):
        rating = rated(api, create(api), overall=3)
        event = WebhookEvent.objects.get(type="rating.created")
        page = admin.get(path_of(event)).content.decode()
        assert path_of(Rating.objects.get(pk=rating["id"])) in page

    def test_the_rating_of_an_autouser_leads_to_its_run(self, admin, api, settings):
        settings.ENGINE = "fake"
        queue(api, make_study(api))
        work()

        page = admin.get(path_of(Rating.objects.get())).content.decode()

        assert path_of(AutouserRun.objects.get()) in page

    @pytest.mark.parametrize("by", ["evaluation_id", "comparison_id", "user_id", "pk"])
    def test_they_are_found_by_what_they_refer_to(self, admin, api, by):
        rating = Rating.objects.get(pk=rated(api, create(api), overall=3)["id"])
        found = admin.get(list_of(Rating), {"q": getattr(rating, by)}).context["cl"].result_list
        assert list(found) == [rating]


def test_a_list_costs_the_same_however_long_it_is(admin, api):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(list_of(Rating)).status_code == 200
        return len(captured)

    study = create(api, allowMultipleRatings=True)
    rated(api, study, overall=3)
    count()
    before = count()
    for _ in range(6):
        rated(api, study, overall=3)
    assert count() == before
