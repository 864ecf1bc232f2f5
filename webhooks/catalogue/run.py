"""Runs of autousers in events: the JSON schema of `data.object`, and a sample of it."""

from typing import Any

from webhooks.catalogue import json_schema as js
from webhooks.catalogue.story import COMPARISON, EVALUATION

SCHEMA = js.object_(
    "A run of an autouser: one agent on one comparison.",
    {
        "id": js.identifier("The run."),
        "evaluationId": js.identifier("The evaluation it is part of."),
        "autouserId": js.identifier("The autouser."),
        "autouserType": js.word("Whether it is built in.", "builtin", "custom"),
        "comparisonId": js.or_null(js.identifier("The comparison that was rated.")),
        "status": js.word("The final status.", "completed", "failed"),
        "ratingsCreated": js.count("0 or 1."),
        "inputTokens": js.count("Input tokens of the model."),
        "outputTokens": js.count("Output tokens of the model."),
        "estimatedCostUsd": js.value("number", "Estimated cost in US dollars.", minimum=0),
        "credentialSource": js.text("Owner of the model key: `platform` or `byok`."),
        "artifactsPath": js.or_null(js.text("Location of its screenshots and notes.")),
        "startedAt": js.or_null(js.moment("Start time; null if it never started.")),
        "completedAt": js.or_null(js.moment("End time.")),
        "createdAt": js.moment("Time of queueing."),
        "error": js.or_null(js.text("The error message; null without an error.")),
    },
)

ERROR = js.text("The error message, for people.", minLength=1)

SAMPLE: dict[str, Any] = {
    "id": "cm7q0n8w1run0screen4reade",
    "evaluationId": EVALUATION,
    "autouserId": "screen-reader",
    "autouserType": "builtin",
    "comparisonId": COMPARISON,
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
