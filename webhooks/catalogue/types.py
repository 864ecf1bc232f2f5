"""The catalogue of event types: when each fires, what it carries, and a sample of it.

Synthetic events, the OpenAPI document and `docs/api/events.md` are made from it.
To add a type, follow the recipe in CONTRIBUTING.md.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from api import ids
from webhooks.catalogue import calibration, evaluation, rating, run
from webhooks.catalogue import json_schema as js

EVERYTHING = "*"

#: The type of a synthetic event that stands for no other; nobody subscribes to it.
TEST_EVENT = "webhook.test"


class EventType(StrEnum):
    """Every type an endpoint can subscribe to."""

    EVALUATION_CREATED = "evaluation.created"
    EVALUATION_STATUS_CHANGED = "evaluation.status_changed"
    EVALUATION_COMPLETED = "evaluation.completed"
    AUTOUSER_RUN_COMPLETED = "autouser_run.completed"
    AUTOUSER_RUN_FAILED = "autouser_run.failed"
    RATING_CREATED = "rating.created"
    CALIBRATION_FROZEN = "calibration.frozen"


@dataclass(frozen=True)
class About:
    """The entry of a type in the catalogue.

    `schema` is the JSON schema of `data.object`, `sample` one such object, and
    `made_by` the serializer that writes them. `prefix` begins the id of a
    synthetic object. `like` names a type with the same object, whose fields the
    documentation does not repeat. An `addition` is a type that the published
    API does not have. A field that is missing in the sample gets the simplest
    value that the schema allows.
    """

    when: str
    carries: str
    schema: js.Schema
    sample: dict[str, Any]
    prefix: str
    made_by: str = ""
    like: str = ""
    addition: bool = False

    def __post_init__(self) -> None:
        """Complete the sample."""
        object.__setattr__(self, "sample", js.simplest(self.schema) | self.sample)


class UnknownEventType(LookupError):
    """The catalogue does not have this type."""


class IncompleteCatalogue(Exception):
    """`EventType` and `CATALOGUE` do not list the same types."""


_EVALUATION_SERIALIZER = "evaluations.snapshots.EvaluationSnapshotSerializer"

CATALOGUE: Mapping[str, About] = {
    EventType.EVALUATION_CREATED: About(
        when="An evaluation was created, as a Draft or Running. Dry runs create nothing.",
        carries="The evaluation, as the API answered it, without what depends on the caller.",
        schema=evaluation.SCHEMA,
        sample=evaluation.SAMPLE,
        prefix="eval",
        made_by=_EVALUATION_SERIALIZER,
    ),
    EventType.EVALUATION_STATUS_CHANGED: About(
        when="The status of an evaluation changed, by whatever means. Asking for the status it "
        "has already is no change.",
        carries="The evaluation with its new status, and `previous_status`.",
        schema=js.extended(evaluation.SCHEMA, previous_status=evaluation.PREVIOUS_STATUS),
        sample=evaluation.SAMPLE
        | {
            "status": "Running",
            "updatedAt": "2026-06-11T09:20:40.007Z",
            "previous_status": "Draft",
        },
        prefix="eval",
        like=EventType.EVALUATION_CREATED,
        made_by=_EVALUATION_SERIALIZER,
    ),
    EventType.EVALUATION_COMPLETED: About(
        when="An evaluation ended: all of its queued runs are over, and people can no longer "
        "rate. Once per evaluation, even if it is reopened.",
        carries="The evaluation, and `summary`.",
        schema=js.extended(
            js.narrowed(evaluation.SCHEMA, status="Ended"), summary=evaluation.SUMMARY
        ),
        sample=evaluation.SAMPLE
        | {
            "status": "Ended",
            "updatedAt": "2026-06-12T16:00:00.512Z",
            "ratingsCount": 9,
            "autouserRunSummary": {
                "total": 2,
                "pending": 0,
                "running": 0,
                "completed": 1,
                "failed": 1,
                "cancelled": 0,
            },
            "summary": {
                "ratingCount": 9,
                "autouserRatingCount": 1,
                "humanRatingCount": 8,
                "krippendorffAlpha": 0.71,
                "completedRunCount": 1,
                "failedRunCount": 1,
            },
        },
        prefix="eval",
        like=EventType.EVALUATION_CREATED,
        made_by=_EVALUATION_SERIALIZER,
    ),
    EventType.AUTOUSER_RUN_COMPLETED: About(
        when="A run of an autouser was completed. Three agents on two comparisons are six runs.",
        carries="The run.",
        schema=js.narrowed(run.SCHEMA, status="completed"),
        sample=run.SAMPLE,
        prefix="arun",
        made_by="autousers.snapshots.RunSnapshotSerializer",
    ),
    EventType.AUTOUSER_RUN_FAILED: About(
        when="A run of an autouser failed. It uses up none of the quota. Cancelling one is no "
        "failure.",
        carries="The run, and `error`.",
        schema=js.extended(js.narrowed(run.SCHEMA, status="failed"), error=run.ERROR),
        sample=run.SAMPLE
        | {
            "id": "cm7q0n8w2run1screen4reade",
            "status": "failed",
            "ratingsCreated": 0,
            "inputTokens": 1204,
            "outputTokens": 0,
            "estimatedCostUsd": 0.0007,
            "artifactsPath": None,
            "completedAt": "2026-06-11T09:21:46.390Z",
            "error": "The page did not answer within 60 seconds.",
        },
        prefix="arun",
        like=EventType.AUTOUSER_RUN_COMPLETED,
        made_by="autousers.snapshots.RunSnapshotSerializer",
    ),
    EventType.RATING_CREATED: About(
        when="A person or an autouser rated. This type alone can be very frequent.",
        carries="The rating.",
        schema=rating.SCHEMA,
        sample=rating.SAMPLE,
        prefix="rat",
        made_by="ratings.snapshots.RatingSnapshotSerializer",
    ),
    EventType.CALIBRATION_FROZEN: About(
        when="The rubric of an autouser was frozen.",
        carries="The autouser and the rubric.",
        schema=calibration.SCHEMA,
        sample=calibration.SAMPLE,
        prefix="rub",
        made_by="autousers.snapshots.FrozenCalibrationSerializer",
    ),
    TEST_EVENT: About(
        when="Somebody sent a test without naming a type. It cannot be subscribed to.",
        carries="A message.",
        schema=js.object_(
            "Something to receive.",
            {"id": js.identifier("A generated id."), "message": js.text("A message.")},
        ),
        sample={"id": "cm7q5b3n1test7event2made9", "message": "Your endpoint receives events."},
        prefix="webhook",
    ),
}


def check_catalogue(catalogue: Mapping[str, About]) -> None:
    """Compare a catalogue with `EventType`.

    Raises:
        IncompleteCatalogue: saying which type is missing, and where.
    """
    types = [*(str(kind) for kind in EventType), TEST_EVENT]
    for kind in types:
        if kind not in catalogue:
            raise IncompleteCatalogue(
                f"The event type {kind} is in EventType and has no entry in CATALOGUE. Add one to "
                "webhooks/catalogue/types.py: when it fires, what it carries, its schema, a sample."
            )
    for kind, about in catalogue.items():
        if kind not in types:
            raise IncompleteCatalogue(
                f"{kind} is in CATALOGUE and not in EventType (webhooks/catalogue/types.py)."
            )
        if about.like and about.like not in catalogue:
            raise IncompleteCatalogue(
                f"The event type {kind} is said to be like {about.like}, which CATALOGUE lacks."
            )


check_catalogue(CATALOGUE)


def sample(type: str) -> dict[str, Any]:
    """A `data.object` for a synthetic event; its `id` is new each time and has `_test_` in it.

    Raises:
        UnknownEventType: for a type that the catalogue does not have.
    """
    about = CATALOGUE.get(type)
    if about is None:
        raise UnknownEventType(f"There is no event type {type}. There are: {', '.join(CATALOGUE)}.")
    synthetic_id = f"{about.prefix}_test_{ids.cuid()}"
    return {"id": synthetic_id, **deepcopy(about.sample)} | {"id": synthetic_id}
