"""Evaluations in events: the JSON schema of `data.object`, and a sample of it."""

from typing import Any

from api.rest.json_schemas import schema_of
from evaluations.models import EvaluationStatus
from evaluations.snapshots import EvaluationSnapshotSerializer
from webhooks.catalogue import json_schema as js
from webhooks.catalogue.story import COMPARISON, EVALUATION, TEAM

#: Made of the serializer that writes it: a new field of an evaluation is in its events.
SCHEMA = schema_of(EvaluationSnapshotSerializer)

SUMMARY = js.object_(
    "A summary of the study.",
    {
        "ratingCount": js.count("Number of all ratings."),
        "autouserRatingCount": js.count("Number of ratings by autousers."),
        "humanRatingCount": js.count("Number of ratings by people."),
        "krippendorffAlpha": js.or_null(
            js.value(
                "number", "Krippendorff's alpha of the raters; null if it is undefined.", maximum=1
            )
        ),
        "completedRunCount": js.count("Number of completed runs."),
        "failedRunCount": js.count("Number of failed runs."),
    },
)

PREVIOUS_STATUS = js.word("The status before the change.", *EvaluationStatus.values)

_BASE = f"https://ux.example.com/evaluations/{EVALUATION}"
_SELECTED = [{"autouserId": "screen-reader", "agentCount": 2}]

SAMPLE: dict[str, Any] = {
    "id": EVALUATION,
    "teamId": TEAM,
    "name": "Ticket kiosk, payment step",
    "description": "Can people pay with one hand?",
    "type": "SSE",
    "status": "Draft",
    "shareToken": "shr_h2Vd9KqT0xWm4LbZ",
    "shareAccess": "ANYONE_WITH_LINK",
    "shareRequireEmail": False,
    "shareRequireName": False,
    "shareAllowAnon": True,
    "shareExpiry": None,
    "allowMultipleRatings": False,
    "editorsCanShare": True,
    "endsAtPeople": None,
    "browserEngine": "CHROME",
    "useProxy": None,
    "proxyRegion": None,
    "modelId": None,
    "templateId": None,
    "evaluationMethod": "both",
    "createdAt": "2026-06-11T09:14:02.318Z",
    "updatedAt": "2026-06-11T09:14:02.318Z",
    "links": {
        "preview": f"{_BASE}/preview",
        "review": f"{_BASE}/review",
        "edit": f"{_BASE}/edit",
        "results": f"{_BASE}/results",
        "share": "https://ux.example.com/share/shr_h2Vd9KqT0xWm4LbZ",
        "web": _BASE,
    },
    "ratingsCount": 0,
    "comparisonsCount": 1,
    "comparisons": [
        {"id": COMPARISON, "evaluationId": EVALUATION, "label": "Payment", "position": 0}
    ],
    "config": {
        "preQualification": {
            "evaluationMethod": "both",
            "selectedAutousers": _SELECTED,
            "skip": False,
        },
        "selectedAutousers": _SELECTED,
        "dimensions": '["overall", "accessibility"]',
    },
    "autouserRunSummary": {
        "total": 0,
        "pending": 0,
        "running": 0,
        "completed": 0,
        "failed": 0,
        "cancelled": 0,
    },
    "metadata": {
        "designUrls": [{"url": "https://kiosk.example.com/pay", "label": "Payment"}],
        "selectedDimensionIds": ["overall", "accessibility"],
        "selectedAutousers": _SELECTED,
        "evaluationMethod": "both",
    },
    "owner": {"name": "Ines Almeida", "email": "ines@example.com"},
    "team": {"name": "Kiosk crew", "slug": "kiosk-crew"},
}
