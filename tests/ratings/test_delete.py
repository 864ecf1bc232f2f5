"""`DELETE /evaluations/{id}/ratings`: several at once, for good."""

import pytest

from ratings.models import Rating, RatingScore
from teams.models import Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key
from tests.ratings.rating import create, path_of, rate, rated
from webhooks.models import WebhookEvent


@pytest.fixture
def three(make_rater, study):
    return [rated(make_rater(), study, overall=score, usability=1)["id"] for score in (2, 3, 5)]


class TestDeleting:
    def test_they_are_gone_with_their_scores_and_the_others_stay(self, api, study, three):
        response = api.delete(path_of(study), {"ratingIds": three[:2]})

        assert (response.status_code, response.json()) == (200, {"deleted": 2})
        assert [rating.pk for rating in Rating.objects.all()] == three[2:]
        assert RatingScore.objects.count() == 2

    def test_everything_is_counted_anew(self, api, study, three):
        before = api.get(path_of(study, "agreement")).json()

        api.delete(path_of(study), {"ratingIds": three[:1]})

        agreement = api.get(path_of(study, "agreement")).json()
        results = api.get(path_of(study, "results")).json()
        assert (before["ratingCount"], agreement["ratingCount"]) == (3, 2)
        assert results["aggregateStats"]["overallAverage"] == 4
        assert api.get(f"/api/v1/evaluations/{study['id']}").json()["ratingsCount"] == 2

    def test_what_is_no_rating_of_this_evaluation_is_passed_over(self, api, study, three):
        foreign = rated(api, create(api), overall=1)["id"]
        sent = [three[0], three[0], f"rat_{three[1]}", foreign, "c" + "0" * 24, "nonsense", "é"]

        assert api.delete(path_of(study), {"ratingIds": sent}).json() == {"deleted": 2}
        assert api.delete(path_of(study), {"ratingIds": sent}).json() == {"deleted": 0}
        assert set(Rating.objects.values_list("pk", flat=True)) == {three[2], foreign}

    def test_it_is_not_announced(self, api, study, three):
        before = WebhookEvent.objects.count()
        api.delete(path_of(study), {"ratingIds": three})
        assert WebhookEvent.objects.count() == before

    def test_whoever_gave_it_may_rate_again(self, api, study):
        rating = rated(api, study, overall=1)
        api.delete(path_of(study), {"ratingIds": [rating["id"]]})
        assert rate(api, study).status_code == 201

    def test_an_ended_evaluation_can_be_cleaned_up(self, api, study, three):
        api.patch(f"/api/v1/evaluations/{study['id']}", {"status": "Ended"})
        assert api.delete(path_of(study), {"ratingIds": three}).json() == {"deleted": 3}

    def test_five_hundred_go_at_once(self, api, study, three):
        filler = [f"c{number:024d}" for number in range(499)]
        assert api.delete(path_of(study), {"ratingIds": [*filler, three[0]]}).json() == {
            "deleted": 1
        }


class TestBadBodies:
    @pytest.mark.parametrize(
        ("body", "param"),
        [
            ({}, "ratingIds"),
            ({"ratingIds": None}, "ratingIds"),
            ({"ratingIds": []}, "ratingIds"),
            ({"ratingIds": "x"}, "ratingIds"),
            ({"ratingIds": {}}, "ratingIds"),
            ({"ratingIds": ["x"] * 501}, "ratingIds"),
            ({"ratingIds": [""]}, "ratingIds.0"),
            ({"ratingIds": ["x", 5]}, "ratingIds.1"),
            ({"ratingIds": [None]}, "ratingIds.0"),
        ],
        ids=str,
    )
    def test_they_are_refused_and_nothing_is_deleted(self, api, study, three, body, param):
        assert_error(api.delete(path_of(study), body), 400, "validation_failed", param)
        assert Rating.objects.count() == 3

    def test_what_is_no_json_is_refused(self, api, study, three):
        assert_error(api.delete(path_of(study), b"{"), 400, "malformed_json")
        assert_error(
            api.delete(path_of(study), b"x", content_type="text/plain"),
            415,
            "unsupported_media_type",
            "Content-Type",
        )
        assert_error(api.delete(path_of(study), b" " * 1_000_001), 413, "body_too_large")


class TestWhoMayDelete:
    @pytest.mark.parametrize(
        ("role", "status"), [(Role.VIEWER, 403), (Role.EDITOR, 403), (Role.ADMIN, 200)]
    )
    def test_it_takes_an_admin(self, make_rater, study, three, role, status):
        response = make_rater(role).delete(path_of(study), {"ratingIds": three})
        assert response.status_code == status
        assert Rating.objects.count() == (0 if status == 200 else 3)

    def test_a_foreign_key_learns_nothing(self, other_api, study, three):
        response = other_api.delete(path_of(study), {"ratingIds": three})
        assert_error(response, 404, "evaluation_not_found")

    def test_it_takes_the_scope(self, team, study, three):
        client = ApiClient(make_key(team, scopes=("ratings:read",)))
        response = client.delete(path_of(study), {"ratingIds": three})
        assert_error(response, 403, "missing_required_scope")
