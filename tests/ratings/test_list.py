"""`GET /evaluations/{id}/ratings`: newest first, by people and by autousers."""

import pytest

from ratings.models import Rating
from tests.autousers.running import make_study as make_ai_study
from tests.autousers.running import queue, work
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key
from tests.ratings.rating import create, path_of, rate, rated

CLI = {"User-Agent": "autousers-cli/1.4.2"}


@pytest.fixture
def many(api, make_rater, study):
    """The ids of five ratings, newest first."""
    return [rated(make_rater(), study, overall=score)["id"] for score in range(1, 6)][::-1]


@pytest.fixture
def by_both(api, settings):
    """A study rated by an autouser and by a person."""
    settings.ENGINE = "fake"
    study = make_ai_study(api, "score=4", evaluationMethod="both")
    queue(api, study)
    work()
    rated(api, study, overall=3)
    return study


def ids(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["data"]]


class TestTheList:
    def test_it_is_newest_first_and_ends(self, api, study, many):
        body = api.get(path_of(study)).json()

        assert [row["id"] for row in body["data"]] == many
        assert (body["has_more"], body["next_cursor"]) == (False, None)

    def test_a_row_is_what_submitting_answered(self, api, study):
        rating = rate(api, study, justification="Fine.", timingData={"a": 1}).json()
        assert api.get(path_of(study)).json()["data"] == [rating]

    def test_it_holds_the_ratings_of_this_evaluation_alone(self, api, study, many):
        other = create(api)
        own = rated(api, other, overall=1)["id"]

        assert ids(api.get(path_of(other))) == [own]
        assert ids(api.get(path_of(study))) == many

    def test_it_names_an_autouser(self, api, by_both):
        human, autouser = api.get(path_of(by_both)).json()["data"]

        assert (human["raterType"], human["autouser"]) == ("human", None)
        assert (autouser["raterType"], autouser["user"]) == ("autouser", None)
        assert autouser["autouser"] == {"name": "Novice"}
        assert autouser["autouserRunId"] is not None

    def test_the_command_line_calls_an_autouser_ai(self, api, by_both):
        rows = api.get(path_of(by_both), headers=CLI).json()

        assert [row["raterType"] for row in rows["data"]] == ["human", "ai"]
        assert set(rows) == {"data", "has_more", "next_cursor"}

    def test_a_person_who_is_gone_leaves_the_rating(self, api, make_rater, study):
        rated(make_rater(), study, overall=2)
        Rating.objects.get().user.delete()

        [row] = api.get(path_of(study)).json()["data"]
        assert (row["user"], row["userId"], row["raterType"]) == (None, None, "human")


class TestPaging:
    def test_pages_hold_everything_once(self, api, study, many):
        seen, cursor = [], None
        while True:
            query = "?limit=2" + (f"&starting_after={cursor}" if cursor else "")
            body = api.get(path_of(study) + query).json()
            seen += [row["id"] for row in body["data"]]
            cursor = body["next_cursor"]
            if not body["has_more"]:
                break
        assert seen == many

    def test_it_goes_back(self, api, study, many):
        assert ids(api.get(f"{path_of(study)}?ending_before={many[3]}&limit=2")) == many[1:3]

    def test_a_deleted_cursor_keeps_its_place(self, api, study, many):
        api.delete(path_of(study), {"ratingIds": [many[1]]})
        assert ids(api.get(f"{path_of(study)}?starting_after={many[1]}")) == many[2:]

    def test_rows_of_one_moment_are_told_apart_by_id(self, api, study, many):
        moment = Rating.objects.first().created_at
        Rating.objects.update(created_at=moment)
        first = ids(api.get(f"{path_of(study)}?limit=3"))
        assert first + ids(api.get(f"{path_of(study)}?starting_after={first[-1]}")) == many

    @pytest.mark.parametrize("cursor", ["c" + "0" * 24, "nonsense", ""])
    def test_what_is_in_no_list_is_refused(self, api, study, many, cursor):
        response = api.get(f"{path_of(study)}?starting_after={cursor}")
        assert_error(response, 400, "invalid_cursor", "starting_after")

    def test_a_rating_of_another_evaluation_is_no_cursor_even_when_deleted(self, api, study, many):
        other = create(api)
        path = f"{path_of(other)}?starting_after={many[0]}"
        assert_error(api.get(path), 400, "invalid_cursor", "starting_after")

        api.delete(path_of(study), {"ratingIds": many[:1]})
        assert_error(api.get(path), 400, "invalid_cursor", "starting_after")

    @pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5"])
    def test_the_limit_has_limits(self, api, study, limit):
        assert_error(api.get(f"{path_of(study)}?limit={limit}"), 400, "validation_failed", "limit")


class TestWhoMayRead:
    def test_a_viewer_may(self, make_rater, study):
        assert make_rater().get(path_of(study)).status_code == 200

    def test_a_foreign_key_learns_nothing(self, other_api, study):
        assert_error(other_api.get(path_of(study)), 404, "evaluation_not_found")

    def test_it_takes_the_scope(self, team, study):
        client = ApiClient(make_key(team, scopes=("evaluations:*", "ratings:write")))
        assert_error(client.get(path_of(study)), 403, "missing_required_scope")
