"""The demo's studies: autousers and people compare a page made with care and a faulty one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError

from config.demo.client import Api

PERSONAS = ("novice", "screen-reader", "design-critic")
DIMENSIONS = ("overall", "accessibility", "clarity")

#: The scores of three people for the pair: positive ones prefer side B, the page made with care.
OPINIONS = (
    {"overall": 3, "accessibility": 2, "clarity": 2},
    {"overall": 2, "accessibility": 3, "clarity": 2},
    {"overall": 3, "accessibility": 3, "clarity": 1},
)


@dataclass(frozen=True)
class Study:
    """An evaluation, and the events that it must send."""

    id: str
    name: str
    results: str
    """The address of its results page."""
    expected: Counter[str]


def rate_alone(api: Api, site: str) -> Study:
    """Have autousers rate each page, and a page that does not exist; the study ends by itself."""
    pages = {"Careful": "good", "Faulty": "faulty", "Not there": "nowhere"}
    designs = [{"url": f"{site}/{path}", "label": label} for label, path in pages.items()]
    evaluation = api.call(
        "POST",
        "/evaluations",
        {"name": "Demo: each by itself", "designUrls": designs} | _rated_by("ai"),
    )
    api.call("POST", f"/evaluations/{evaluation['id']}/run-autousers")
    raters = len(PERSONAS)
    ran = {"autouser_run.completed": 2 * raters, "autouser_run.failed": raters}
    expected = _life() + Counter(ran) + Counter({"rating.created": 2 * raters})
    return _study(evaluation, expected)


def compare(api: Api, site: str) -> Study:
    """Have autousers compare the pages; people rate too, so the demo ends the study."""
    pair = {"currentUrl": f"{site}/faulty", "variantUrl": f"{site}/good", "label": "The pages"}
    body = {"name": "Demo: side by side", "type": "SxS", "comparisonPairs": [pair]}
    evaluation = api.call("POST", "/evaluations", body | _rated_by("both"))
    api.call("POST", f"/evaluations/{evaluation['id']}/run-autousers")
    raters = len(PERSONAS)
    expected = _life() + Counter(
        {"autouser_run.completed": raters, "rating.created": raters + len(OPINIONS)}
    )
    return _study(evaluation, expected)


def give_opinions(people: Sequence[Api], study: Study) -> None:
    """Let each person rate the pair."""
    for person, opinion in zip(people, OPINIONS, strict=True):
        comparisons = person.call("GET", f"/evaluations/{study.id}")["comparisons"]
        body = {"comparisonId": comparisons[0]["id"], "dimensionRatings": opinion}
        person.call("POST", f"/evaluations/{study.id}/ratings", body)


def freeze_a_rubric(api: Api) -> tuple[str, Counter[str]]:
    """Make an autouser of the team, give it a rubric, and bind it to that."""
    autouser = api.call("POST", "/autousers/novice/duplicate")["id"]
    criteria = {"criteriaText": "Judge whether somebody who is new here knows what to do next."}
    api.call("POST", f"/autousers/{autouser}/rubrics", criteria)
    api.call("POST", f"/autousers/{autouser}/calibration/freeze")
    return autouser, Counter({"calibration.frozen": 1})


def report(api: Api, alone: Study, pair: Study) -> list[str]:
    """The verdict in words.

    Raises:
        CommandError: when the faulty page does not lose.
    """
    results = api.call("GET", f"/evaluations/{alone.id}/results")
    means = {one["label"]: one for one in results["comparisonStats"]}
    compared = api.call("GET", f"/evaluations/{pair.id}/results")["aggregateStats"]
    good, faulty = means["Careful"]["overallAverage"], means["Faulty"]["overallAverage"]
    winner = compared["overallWinner"]
    if not faulty < good or winner != "sideB":
        raise CommandError(
            f"The faulty page should have lost: {faulty} to {good} by itself, "
            f"and side by side the winner is {winner}."
        )
    lines = [f"By itself:    Careful {good:.2f}, Faulty {faulty:.2f} (1 to 5)"]
    lines += [
        f"  {name:<14}" + ", ".join(f"{label} {_mean(means[label], name)}" for label in means)
        for name in DIMENSIONS
    ]
    wins = f"{compared['sideBWins']} of {compared['totalRatings']}"
    lines.append(f"Side by side: the careful page wins ({wins} ratings prefer it)")
    for study in (alone, pair):
        alpha = api.call("GET", f"/evaluations/{study.id}/agreement")["krippendorff"]["alpha"]
        shown = "not defined" if alpha is None else f"{alpha:.2f}"
        lines.append(f"Agreement in {study.name!r}: Krippendorff's alpha {shown}")
    return [*lines, "Why, in the words of one rating of the faulty page:", *_why(api, alone)]


def _study(evaluation: dict[str, Any], expected: Counter[str]) -> Study:
    links = evaluation["links"]
    return Study(evaluation["id"], evaluation["name"], links["results"], expected)


def _life() -> Counter[str]:
    """The events of every study of the demo."""
    return Counter(
        [
            "evaluation.created",
            "evaluation.status_changed from Draft to Running",
            "evaluation.status_changed from Running to Ended",
            "evaluation.completed",
        ]
    )


def _rated_by(method: str) -> dict[str, Any]:
    return {
        "evaluationMethod": method,
        "selectedDimensionIds": list(DIMENSIONS),
        "selectedAutousers": [{"autouserId": name, "agentCount": 1} for name in PERSONAS],
    }


def _mean(stats: dict[str, Any], dimension: str) -> str:
    found = stats["dimensionStats"].get(dimension)
    return "–" if found is None or not found["total"] else f"{found['meanRating']:.2f}"


def _why(api: Api, study: Study) -> list[str]:
    ratings = api.call("GET", f"/evaluations/{study.id}/ratings?limit=100")["data"]
    faulty = [one for one in ratings if one["comparison"]["label"] == "Faulty"]
    worst = min(faulty, key=lambda one: sum(one["dimensionRatings"].values()))
    return [f"  {line}" for line in str(worst["justification"]).splitlines() if line.strip()]
