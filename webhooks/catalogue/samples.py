"""One made-up `data.object` for each event type, told as one story: a study of a ticket kiosk."""

from typing import Any

_TEAM = "cm7q0a1b2team8kiosk4crew5"
_EVALUATION = "cm7q0c3d4study9ticket2kio"
_COMPARISON = "cm7q0c3d5compare1payment7"
_AUTOUSER = "cm7pz81k2autouser6nurse30"
_RUBRIC = "cm7q4z9r8rubric5frozen1aa"
_BASE = f"https://ux.example.com/evaluations/{_EVALUATION}"
_SELECTED = [{"autouserId": "screen-reader", "agentCount": 2}]

EVALUATION: dict[str, Any] = {
    "id": _EVALUATION,
    "teamId": _TEAM,
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
        {"id": _COMPARISON, "evaluationId": _EVALUATION, "label": "Payment", "position": 0}
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

STARTED_EVALUATION = EVALUATION | {
    "status": "Running",
    "updatedAt": "2026-06-11T09:20:40.007Z",
    "previous_status": "Draft",
}

COMPLETED_EVALUATION = EVALUATION | {
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
}

COMPLETED_RUN: dict[str, Any] = {
    "id": "cm7q0n8w1run0screen4reade",
    "evaluationId": _EVALUATION,
    "autouserId": "screen-reader",
    "autouserType": "builtin",
    "comparisonId": _COMPARISON,
    "status": "completed",
    "ratingsCreated": 1,
    "inputTokens": 18344,
    "outputTokens": 2107,
    "estimatedCostUsd": 0.0623,
    "credentialSource": "platform",
    "artifactsPath": "runs/cm7q0n8w1run0screen4reade/",
    "startedAt": "2026-06-11T09:20:44.120Z",
    "completedAt": "2026-06-11T09:23:51.806Z",
    "createdAt": "2026-06-11T09:20:41.003Z",
    "error": None,
}

FAILED_RUN = COMPLETED_RUN | {
    "id": "cm7q0n8w2run1screen4reade",
    "status": "failed",
    "ratingsCreated": 0,
    "inputTokens": 1204,
    "outputTokens": 0,
    "estimatedCostUsd": 0.0007,
    "artifactsPath": None,
    "completedAt": "2026-06-11T09:21:46.390Z",
    "error": "The page did not answer within 60 seconds.",
}

RATING: dict[str, Any] = {
    "id": "cm7q1d5v7rating2by3person",
    "evaluationId": _EVALUATION,
    "comparisonId": _COMPARISON,
    "raterType": "human",
    "userId": None,
    "publicRaterId": "cm7q1d2u6guest8from7hall4",
    "autouserId": None,
    "autouserRunId": None,
    "rubricVersion": None,
    "dimensionRatings": {"overall": 4, "accessibility": 2},
    "openTextResponses": {"accessibility": "The card slot is out of reach from a wheelchair."},
    "factors": None,
    "justification": "Quick, once I had found the slot.",
    "skipReason": None,
    "timeSpentSeconds": 94,
    "createdAt": "2026-06-11T09:41:17.655Z",
}

FROZEN_CALIBRATION: dict[str, Any] = {
    "autouser": {
        "id": _AUTOUSER,
        "name": "Night-shift nurse",
        "calibrationStatus": "frozen",
        "activeRubricId": _RUBRIC,
    },
    "rubric": {
        "id": _RUBRIC,
        "version": 3,
        "krippendorffAlpha": 0.82,
        "frozenAt": "2026-06-13T07:30:12.940Z",
    },
}

TEST = {"id": "cm7q5b3n1test7event2made9", "message": "Your endpoint receives events."}
