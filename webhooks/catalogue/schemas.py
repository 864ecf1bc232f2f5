"""JSON schemas of `data.object`, one for each kind of object that events carry.

Receivers must ignore fields they do not know, so the schemas allow them.
"""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]


def _value(kind: str, about: str, **more: Any) -> Schema:
    return {"type": kind, "description": about, **more}


def _text(about: str, **more: Any) -> Schema:
    return _value("string", about, **more)


def _word(about: str, *words: str) -> Schema:
    return _text(about, enum=list(words))


def _id(about: str) -> Schema:
    return _text(about, minLength=1)


def _moment(about: str) -> Schema:
    return _text(about, format="date-time")


def _count(about: str) -> Schema:
    return _value("integer", about, minimum=0)


def _flag(about: str) -> Schema:
    return _value("boolean", about)


def _list(about: str, items: Schema) -> Schema:
    return _value("array", about, items=items)


def _or_null(schema: Schema) -> Schema:
    nullable = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def _object(
    about: str, properties: Mapping[str, Schema] | None = None, optional: tuple[str, ...] = ()
) -> Schema:
    properties = dict(properties or {})
    required = [name for name in properties if name not in optional]
    return _value("object", about, properties=properties, required=required)


_STATUSES = ("Draft", "Running", "Ended", "Archived")

_SELECTION = _list(
    "The autousers chosen to rate.",
    _object(
        "An autouser and its agents.",
        {
            "autouserId": _id("The autouser."),
            "agentCount": _value("integer", "How many agents of it.", minimum=1, maximum=50),
        },
    ),
)

_LINKS = {
    "preview": _text("To try it out.", format="uri"),
    "review": _text("To rate it.", format="uri"),
    "edit": _text("To change it.", format="uri"),
    "results": _text("To read what came of it.", format="uri"),
    "share": _text("For guests. Only where a link lets anyone in.", format="uri"),
    "web": _text("Its own page.", format="uri"),
}

_COMPARISON = _object(
    "One thing a rater is shown.",
    {
        "id": _id("The comparison."),
        "evaluationId": _id("Its evaluation."),
        "label": _text("Its name; may be empty."),
        "position": _count("Its place, from 0."),
    },
)

EVALUATION = _object(
    "An evaluation.",
    {
        "id": _id("The evaluation."),
        "teamId": _id("The team it belongs to."),
        "name": _text("Its name."),
        "description": _or_null(_text("What it is about.")),
        "type": _word("One design by itself, or two side by side.", "SSE", "SxS"),
        "status": _word("Where it stands.", *_STATUSES),
        "shareToken": _text("The secret part of its share link."),
        "shareAccess": _word(
            "Who gets in by the share link.",
            "TEAM_ONLY",
            "AUTOUSERS_LINK",
            "ANYONE_WITH_LINK",
            "PASSWORD_PROTECTED",
        ),
        "shareRequireEmail": _flag("Whether guests are asked for an address."),
        "shareRequireName": _flag("Whether guests are asked for a name."),
        "shareAllowAnon": _flag("Whether guests may stay unknown."),
        "shareExpiry": _or_null(_moment("When the share link ends.")),
        "allowMultipleRatings": _flag("Whether a person may rate more than once."),
        "editorsCanShare": _flag("Whether editors may share it."),
        "browserEngine": _or_null(_word("The browser of autousers.", "CHROME", "CAMOUFOX")),
        "useProxy": _or_null(_flag("Whether autousers go through a proxy.")),
        "proxyRegion": _or_null(_text("Where that proxy is.")),
        "modelId": _or_null(_text("The model that autousers think with.")),
        "templateId": _or_null(_text("The template it was made from.")),
        "evaluationMethod": _word("Who rates.", "manual", "ai", "both"),
        "createdAt": _moment("When it was made."),
        "updatedAt": _moment("When it was changed last."),
        "links": _object("Its pages.", _LINKS, optional=("share",)),
        "ratingsCount": _count("How many ratings there are."),
        "comparisonsCount": _count("How many things raters are shown."),
        "comparisons": _list("What raters are shown.", _COMPARISON),
        "config": _object(
            "What clients read to queue runs.",
            {
                "preQualification": _object(
                    "How autousers are chosen.",
                    {
                        "evaluationMethod": _word("Who rates.", "manual", "ai", "both"),
                        "selectedAutousers": _SELECTION,
                        "skip": _flag("Whether that step is left out."),
                    },
                ),
                "selectedAutousers": _SELECTION,
                "dimensions": _text("The ids of the dimensions: an array, written as JSON."),
            },
        ),
        "autouserRunSummary": _object(
            "How many runs of autousers there are, by status.",
            {
                "total": _count("All of them."),
                "pending": _count("Waiting for a worker."),
                "running": _count("Being worked on."),
                "completed": _count("Over, with a rating."),
                "failed": _count("Over, without one."),
                "cancelled": _count("Called off."),
            },
        ),
        "metadata": _object("What it was made from, by the names of `POST /evaluations`."),
        "owner": _or_null(
            _object(
                "The person who made it.",
                {"name": _or_null(_text("A name.")), "email": _or_null(_text("An address."))},
            )
        ),
        "team": _or_null(
            _object("The team.", {"name": _text("Its name."), "slug": _text("Its short name.")})
        ),
    },
)

SUMMARY = _object(
    "What came of it.",
    {
        "ratingCount": _count("All ratings."),
        "autouserRatingCount": _count("Those by autousers."),
        "humanRatingCount": _count("Those by people."),
        "krippendorffAlpha": _or_null(
            _value("number", "How far raters agree; null where it cannot be computed.", maximum=1)
        ),
        "completedRunCount": _count("Runs that were completed."),
        "failedRunCount": _count("Runs that failed."),
    },
)

AUTOUSER_RUN = _object(
    "A run of an autouser: one agent on one comparison.",
    {
        "id": _id("The run."),
        "evaluationId": _id("The evaluation it is part of."),
        "autouserId": _id("The autouser."),
        "autouserType": _word("Whether it comes with the server.", "builtin", "custom"),
        "comparisonId": _or_null(_id("What it looked at.")),
        "status": _word("How it ended.", "completed", "failed"),
        "ratingsCreated": _count("0 or 1."),
        "inputTokens": _count("Tokens the model read."),
        "outputTokens": _count("Tokens the model wrote."),
        "estimatedCostUsd": _value("number", "What that costs, in US dollars.", minimum=0),
        "credentialSource": _text("Whose model key was used: `platform` or `byok`."),
        "artifactsPath": _or_null(_text("Where its screenshots and notes are.")),
        "startedAt": _or_null(_moment("When it began; null when it never did.")),
        "completedAt": _or_null(_moment("When it ended.")),
        "createdAt": _moment("When it was queued."),
        "error": _or_null(_text("What went wrong; null when nothing did.")),
    },
)

RATING = _object(
    "A rating of one comparison by one rater.",
    {
        "id": _id("The rating."),
        "evaluationId": _id("The evaluation."),
        "comparisonId": _id("What was rated."),
        "raterType": _word("Who rated.", "human", "autouser"),
        "userId": _or_null(_id("The person, when signed in.")),
        "publicRaterId": _or_null(_id("The guest, when not.")),
        "autouserId": _or_null(_id("The autouser.")),
        "autouserRunId": _or_null(_id("Its run.")),
        "rubricVersion": _or_null(_text("The rubric it rated by, for example `v3`.")),
        "dimensionRatings": _object("A score for each dimension."),
        "openTextResponses": _or_null(_object("A text for each dimension that has one.")),
        "factors": _or_null(_object("The factors chosen for each dimension.")),
        "justification": _or_null(_text("Why.")),
        "skipReason": _or_null(_text("Why it was not rated.")),
        "timeSpentSeconds": _or_null(_count("Seconds it took.")),
        "createdAt": _moment("When it was given."),
    },
)

FROZEN_CALIBRATION = _object(
    "An autouser and the rubric it is bound to from now on.",
    {
        "autouser": _object(
            "The autouser.",
            {
                "id": _id("The autouser."),
                "name": _text("Its name."),
                "calibrationStatus": _word("Always this.", "frozen"),
                "activeRubricId": _id("The rubric it rates by."),
            },
        ),
        "rubric": _object(
            "The rubric.",
            {
                "id": _id("The rubric."),
                "version": _value("integer", "Its version.", minimum=1),
                "krippendorffAlpha": _or_null(
                    _value("number", "How far the autouser agreed with people.", maximum=1)
                ),
                "frozenAt": _moment("When it was frozen."),
            },
        ),
    },
)

TEST = _object(
    "Something to receive.", {"id": _id("Made up."), "message": _text("A word from the sender.")}
)

PREVIOUS_STATUS = _word("Where it stood before.", *_STATUSES)
ERROR = _text("What went wrong, in words for people.", minLength=1)


def extended(schema: Schema, **added: Schema) -> Schema:
    """The schema with further required properties."""
    return {
        **schema,
        "properties": {**schema["properties"], **added},
        "required": list(dict.fromkeys([*schema["required"], *added])),
    }


def narrowed(schema: Schema, **words: str) -> Schema:
    """The schema with properties that have one value only."""
    fixed = {name: {**schema["properties"][name], "enum": [word]} for name, word in words.items()}
    return {**schema, "properties": {**schema["properties"], **fixed}}
