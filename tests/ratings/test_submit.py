"""`POST /evaluations/{id}/ratings`: a person's verdict on one comparison."""

import json

import pytest

from api.rest.fields import KEY_LIMIT
from ratings.models import Rating, RatingScore
from ratings.rest.rating_serializers import ENTRIES_LIMIT, OBJECT_LIMIT, TEXT_LIMIT
from teams.limits import quotas
from teams.models import Meter, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key
from tests.ratings.rating import comparison_of, create, path_of, rate, rated
from webhooks.models import WebhookEvent

FULL = {
    "dimensionRatings": {"overall": 4, "usability": 2.5},
    "openTextResponses": {"usability": "The back button hides.", "anything": ""},
    "factors": {"usability": ["keyboard", {"weight": 2}]},
    "justification": "Readable, but I got stuck.",
    "timeSpentSeconds": 131,
    "timingData": {"firstClick": 2.5},
}


def used(team) -> int:
    return quotas.counts(team=team, period=quotas.Period.current())[Meter.HUMAN_RATINGS].used


def scores() -> dict[str, float]:
    return dict(RatingScore.objects.values_list("dimension", "value"))


class TestRating:
    def test_it_answers_the_rating_with_the_names_of_what_it_refers_to(self, api, study, owner):
        response = rate(api, study, **FULL)

        rating = Rating.objects.get()
        assert response.status_code == 201
        assert response.json() == {
            "id": rating.pk,
            "evaluationId": study["id"],
            "comparisonId": comparison_of(study),
            "raterType": "human",
            "userId": owner.pk,
            "publicRaterId": None,
            "autouserId": None,
            "autouserRunId": None,
            "rubricVersion": None,
            "skipReason": None,
            "createdAt": rating.created_at.isoformat(timespec="milliseconds")[:23] + "Z",
            "comparison": {"label": "Design 1"},
            "presentation": None,
            "user": {"name": "Olga Owner", "email": "owner@example.org"},
            "publicRater": None,
            "autouser": None,
            **FULL,
        }

    def test_its_scores_stand_in_rows_of_their_own(self, api, study):
        rate(api, study, **FULL)
        assert scores() == {"overall": 4, "usability": 2.5}

    def test_it_is_announced_as_it_is(self, api, study):
        body = rate(api, study, **FULL).json()

        event = WebhookEvent.objects.get(type="rating.created")
        snapshot = json.loads(bytes(event.payload))["data"]["object"]
        names = ("comparison", "user", "publicRater", "autouser", "timingData")
        assert snapshot == {key: value for key, value in body.items() if key not in names}
        assert event.object_id == body["id"]

    def test_it_counts_at_once(self, api, study, team):
        rate(api, study)

        assert api.get(f"/api/v1/evaluations/{study['id']}").json()["ratingsCount"] == 1
        assert used(team) == 1

    def test_a_viewer_may(self, make_rater, study):
        assert rate(make_rater(Role.VIEWER), study).status_code == 201

    def test_a_person_signed_in_may(self, session, study):
        assert rate(session(), study).status_code == 201

    def test_ids_may_carry_their_documented_prefixes(self, api, study):
        path = f"/api/v1/evaluations/eval_{study['id']}/ratings"
        body = {"comparisonId": f"cmp_{comparison_of(study)}", "dimensionRatings": {"overall": 1}}
        assert api.post(path, body).json()["comparisonId"] == comparison_of(study)


class TestDimensions:
    @pytest.mark.parametrize("sent", ["visual-design", "visual", "Visual", "visual_design"])
    def test_another_spelling_counts_as_the_dimension(self, api, make_study, sent):
        study = make_study(selectedDimensionIds=["visual"])

        response = rate(api, study, dimensionRatings={sent: 3})

        assert response.json()["dimensionRatings"] == {"visual-design": 3}
        assert scores() == {"visual-design": 3}

    def test_two_spellings_of_one_are_refused(self, api, make_study):
        study = make_study(selectedDimensionIds=["visual-design"])
        response = rate(api, study, dimensionRatings={"visual-design": 3, "visual": 4})
        assert_error(response, 400, "validation_failed", "dimensionRatings.visual")

    def test_a_custom_one_is_known_by_its_own_id(self, api, make_study):
        custom = {"id": "Wayfinding!", "name": "Wayfinding"}
        study = make_study(selectedDimensionIds=["Wayfinding!"], customDimensions=[custom])

        rated(api, study, **{"Wayfinding!": 5})

        assert scores() == {"Wayfinding!": 5}

    def test_a_score_may_be_an_object_with_a_rating(self, api, study):
        sent = {"overall": {"rating": 2, "note": "hm"}}

        response = rate(api, study, dimensionRatings=sent)

        assert response.json()["dimensionRatings"] == sent
        assert scores() == {"overall": 2}

    def test_keys_that_begin_with_an_underscore_are_notes(self, api, study):
        sent = {"overall": 2, "_layout": "stacked", "_x": None}

        response = rate(api, study, dimensionRatings=sent)

        assert response.json()["dimensionRatings"] == sent
        assert scores() == {"overall": 2}

    @pytest.mark.parametrize("score", [-3, 0, 3])
    def test_side_by_side_they_reach_to_both_sides(self, api, make_study, score):
        study = make_study(type="SxS")
        assert rated(api, study, overall=score)["dimensionRatings"] == {"overall": score}

    def test_minus_zero_is_zero(self, api, make_study):
        study = make_study(type="SxS")
        rated(api, study, overall=-0.0)
        assert api.get(path_of(study, "results")).json()["aggregateStats"]["ties"] == 1


class TestSkipping:
    def test_a_reason_needs_no_scores(self, api, study, team):
        response = rate(api, study, dimensionRatings={}, skipReason="The page was down.")

        assert response.json()["skipReason"] == "The page was down."
        assert scores() == {}

    def test_what_was_skipped_does_not_count_though_it_has_scores(self, api, study):
        rate(api, study, skipReason="I know the designer.")
        stats = api.get(path_of(study, "results")).json()["aggregateStats"]
        assert (stats["totalRatings"], stats["excludedRatings"]["byKind"]["skipped"]) == (0, 1)

    def test_an_empty_reason_is_none(self, api, study):
        assert rate(api, study, skipReason="").json()["skipReason"] is None
        assert api.get(path_of(study, "results")).json()["aggregateStats"]["totalRatings"] == 1


class TestRatingAgain:
    def test_it_is_refused_with_nothing_counted(self, api, study, team):
        rated(api, study, overall=3)

        response = rate(api, study)

        assert_error(response, 400, "already_rated", "comparisonId")
        assert (Rating.objects.count(), used(team)) == (1, 1)

    def test_another_comparison_or_another_person_is_fine(self, api, make_study, make_rater):
        study = make_study(stimuli=2)
        clients = [(api, 0), (api, 1), (make_rater(), 0)]
        assert {rate(client, study, at).status_code for client, at in clients} == {201}

    def test_an_evaluation_may_allow_it(self, api, make_study):
        study = make_study(allowMultipleRatings=True)

        for score in (1, 2, 3):
            rated(api, study, overall=score)

        assert sorted(rating.ordinal for rating in Rating.objects.all()) == [0, 1, 2]

    def test_a_request_repeated_with_its_key_rates_once(self, api, study):
        body = {"comparisonId": comparison_of(study), "dimensionRatings": {"overall": 4}}
        headers = {"Idempotency-Key": "r-1"}

        replies = [api.post(path_of(study), body, headers=headers) for _ in range(2)]

        assert replies[0].json() == replies[1].json()
        assert replies[0]["X-Request-Id"] == replies[1]["X-Request-Id"]
        assert Rating.objects.count() == 1


class TestWhenItIsOpen:
    @pytest.mark.parametrize("status", ["Draft", "Ended", "Archived"])
    def test_only_a_running_evaluation_takes_ratings(self, api, status):
        study = create(api, status="Draft" if status == "Draft" else "Running")
        if status != "Draft":
            api.patch(f"/api/v1/evaluations/{study['id']}", {"status": status})

        error = assert_error(rate(api, study), 400, "evaluation_not_running")

        assert status in error["message"]
        assert not Rating.objects.exists()

    def test_a_reopened_one_does_again(self, api, study):
        for status in ("Ended", "Running"):
            api.patch(f"/api/v1/evaluations/{study['id']}", {"status": status})
        assert rate(api, study).status_code == 201


class TestQuota:
    def test_beyond_the_limit_nothing_is_rated(self, make_rater, study, team):
        team.human_ratings_limit = 1
        team.save()
        rated(make_rater(), study, overall=1)

        response = rate(make_rater(), study)

        assert_error(response, 429, "quota_exceeded")
        assert "Retry-After" not in response
        assert (Rating.objects.count(), RatingScore.objects.count()) == (1, 1)
        assert WebhookEvent.objects.filter(type="rating.created").count() == 1


class TestWhoMay:
    def test_a_foreign_key_learns_nothing(self, other_api, study):
        assert_error(rate(other_api, study), 404, "evaluation_not_found")

    def test_a_foreign_person_signed_in_is_told_whose_it_is(self, session, other_team, study):
        error = assert_error(rate(session(other_team.owner), study), 403, "evaluation_no_access")
        assert error["details"] == {"teamName": "Kiosk crew", "email": "stranger@example.org"}

    def test_nobody_may_without_a_credential(self, anonymous, study):
        assert_error(rate(anonymous, study), 401, "invalid_credential")

    def test_it_takes_the_scope(self, team, study):
        client = ApiClient(make_key(team, scopes=("ratings:read", "evaluations:*")))
        assert_error(rate(client, study), 403, "missing_required_scope")


LONG = "x" * (TEXT_LIMIT + 1)

# (what is wrong, what is sent, param)
BAD = [
    ("no comparison", {"comparisonId": None}, "comparisonId"),
    ("an empty comparison", {"comparisonId": ""}, "comparisonId"),
    ("a number as comparison", {"comparisonId": 5}, "comparisonId"),
    ("an unknown comparison", {"comparisonId": "c" + "0" * 24}, "comparisonId"),
    ("no id at all", {"comparisonId": "../../etc"}, "comparisonId"),
    ("no scores", {"dimensionRatings": {}}, "dimensionRatings"),
    ("only notes", {"dimensionRatings": {"_a": 1}}, "dimensionRatings"),
    ("scores that are null", {"dimensionRatings": None}, "dimensionRatings"),
    ("a list of scores", {"dimensionRatings": [4]}, "dimensionRatings"),
    ("a number for all", {"dimensionRatings": 4}, "dimensionRatings"),
    ("an empty name", {"dimensionRatings": {"": 4}}, "dimensionRatings"),
    ("a long name", {"dimensionRatings": {"x" * (KEY_LIMIT + 1): 4}}, "dimensionRatings"),
    ("too many", {"dimensionRatings": {f"_{n}": 1 for n in range(ENTRIES_LIMIT + 1)}},
     "dimensionRatings"),
    ("a heap of notes", {"dimensionRatings": {"overall": 4, "_n": "x" * OBJECT_LIMIT}},
     "dimensionRatings"),
    ("an unknown dimension", {"dimensionRatings": {"beauty": 4}}, "dimensionRatings.beauty"),
    ("one of another study", {"dimensionRatings": {"overall": 4, "trust": 4}},
     "dimensionRatings.trust"),
    ("below the scale", {"dimensionRatings": {"overall": 0}}, "dimensionRatings.overall"),
    ("above the scale", {"dimensionRatings": {"overall": 6}}, "dimensionRatings.overall"),
    ("far below", {"dimensionRatings": {"overall": -1e300}}, "dimensionRatings.overall"),
    ("a hair above", {"dimensionRatings": {"overall": 5.0000001}}, "dimensionRatings.overall"),
    ("text", {"dimensionRatings": {"overall": "4"}}, "dimensionRatings.overall"),
    ("true", {"dimensionRatings": {"overall": True}}, "dimensionRatings.overall"),
    ("null", {"dimensionRatings": {"overall": None}}, "dimensionRatings.overall"),
    ("a list", {"dimensionRatings": {"overall": [4]}}, "dimensionRatings.overall"),
    ("an empty object", {"dimensionRatings": {"overall": {}}}, "dimensionRatings.overall"),
    ("text as rating", {"dimensionRatings": {"overall": {"rating": "4"}}},
     "dimensionRatings.overall"),
    ("a rating off the scale", {"dimensionRatings": {"overall": {"rating": 9}}},
     "dimensionRatings.overall"),
    ("a skipped one off the scale", {"dimensionRatings": {"overall": 9}, "skipReason": "x"},
     "dimensionRatings.overall"),
    ("texts in a list", {"openTextResponses": ["x"]}, "openTextResponses"),
    ("a text that is a number", {"openTextResponses": {"overall": 5}}, "openTextResponses.overall"),
    ("a text that is null", {"openTextResponses": {"overall": None}}, "openTextResponses.overall"),
    ("a text too long", {"openTextResponses": {"overall": LONG}}, "openTextResponses.overall"),
    ("too many texts", {"openTextResponses": {f"{n}": "" for n in range(ENTRIES_LIMIT + 1)}},
     "openTextResponses"),
    ("factors in a list", {"factors": []}, "factors"),
    ("too many factors", {"factors": {"x": "y" * OBJECT_LIMIT}}, "factors"),
    ("a number as justification", {"justification": 5}, "justification"),
    ("a long justification", {"justification": LONG}, "justification"),
    ("a long reason", {"skipReason": LONG}, "skipReason"),
    ("a null reason", {"skipReason": None}, "skipReason"),
    ("less than no time", {"timeSpentSeconds": -1}, "timeSpentSeconds"),
    ("half a second", {"timeSpentSeconds": 0.5}, "timeSpentSeconds"),
    ("time as text", {"timeSpentSeconds": "5"}, "timeSpentSeconds"),
    ("more time than can be stored", {"timeSpentSeconds": 2**31}, "timeSpentSeconds"),
    ("timing as text", {"timingData": "x"}, "timingData"),
    ("a heap of timing", {"timingData": {"x": [0] * OBJECT_LIMIT}}, "timingData"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "param"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_cannot_be_is_refused_and_nothing_is_stored(api, study, team, sent, param):
    error = assert_error(rate(api, study, **sent), 400, "validation_failed", param)

    assert len(error["message"]) < 400
    assert not Rating.objects.exists()
    assert not RatingScore.objects.exists()
    assert used(team) == 0


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_what_is_no_json_number_is_refused(api, study, number):
    body = '{"comparisonId": "%s", "dimensionRatings": {"overall": %s}}'
    response = api.post(path_of(study), (body % (comparison_of(study), number)).encode())
    assert_error(response, 400, "malformed_json")


def test_what_is_as_large_as_can_be_is_taken(api, study):
    response = rate(
        api,
        study,
        justification="x" * TEXT_LIMIT,
        openTextResponses={f"{n}": "y" * 5_000 for n in range(ENTRIES_LIMIT)},
        timeSpentSeconds=2**31 - 1,
    )
    assert response.status_code == 201
