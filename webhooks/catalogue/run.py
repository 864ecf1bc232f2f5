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
        "autouserType": js.word("Whether it comes with the server.", "builtin", "custom"),
        "comparisonId": js.or_null(js.identifier("What it looked at.")),
        "status": js.word("How it ended.", "completed", "failed"),
        "ratingsCreated": js.count("0 or 1."),
        "inputTokens": js.count("Tokens the model read."),
        "outputTokens": js.count("Tokens the model wrote."),
        "estimatedCostUsd": js.value("number", "What that costs, in US dollars.", minimum=0),
        "credentialSource": js.text("Whose model key was used: `platform` or `byok`."),
        "artifactsPath": js.or_null(js.text("Where its screenshots and notes are.")),
        "startedAt": js.or_null(js.moment("When it began; null when it never did.")),
        "completedAt": js.or_null(js.moment("When it ended.")),
        "createdAt": js.moment("When it was queued."),
        "error": js.or_null(js.text("What went wrong; null when nothing did.")),
    },
)

ERROR = js.text("What went wrong, in words for people.", minLength=1)

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
