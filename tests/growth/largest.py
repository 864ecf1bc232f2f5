"""A team with as much of everything as a reply can have to do with: the largest study, and many."""

import json
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone

from autousers.models import Autouser, AutouserRun, CalibrationRun, Rubric, RunStatus
from autousers.runs.lifecycle import METER
from autousers.runs.queueing import MOST_RUNS
from evaluations.models import (
    Comparison,
    Evaluation,
    EvaluationDimension,
    Template,
    TemplateVersion,
)
from evaluations.studies.stimuli import (
    AUTOUSERS_LIMIT,
    DESIGNS_LIMIT,
    DIMENSIONS_LIMIT,
    WIZARD_LIMIT,
)
from ratings.models import RaterType, Rating, RatingScore
from teams.limits import quotas
from teams.models import ApiKey, Membership, Role, Team, User
from tests.access.world import World
from webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent

STUDIES, TEMPLATES, EVENTS = 30, 30, 30
RUNS, RATINGS, RUBRICS, PEOPLE, KEYS, DELIVERIES = 2_500, 300, 60, 300, 150, 200

#: Nearly the largest study, as it is stored: bodies are bounded, and drafts add up to no more.
LARGE_TEXT = "x" * (WIZARD_LIMIT - 300_000)


def insert(model: type[Model], rows: list[Any]) -> None:
    """Save rows at once, past the rules about what is announced."""
    QuerySet(model=model).bulk_create(rows, batch_size=100)


def largest_study() -> dict[str, Any]:
    """What a study is made of, at its bounds: designs, dimensions, autousers and free JSON."""
    return {
        "designUrls": [
            {"id": f"u-{n}", "url": f"https://example.com/{'p' * 800}", "label": "l" * 300}
            for n in range(DESIGNS_LIMIT)
        ],
        "comparisonPairs": [],
        "selectedDimensionIds": [f"d{n}" for n in range(DIMENSIONS_LIMIT)],
        "selectedAutousers": [
            {"autouserId": "novice", "agentCount": 1} for _ in range(MOST_RUNS // DESIGNS_LIMIT)
        ],
        "customQuestions": LARGE_TEXT,
    }


def fill(world: World) -> None:
    """Put the largest study, and long lists, into the world of the access tests."""
    team, study = world.team, largest_study()
    evaluation = Evaluation.objects.get(pk=world.ids["evaluation"])
    QuerySet(model=Evaluation).filter(team=team).update(wizard=study)
    insert(Evaluation, [_study(world, study) for _ in range(STUDIES)])
    _comparisons(evaluation, study)
    _templates(world, evaluation)
    autousers = _autousers(world)
    _people(world)
    _runs_and_ratings(world, evaluation, autousers)
    _webhooks(world, study)


def _study(world: World, study: dict[str, Any]) -> Evaluation:
    return Evaluation(team=world.team, created_by=world.owner, name="Large", wizard=study)


def _comparisons(evaluation: Evaluation, study: dict[str, Any]) -> None:
    insert(
        Comparison,
        [
            Comparison(evaluation=evaluation, position=n, label=one["label"], stimulus=one)
            for n, one in enumerate(study["designUrls"][1:], start=1)
        ],
    )


def _templates(world: World, evaluation: Evaluation) -> None:
    content = {"guidelines": "g" * 100_000}
    rows = [Template(team=world.team, name="Large", content=content) for _ in range(TEMPLATES)]
    insert(Template, rows)
    template = world.ids["template"]
    insert(
        TemplateVersion,
        [
            TemplateVersion(
                template_id=template, dimension_id=template, version=n, change_type="updated",
                snapshot=content,
            )
            for n in range(100, 100 + TEMPLATES)
        ],
    )  # fmt: skip
    insert(
        EvaluationDimension,
        [
            EvaluationDimension(
                evaluation=evaluation, position=n, dimension_id=f"d{n}", name=f"Dimension {n}",
                minimum=1, maximum=7, template=rows[n % len(rows)], template_version=1,
            )
            for n in range(1, DIMENSIONS_LIMIT)
        ],
    )  # fmt: skip


def _autousers(world: World) -> list[Autouser]:
    rows = [
        Autouser(
            team=world.team, name=f"Autouser {n}", system_prompt="p" * 50_000,
            capabilities={"persona": "c" * 50_000, "criteria": "c" * 50_000},
        )
        for n in range(AUTOUSERS_LIMIT)
    ]  # fmt: skip
    insert(Autouser, rows)
    own = Autouser.objects.get(pk=world.ids["autouser"])
    insert(
        Rubric,
        [
            Rubric(autouser=own, version=n, name="Large", criteria_text="r" * 50_000)
            for n in range(100, 100 + RUBRICS)
        ],
    )
    disagreement = {
        "ratingId": world.ids["rating"], "autouserScore": 1, "humanScore": 5,
        "humanReasoning": "h" * 1_000,
    }  # fmt: skip
    found = [{**disagreement, "dimensionId": f"d{n % DIMENSIONS_LIMIT}"} for n in range(500)]
    insert(
        CalibrationRun,
        [CalibrationRun(autouser=own, sample_size=500, disagreements=found)],
    )
    return rows


def _people(world: World) -> None:
    people = [User(email=f"person-{n}@example.org", name="Person") for n in range(PEOPLE)]
    insert(User, people)
    rows = [Membership(team=world.team, user=one, role=Role.VIEWER) for one in people]
    insert(Membership, rows)
    keys = [
        ApiKey(
            team=world.team, user=world.owner, name="Key", prefix="ak_live_x", digest=f"{n}",
            scopes=["evaluations:read"] * 10,
        )
        for n in range(KEYS)
    ]  # fmt: skip
    insert(ApiKey, keys)


def _runs_and_ratings(world: World, evaluation: Evaluation, autousers: list[Autouser]) -> None:
    comparison = world.ids["comparison"]
    Team.objects.filter(pk=world.team.pk).update(autouser_ratings_limit=20_000)
    world.team.refresh_from_db()
    month = quotas.reserve(team=world.team, meter=METER, amount=RUNS - RATINGS).month
    runs = [
        AutouserRun(
            team=world.team, evaluation=evaluation, comparison_id=comparison,
            autouser=autousers[n % len(autousers)], agent=n + 1, quota_month=month,
            status=RunStatus.COMPLETED if n < RATINGS else RunStatus.PENDING,
            due_at=None if n < RATINGS else timezone.now(), ratings_created=int(n < RATINGS),
        )
        for n in range(RUNS)
    ]  # fmt: skip
    insert(AutouserRun, runs)
    ratings = [
        Rating(
            evaluation=evaluation, comparison_id=comparison, rater_type=RaterType.AUTOUSER,
            rater=f"autouser:{run.autouser_id}:{run.agent}", autouser=run.autouser,
            autouser_run=run, justification="j" * 10_000,
            dimension_ratings={f"d{n}": 4 for n in range(DIMENSIONS_LIMIT)},
            open_text_responses={f"d{n}": "o" * 2_000 for n in range(10)},
            factors={"f": "x" * 19_000},
        )
        for run in runs[:RATINGS]
    ]  # fmt: skip
    insert(Rating, ratings)
    insert(
        RatingScore,
        [
            RatingScore(rating=rating, dimension=f"d{n}", value=4)
            for rating in ratings
            for n in range(0, DIMENSIONS_LIMIT, 5)
        ],
    )


def _webhooks(world: World, study: dict[str, Any]) -> None:
    endpoint = world.ids["endpoint"]
    known = WebhookEndpoint.objects.get(pk=endpoint)
    insert(
        WebhookEndpoint,
        [
            WebhookEndpoint(
                team=world.team, url=f"https://hooks.example.com/{'x' * 1_900}",
                enabled_events=["*"], encrypted_secret=known.encrypted_secret,
            )
            for _ in range(98)
        ],
    )  # fmt: skip
    first = WebhookEvent.objects.get(pk=world.ids["event"])
    told = json.loads(bytes(first.payload))
    payload = json.dumps({**told, "data": {"object": {"metadata": study}}}).encode()
    events = [
        WebhookEvent(
            team=first.team, type=first.type, object_id=first.object_id, sequence=1_000 + n,
            payload=payload, transition=100 + n,
        )
        for n in range(EVENTS)
    ]  # fmt: skip
    insert(WebhookEvent, events)
    insert(
        WebhookDelivery,
        [
            WebhookDelivery(
                event=events[n % EVENTS], endpoint_id=endpoint, replay=1 + n // EVENTS,
                response_body="b" * 4_000, error="e" * 500, scheduled_for=timezone.now(),
            )
            for n in range(DELIVERIES)
        ],
    )  # fmt: skip
