"""Ratings that are given, refused and deleted at the same moment, on real transactions."""

from threading import Event

import pytest
from django.db import transaction

from api.exceptions import InvalidRequest
from evaluations.models import Evaluation
from ratings import exclusions
from ratings.models import RaterExclusion, Rating, RatingScore
from ratings.reports import agreement_report, results
from ratings.reports.agreement_report import agreement_of
from ratings.reports.reliability import overall_alpha
from teams.limits import quotas
from teams.models import Meter, Role
from tests.clients import ApiClient
from tests.concurrency.threads import PATIENCE, at_once, until_blocked
from tests.conftest import make_key, make_member
from tests.ratings.rating import create, path_of, rate, stored
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def study(api):
    return create(api, selectedDimensionIds=["overall", "usability"])


def make_tokens(team, count: int) -> list[str]:
    members = [make_member(team, Role.VIEWER, f"r{n}@example.org") for n in range(count)]
    return [make_key(team, member) for member in members]


def status_of(response) -> tuple[int, str | None]:
    body = response.json()
    return response.status_code, body.get("error", {}).get("code")


def announced() -> int:
    return WebhookEvent.objects.filter(type="rating.created").count()


class TestOnePersonTwice:
    def test_at_once_gives_one_rating_and_refusals(self, api, team, study):
        replies = at_once([lambda: status_of(rate(ApiClient(api.token), study))] * 12)

        assert replies.count((201, None)) == 1
        assert replies.count((400, "already_rated")) == 11
        assert (Rating.objects.count(), RatingScore.objects.count(), announced()) == (1, 1, 1)
        count = quotas.counts(team=team, period=quotas.Period.current())[Meter.HUMAN_RATINGS]
        assert count.used == 1

    def test_where_it_is_allowed_each_gets_a_number_of_its_own(self, api):
        study = create(api, allowMultipleRatings=True)

        replies = at_once([lambda: rate(ApiClient(api.token), study).status_code] * 12)

        assert set(replies) == {201}
        ordinals = Rating.objects.order_by("ordinal").values_list("ordinal", flat=True)
        assert list(ordinals) == list(range(12))


class TestRatingWhileItEnds:
    @pytest.mark.parametrize("attempt", range(5))
    def test_it_is_rated_before_or_refused_after(self, api, team, study, attempt):
        tokens = make_tokens(team, 10)
        jobs = [lambda token=token: status_of(rate(ApiClient(token), study)) for token in tokens]
        path = f"/api/v1/evaluations/{study['id']}"
        jobs.insert(
            attempt * 2,
            lambda: status_of(ApiClient(api.token).patch(path, {"status": "Ended"})),
        )

        replies = at_once(jobs)

        ended = replies.pop(attempt * 2)
        assert ended == (200, None)
        assert set(replies) <= {(201, None), (400, "evaluation_not_running")}
        rated = replies.count((201, None))
        assert (Rating.objects.count(), announced()) == (rated, rated)
        events = WebhookEvent.objects.order_by("sequence").values_list("type", flat=True)
        assert "rating.created" not in list(events)[list(events).index("evaluation.completed") :]

    def test_one_that_waits_for_the_end_is_refused(self, api, study):
        held = Event()

        def end() -> str:
            with transaction.atomic():
                evaluation = Evaluation.objects.locked().get(pk=study["id"])
                held.set()
                until_blocked()
                evaluation.change_status("Ended")
                evaluation.save(update_fields=["status", "transition", "completed_at"])
            return "ended"

        def rate_meanwhile() -> tuple[int, str | None]:
            assert held.wait(PATIENCE)
            return status_of(rate(ApiClient(api.token), study))

        assert at_once([end, rate_meanwhile]) == ["ended", (400, "evaluation_not_running")]
        assert not Rating.objects.exists()


class TestTheLastOfTheQuota:
    def test_exactly_what_is_left_is_rated(self, api, team):
        team.human_ratings_limit = 5
        team.save()
        studies = [create(api) for _ in range(4)]
        tokens = make_tokens(team, 4)

        replies = at_once(
            [
                lambda token=token, study=study: status_of(rate(ApiClient(token), study))
                for token in tokens
                for study in studies
            ]
        )

        assert replies.count((201, None)) == 5
        assert replies.count((429, "quota_exceeded")) == 11
        assert (Rating.objects.count(), RatingScore.objects.count(), announced()) == (5, 5, 5)


class TestDeletingMeanwhile:
    def test_two_that_delete_the_same_count_each_once(self, api, team, study):
        ids = [rate(ApiClient(token), study).json()["id"] for token in make_tokens(team, 8)]

        replies = at_once(
            [lambda: ApiClient(api.token).delete(path_of(study), {"ratingIds": ids}).json()] * 6
        )

        assert sum(result["deleted"] for result in replies) == 8
        assert not Rating.objects.exists()

    def test_what_is_kept_of_agreement_is_never_out_of_date(self, api, team, study):
        tokens = make_tokens(team, 12)
        ids = [rate(ApiClient(token), study).json()["id"] for token in tokens[:6]]
        path = path_of(study, "agreement")

        def delete(id: str) -> int:
            return ApiClient(api.token).delete(path_of(study), {"ratingIds": [id]}).status_code

        statuses = at_once(
            [lambda id=id: delete(id) for id in ids]
            + [
                lambda token=token: (
                    rate(ApiClient(token), study, dimensionRatings={"overall": 2}).status_code
                )
                for token in tokens[6:]
            ]
            + [lambda: ApiClient(api.token).get(path).status_code] * 8
        )

        assert set(statuses) == {200, 201}
        found = agreement_of(stored(study))
        assert found["ratingCount"] == Rating.objects.count() == 6
        assert found["krippendorff"]["alpha"] == overall_alpha(stored(study))


class TestReadingMeanwhile:
    def test_all_figures_of_a_reply_are_of_one_moment(self, api, team, study, monkeypatch):
        """A rating is given while the results are half read."""
        first, second = make_tokens(team, 2)
        both = {"overall": 3, "usability": 4}
        assert rate(ApiClient(first), study, dimensionRatings=both).status_code == 201
        read = results.verdict_counts

        def read_and_be_late(*args):
            counts = read(*args)
            late = [lambda: rate(ApiClient(second), study, dimensionRatings=both).status_code]
            assert at_once(late) == [201]
            return counts

        monkeypatch.setattr(results, "verdict_counts", read_and_be_late)
        found = results.results_of(stored(study))

        stats = found["aggregateStats"]
        assert stats["totalRatings"] == len(found["perRater"]) == 1
        assert [one["total"] for one in stats["dimensionStats"].values()] == [1, 1]
        assert Rating.objects.count() == 2


class TestExcludingMeanwhile:
    def test_of_many_at_once_one_leaves_the_rater_out(self, api, team, owner, study):
        assert rate(ApiClient(api.token), study).status_code == 201
        rater = Rating.objects.get().rater

        def leave_out() -> str:
            with transaction.atomic():
                evaluation = Evaluation.objects.locked().get(pk=study["id"])
                try:
                    exclusions.exclude(evaluation=evaluation, rater=rater, reason="x", by=owner)
                except InvalidRequest as refused:
                    return refused.message
            return "left out"

        said = at_once([leave_out] * 8)

        assert said.count("left out") == 1
        assert said.count("rater: This rater is left out already.") == 7
        assert RaterExclusion.objects.count() == 1

    def test_agreement_that_was_being_computed_is_computed_anew(
        self, api, team, owner, study, monkeypatch
    ):
        """The exclusion commits after the ratings were read, and before the figures are kept."""
        tokens = make_tokens(team, 3)
        for token, score in zip(tokens, (2, 2, 5), strict=True):
            sent = {"overall": score}
            assert rate(ApiClient(token), study, dimensionRatings=sent).status_code == 201
        rater = Rating.objects.latest("pk").rater
        read = agreement_report.reliability_data

        def read_and_be_late(*args):
            data = read(*args)
            evaluation = stored(study)
            late = [
                lambda: (
                    exclusions.exclude(evaluation=evaluation, rater=rater, reason="x", by=owner).pk
                )
            ]
            at_once(late)
            monkeypatch.setattr(agreement_report, "reliability_data", read)
            return data

        monkeypatch.setattr(agreement_report, "reliability_data", read_and_be_late)
        assert agreement_of(stored(study))["krippendorff"]["n_raters"] == 3
        assert agreement_of(stored(study))["krippendorff"]["n_raters"] == 2
