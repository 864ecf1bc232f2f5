"""Leaving a rater out: every figure follows, the record stays, and counting again undoes it."""

import csv
import io
import json

import pytest
from django.utils import timezone

from api.exceptions import InvalidRequest
from autousers.calibration.pairing import pairs_of
from autousers.models import Autouser, AutouserRun, RunStatus
from evaluations.models import Evaluation
from ratings import exclusions
from ratings.models import COUNTING, REASON_LIMIT, RaterExclusion, Rating, RatingScore, counting
from ratings.reports.reliability import overall_alpha
from ratings.reports.results import results_of
from ratings.services import insert_rating
from teams.models import Role, User
from tests.ratings.rating import comparison_of, create, path_of, rated, stored
from webhooks.models import WebhookEvent


def give(study, autouser, agent, position=0, **scores):
    """A rating of an agent, as its run would give it."""
    evaluation = stored(study)
    run = AutouserRun.objects.create(
        team=evaluation.team,
        evaluation=evaluation,
        comparison_id=comparison_of(study, position),
        autouser=autouser,
        agent=agent,
        quota_month="2026-06-01",
        status=RunStatus.COMPLETED,
        due_at=None,
        completed_at=timezone.now(),
    )
    rating = Rating(
        evaluation=evaluation,
        comparison=run.comparison,
        rater_type="autouser",
        rater=run.rater,
        autouser=autouser,
        autouser_run=run,
        dimension_ratings=scores,
        justification="Nothing has a label.",
    )
    insert_rating(rating)
    return rating


@pytest.fixture
def four(make_rater, study):
    """Four people, the last of whom rates against the others."""
    people = [make_rater(Role.EDITOR) for _ in range(4)]
    for person, score in zip(people, (2, 2, 3, 5), strict=True):
        rated(person, study, overall=score, usability=score)
    return people


def last_of(study):
    people = Rating.objects.filter(evaluation=study["id"], rater_type="human")
    return people.latest("pk").rater


def leave_out(study, rater, reason="Clicked through in nine seconds."):
    return exclusions.exclude(
        evaluation=stored(study), rater=rater, reason=reason, by=User.objects.earliest("pk")
    )


class TestFigures:
    def test_all_of_them_follow(self, api, study, four):
        before = results_of(stored(study))
        leave_out(study, last_of(study))
        after = results_of(stored(study))
        assert before["aggregateStats"]["overallAverage"] == 3.0
        assert after["aggregateStats"]["overallAverage"] == pytest.approx(7 / 3)
        assert after["aggregateStats"]["excludedRatings"]["byKind"]["excludedRater"] == 1
        assert after["comparisonStats"][0]["validRatingsCount"] == 3
        assert len(after["perRater"]) == 3
        assert after["agreement"]["pairs"] != before["agreement"]["pairs"]

    def test_agreement_is_computed_anew(self, api, study, four):
        assert api.get(path_of(study, "agreement")).json()["ratingCount"] == 4
        made = leave_out(study, last_of(study))
        assert api.get(path_of(study, "agreement")).json()["ratingCount"] == 3
        by = User.objects.earliest("pk")
        exclusions.count_again(evaluation=stored(study), exclusion_id=made.pk, by=by)
        found = api.get(path_of(study, "agreement")).json()
        assert found["ratingCount"] == 4
        assert found["krippendorff"]["alpha"] == overall_alpha(stored(study))

    def test_ratings_that_come_later_are_left_out_too(self, api, four):
        study = create(api, stimuli=2)
        rated(four[0], study, 0, overall=1)
        leave_out(study, last_of(study))
        rated(four[0], study, 1, overall=1)
        rated(four[1], study, 1, overall=4)
        assert results_of(stored(study))["aggregateStats"]["overallAverage"] == 4.0

    def test_in_another_study_the_rater_counts(self, api, four, study):
        other = create(api)
        rated(four[3], other, overall=5)
        leave_out(study, last_of(study))
        assert results_of(stored(other))["aggregateStats"]["totalRatings"] == 1

    def test_a_persona_goes_with_all_its_agents(self, study, four):
        novice, critic = Autouser.objects.filter(team=None).order_by("pk")[:2]
        for agent in (1, 2, 3):
            give(study, novice, agent, overall=1)
        give(study, critic, 1, overall=2)
        leave_out(study, novice.pk)
        found = results_of(stored(study))
        assert found["aggregateStats"]["excludedRatings"]["byKind"]["excludedRater"] == 3
        assert found["aggregateStats"]["totalRatings"] == 5

    def test_calibration_does_not_compare_with_people_who_are_left_out(self, study, four):
        novice = Autouser.objects.filter(team=None).earliest("pk")
        give(study, novice, 1, overall=3)
        [before] = pairs_of(novice, stored(study), None).pairs
        leave_out(study, last_of(study))
        [after] = pairs_of(novice, stored(study), None).pairs
        assert (before.human_score, after.human_score) == (2.5, 2)

    def test_the_two_forms_of_the_condition_are_the_same(self, study, four):
        novice = Autouser.objects.filter(team=None).earliest("pk")
        given = [give(study, novice, agent, overall=1) for agent in (1, 2)]
        leave_out(study, novice.pk)
        leave_out(study, Rating.objects.earliest("pk").rater)
        Rating.objects.filter(pk=given[0].pk).update(superseded=True)
        scores = RatingScore.objects.filter(counting("rating__"))
        by_orm = set(scores.values_list("rating", flat=True))
        sql = f"SELECT rating.id FROM ratings_rating AS rating WHERE {COUNTING}"  # noqa: S608
        by_sql = {row.pk for row in Rating.objects.raw(sql)}
        assert by_orm == by_sql == set(Rating.objects.valid().values_list("pk", flat=True))
        assert len(by_sql) == 3


class TestTheRecord:
    def test_it_says_who_when_and_why_and_stays(self, study, four, owner):
        made = leave_out(study, last_of(study), "  Clicked\nthrough. ")
        exclusions.count_again(evaluation=stored(study), exclusion_id=made.pk, by=owner)
        again = leave_out(study, last_of(study))
        rows = list(RaterExclusion.objects.order_by("pk"))
        assert [row.pk for row in rows] == [made.pk, again.pk]
        assert rows[0].reason == "Clicked through."
        assert rows[0].restored_by == owner
        assert rows[0].excluded_at <= rows[0].restored_at

    def test_nothing_is_announced_and_no_rating_changes(self, study, four):
        events = WebhookEvent.objects.count()
        before = list(Rating.objects.order_by("pk").values())
        leave_out(study, last_of(study))
        assert WebhookEvent.objects.count() == events
        assert list(Rating.objects.order_by("pk").values()) == before

    @pytest.mark.parametrize(
        ("reason", "said"),
        [("", "Say why"), (" \n\0", "Say why"), ("x" * (REASON_LIMIT + 1), "501")],
    )
    def test_a_reason_is_needed(self, study, four, reason, said):
        with pytest.raises(InvalidRequest, match=said):
            leave_out(study, last_of(study), reason)
        assert not RaterExclusion.objects.exists()

    @pytest.mark.parametrize("rater", ["", "user:x", "autouser:x:1", "x" * 5_000, "novice"])
    def test_who_has_not_rated_is_refused(self, study, four, rater):
        with pytest.raises(InvalidRequest, match="who has rated"):
            leave_out(study, rater)

    def test_one_agent_alone_cannot_be_left_out(self, study, four):
        novice = Autouser.objects.filter(team=None).earliest("pk")
        rating = give(study, novice, 1, overall=1)
        with pytest.raises(InvalidRequest, match="who has rated"):
            leave_out(study, rating.rater)

    def test_twice_is_refused_and_so_is_counting_twice(self, study, four, owner):
        made = leave_out(study, last_of(study))
        with pytest.raises(InvalidRequest, match="left out already"):
            leave_out(study, last_of(study))
        exclusions.count_again(evaluation=stored(study), exclusion_id=made.pk, by=owner)
        with pytest.raises(InvalidRequest, match="counted already"):
            exclusions.count_again(evaluation=stored(study), exclusion_id=made.pk, by=owner)

    def test_that_of_another_study_is_not_found(self, api, study, four, owner):
        made = leave_out(study, last_of(study))
        other = stored(create(api))
        with pytest.raises(InvalidRequest, match="counted already"):
            exclusions.count_again(evaluation=other, exclusion_id=made.pk, by=owner)
        assert Evaluation.objects.get(pk=study["id"]).rater_exclusions.active().exists()


class TestExports:
    def test_json_and_csv_say_so(self, api, study, four):
        leave_out(study, last_of(study))
        whole = json.loads(b"".join(api.get(path_of(study, "export")).streaming_content))
        [told] = whole["results"]["excludedRaters"]
        assert told["reason"] == "Clicked through in nine seconds."
        assert told["rater"] == last_of(study)
        assert told["ratings"] == 1
        assert told["excludedBy"] == User.objects.earliest("pk").pk
        assert [one["excluded"] for one in whole["ratings"]] == [None] * 3 + ["excludedRater"]
        file = b"".join(api.get(path_of(study, "export?format=csv")).streaming_content)
        rows = list(csv.DictReader(io.StringIO(file.decode())))
        assert {row["excluded"] for row in rows if row["rater"] == last_of(study)} == {
            "excludedRater"
        }

    def test_the_report_says_so(self, api, study, four):
        leave_out(study, last_of(study))
        text = b"".join(api.get(path_of(study, "export?format=md")).streaming_content).decode()
        assert "1 of raters who were left out" in text
        assert "Clicked through in nine seconds" in text
