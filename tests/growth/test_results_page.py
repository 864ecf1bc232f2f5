"""The results page of a study with 10,000 ratings and 1,000 runs: queries, time, and size."""

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from autousers.models import Autouser, AutouserRun, RunStatus
from evaluations.models import Comparison, Evaluation
from ratings.models import Guest, RaterType, Rating, RatingScore
from teams.models import Team
from tests.clients import ApiClient
from tests.growth.largest import insert
from tests.ratings.rating import create

pytestmark = pytest.mark.slow

DESIGNS, DIMENSIONS = 10, ("overall", "usability", "accessibility", "clarity")
PEOPLE, PERSONAS, AGENTS = 900, 5, 20
QUERIES, MILLISECONDS, BYTES = 12, 300, 400_000


@pytest.fixture
def address(api: ApiClient, team: Team) -> str:
    """A study whose every design 900 guests and 100 agents of 5 personas have rated."""
    made = create(api, stimuli=DESIGNS, selectedDimensionIds=list(DIMENSIONS))
    study = Evaluation.objects.get(pk=made["id"])
    rows = list(study.comparisons.all())
    guests = [Guest(evaluation=study, name=f"Guest {number}") for number in range(PEOPLE)]
    insert(Guest, guests)
    ratings = [*_of_people(study, rows, guests), *_of_autousers(study, rows, team)]
    insert(Rating, ratings)
    scores = [
        RatingScore(rating=rating, dimension=name, value=value)
        for rating in ratings
        for name, value in rating.dimension_ratings.items()
    ]
    insert(RatingScore, scores)
    Evaluation.objects.filter(pk=study.pk).update(ratings_count=len(ratings))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")
    return f"/evaluations/{study.pk}/results"


def _scores() -> dict[str, int]:
    return {name: random.randint(1, 5) for name in DIMENSIONS}


def _of_people(study: Evaluation, rows: list[Comparison], guests: list[Guest]) -> Iterator[Rating]:
    for guest in guests:
        for place, row in enumerate(random.sample(rows, len(rows)), start=1):
            yield Rating(
                evaluation=study, comparison=row, rater_type=RaterType.HUMAN,
                rater=f"guest:{guest.pk}", public_rater=guest, dimension_ratings=_scores(),
                justification="Quick enough, but the clock made me nervous. " * 4,
                presentation={"position": place, "sidesSwapped": False}, time_spent_seconds=60,
            )  # fmt: skip


def _of_autousers(study: Evaluation, rows: list[Comparison], team: Team) -> list[Rating]:
    runs = [
        AutouserRun(
            team=team, evaluation=study, comparison=row, autouser=persona, agent=agent + 1,
            quota_month="2026-06-01", status=RunStatus.COMPLETED, due_at=None,
        )
        for persona in Autouser.objects.filter(team=None).order_by("pk")[:PERSONAS]
        for row in rows
        for agent in range(AGENTS)
    ]  # fmt: skip
    insert(AutouserRun, runs)
    return [
        Rating(
            evaluation=study, comparison=run.comparison, rater_type=RaterType.AUTOUSER,
            rater=run.rater, autouser=run.autouser, autouser_run=run, dimension_ratings=_scores(),
            justification="No field has a label.",
        )
        for run in runs
    ]  # fmt: skip


def test_it_stays_within_its_bounds(client: Client, owner: Any, address: str) -> None:
    client.force_login(owner)
    cache.clear()
    first = _seconds(client, address)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
    began = time.process_time()
    times = sorted(_seconds(client, address) for _ in range(5))
    processor = (time.process_time() - began) / len(times)
    print(
        f"the first time {first * 1000:.0f} ms, then {times[2] * 1000:.0f} ms, of which "
        f"{processor * 1000:.0f} ms of processor time here"
    )
    assert b"905" in response.content
    assert len(queries) <= QUERIES, "\n".join(query["sql"][:200] for query in queries)
    assert len(response.content) <= BYTES
    # Other programs on the machine do not add to it. The print has the time with the database.
    assert processor * 1000 <= MILLISECONDS


def _seconds(client: Client, address: str) -> float:
    """How long one request takes."""
    began = time.perf_counter()
    assert client.get(address).status_code == 200
    return time.perf_counter() - began
