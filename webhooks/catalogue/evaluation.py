"""Evaluations in events: the JSON schema of `data.object`, and a sample of it."""

from typing import Any

from webhooks.catalogue import json_schema as js
from webhooks.catalogue.story import COMPARISON, EVALUATION, TEAM

_STATUSES = ("Draft", "Running", "Ended", "Archived")

_SELECTION = js.array(
    "The autousers chosen to rate.",
    js.object_(
        "An autouser and its agents.",
        {
            "autouserId": js.identifier("The autouser."),
            "agentCount": js.value("integer", "How many agents of it.", minimum=1, maximum=50),
        },
    ),
)

_LINKS = {
    "preview": js.text("To try it out.", format="uri"),
    "review": js.text("To rate it.", format="uri"),
    "edit": js.text("To change it.", format="uri"),
    "results": js.text("To read what came of it.", format="uri"),
    "share": js.text("For guests. Only where a link lets anyone in.", format="uri"),
    "web": js.text("Its own page.", format="uri"),
}

_COMPARISON = js.object_(
    "One thing a rater is shown.",
    {
        "id": js.identifier("The comparison."),
        "evaluationId": js.identifier("Its evaluation."),
        "label": js.text("Its name; may be empty."),
        "position": js.count("Its place, from 0."),
    },
)

SCHEMA = js.object_(
    "An evaluation.",
    {
        "id": js.identifier("The evaluation."),
        "teamId": js.identifier("The team it belongs to."),
        "name": js.text("Its name."),
        "description": js.or_null(js.text("What it is about.")),
        "type": js.word("One design by itself, or two side by side.", "SSE", "SxS"),
        "status": js.word("Where it stands.", *_STATUSES),
        "shareToken": js.text("The secret part of its share link."),
        "shareAccess": js.word(
            "Who gets in by the share link.",
            "TEAM_ONLY",
            "AUTOUSERS_LINK",
            "ANYONE_WITH_LINK",
            "PASSWORD_PROTECTED",
        ),
        "shareRequireEmail": js.flag("Whether guests are asked for an address."),
        "shareRequireName": js.flag("Whether guests are asked for a name."),
        "shareAllowAnon": js.flag("Whether guests may stay unknown."),
        "shareExpiry": js.or_null(js.moment("When the share link ends.")),
        "allowMultipleRatings": js.flag("Whether a person may rate more than once."),
        "editorsCanShare": js.flag("Whether editors may share it."),
        "browserEngine": js.or_null(js.word("The browser of autousers.", "CHROME", "CAMOUFOX")),
        "useProxy": js.or_null(js.flag("Whether autousers go through a proxy.")),
        "proxyRegion": js.or_null(js.text("Where that proxy is.")),
        "modelId": js.or_null(js.text("The model that autousers think with.")),
        "templateId": js.or_null(js.text("The template it was made from.")),
        "evaluationMethod": js.word("Who rates.", "manual", "ai", "both"),
        "createdAt": js.moment("When it was made."),
        "updatedAt": js.moment("When it was changed last."),
        "links": js.object_("Its pages.", _LINKS, optional=("share",)),
        "ratingsCount": js.count("How many ratings there are."),
        "comparisonsCount": js.count("How many things raters are shown."),
        "comparisons": js.array("What raters are shown.", _COMPARISON),
        "config": js.object_(
            "What clients read to queue runs.",
            {
                "preQualification": js.object_(
                    "How autousers are chosen.",
                    {
                        "evaluationMethod": js.word("Who rates.", "manual", "ai", "both"),
                        "selectedAutousers": _SELECTION,
                        "skip": js.flag("Whether that step is left out."),
                    },
                ),
                "selectedAutousers": _SELECTION,
                "dimensions": js.text("The ids of the dimensions: an array, written as JSON."),
            },
        ),
        "autouserRunSummary": js.object_(
            "How many runs of autousers there are, by status.",
            {
                "total": js.count("All of them."),
                "pending": js.count("Waiting for a worker."),
                "running": js.count("Being worked on."),
                "completed": js.count("Over, with a rating."),
                "failed": js.count("Over, without one."),
                "cancelled": js.count("Called off."),
            },
        ),
        "metadata": js.object_("What it was made from, by the names of `POST /evaluations`."),
        "owner": js.or_null(
            js.object_(
                "The person who made it.",
                {
                    "name": js.or_null(js.text("A name.")),
                    "email": js.or_null(js.text("An address.")),
                },
            )
        ),
        "team": js.or_null(
            js.object_(
                "The team.", {"name": js.text("Its name."), "slug": js.text("Its short name.")}
            )
        ),
    },
)

SUMMARY = js.object_(
    "What came of it.",
    {
        "ratingCount": js.count("All ratings."),
        "autouserRatingCount": js.count("Those by autousers."),
        "humanRatingCount": js.count("Those by people."),
        "krippendorffAlpha": js.or_null(
            js.value("number", "How far raters agree; null where it cannot be computed.", maximum=1)
        ),
        "completedRunCount": js.count("Runs that were completed."),
        "failedRunCount": js.count("Runs that failed."),
    },
)

PREVIOUS_STATUS = js.word("Where it stood before.", *_STATUSES)

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
