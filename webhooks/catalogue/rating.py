"""Ratings in events: the JSON schema of `data.object`, and a sample of it."""

from typing import Any

from webhooks.catalogue import json_schema as js
from webhooks.catalogue.story import COMPARISON, EVALUATION

SCHEMA = js.object_(
    "A rating of one comparison by one rater.",
    {
        "id": js.identifier("The rating."),
        "evaluationId": js.identifier("The evaluation."),
        "comparisonId": js.identifier("The comparison that was rated."),
        "raterType": js.word("The kind of rater.", "human", "autouser"),
        "userId": js.or_null(js.identifier("The signed-in person; null otherwise.")),
        "publicRaterId": js.or_null(js.identifier("The guest, if the rater was not signed in.")),
        "autouserId": js.or_null(js.identifier("The autouser.")),
        "autouserRunId": js.or_null(js.identifier("Its run.")),
        "rubricVersion": js.or_null(js.text("The rubric it rated by, for example `v3`.")),
        "dimensionRatings": js.object_("A score for each dimension."),
        "openTextResponses": js.or_null(js.object_("A text for each dimension that has one.")),
        "factors": js.or_null(js.object_("The factors chosen for each dimension.")),
        "justification": js.or_null(js.text("The justification.")),
        "skipReason": js.or_null(
            js.text("The reason for skipping; null for a rating with scores.")
        ),
        "timeSpentSeconds": js.or_null(js.count("Duration in seconds.")),
        "presentation": js.or_null(
            js.object_(
                "What the rater was shown: `position`, the place of the comparison among all, from "
                "1, and `sidesSwapped`, whether the variant stood on the left as A. Scores are of "
                "the designs, whatever the sides. Null where the server did not choose."
            )
        ),
        "createdAt": js.moment("Time of the rating."),
    },
)

SAMPLE: dict[str, Any] = {
    "id": "cm7q1d5v7rating2by3person",
    "evaluationId": EVALUATION,
    "comparisonId": COMPARISON,
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
    "presentation": {"position": 2, "sidesSwapped": False},
    "createdAt": "2026-06-11T09:41:17.655Z",
}
