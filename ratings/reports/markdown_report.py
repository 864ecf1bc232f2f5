"""Results as a Markdown report for people."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ratings.models import Rating

#: Most quoted texts, and the longest quote in characters.
MOST_WORDS = 50
LONGEST_WORDS = 600

NOTHING = "–"

#: Designs by comparison; each has an `address`.
Designs = Mapping[str, Sequence[Mapping[str, str]]]

WORDS = {
    "sideA": "side A",
    "sideB": "side B",
    "tie": "no preference",
    "tied": "as many for A as for B",
    "inconclusive": "inconclusive",
}

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-!|~=:])")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def lines(
    results: Mapping[str, Any],
    agreement: Mapping[str, Any],
    designs: Designs,
    words: Sequence[Rating],
    insight: Mapping[str, Any] | None,
) -> Iterator[str]:
    """The lines of the report."""
    for line in _all_lines(results, agreement, designs, words, insight):
        yield f"{line}\n"


def escaped(text: str) -> str:
    """Untrusted text on one line, escaped so that Markdown and HTML show it as it is."""
    flat = " ".join(text.split())
    marked = _MARKUP.sub(r"\\\1", flat)
    return "".join(_HTML.get(character, character) for character in marked)


def _all_lines(
    results: Mapping[str, Any],
    agreement: Mapping[str, Any],
    designs: Designs,
    words: Sequence[Rating],
    insight: Mapping[str, Any] | None,
) -> Iterator[str]:
    evaluation, stats = results["evaluation"], results["aggregateStats"]
    yield f"# {escaped(evaluation['name'])}"
    yield ""
    yield f"{evaluation['type']}, {evaluation['status']}. {_counted(stats)}"
    yield ""
    yield f"**{_overall(stats)}** Confidence: {_confidence(stats['confidence'])}."
    if insight:
        yield from _section("What the figures say", _told(insight))
    if results["excludedRaters"]:
        yield from _section("Left out", map(_left_out, results["excludedRaters"]))
    yield from _section("Dimensions", _dimensions(stats["dimensionStats"]))
    yield from _section("Comparisons", _comparisons(results["comparisonStats"], designs))
    yield from _section("Agreement", [_agreement(agreement)])
    if words:
        yield from _section("What raters said", (_said(rating) for rating in words))


def _section(title: str, body: Iterable[str]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    yield from body


def _counted(stats: Mapping[str, Any]) -> str:
    by_kind = stats["excludedRatings"]["byKind"]
    return (
        f"{stats['totalRatings']} ratings of {stats['totalComparisons']} comparisons. Not counted: "
        f"{by_kind['skipped']} skipped, {by_kind['superseded']} superseded, "
        f"{by_kind['failedRun']} failed runs, "
        f"{by_kind['excludedRater']} of raters who were left out."
    )


def _told(insight: Mapping[str, Any]) -> Iterator[str]:
    """The insight as lists. It says by itself what each sentence rests on."""
    for point in insight["keyFindings"]:
        yield f"- {escaped(point)}"
    items = insight["structured"]["actionItems"]
    if items:
        yield from ("", "What to do:", "")
    for item in items:
        yield f"- **{item['priority']}** {escaped(item['title'])} {escaped(item['rationale'])}"


def _left_out(told: Mapping[str, Any]) -> str:
    name = escaped(told["name"] or "Somebody without a name")
    return f"- **{name}**, {told['ratings']} ratings, since {told['excludedAt'][:10]}: " + escaped(
        told["reason"]
    )


def _overall(whole: Mapping[str, Any]) -> str:
    if "overallWinner" in whole:
        return f"Preferred: {WORDS[whole['overallWinner']]}."
    return f"Average: {_number(whole['overallAverage'])}."


def _confidence(confidence: Mapping[str, Any]) -> str:
    margin = confidence.get("margin")
    return confidence["level"] + ("" if margin is None else f" (± {_number(margin)})")


def _dimensions(per_dimension: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if not per_dimension:
        yield "Nothing was rated."
        return
    yield "| Dimension | Mean | 95 % | Median | Deviation | Ratings | Preferred |"
    yield "|---|---|---|---|---|---|---|"
    for stats in per_dimension.values():
        interval = stats.get("confidenceInterval")
        reach = (
            f"{_number(interval['lower'])} to {_number(interval['upper'])}" if interval else NOTHING
        )
        yield _row(
            escaped(stats["dimensionName"]),
            _number(stats["meanRating"]),
            reach,
            _number(stats["median"]),
            _number(stats.get("stdDev")),
            str(stats["total"]),
            WORDS.get(stats.get("winner", ""), NOTHING),
        )


def _comparisons(comparisons: Iterable[Mapping[str, Any]], designs: Designs) -> Iterator[str]:
    yield "| | Comparison | Address | Ratings | Overall | Confidence |"
    yield "|---|---|---|---|---|---|"
    for stats in comparisons:
        counted = stats["validRatingsCount"]
        yield _row(
            str(stats["position"] + 1),
            escaped(stats["label"]),
            "<br>".join(escaped(one["address"]) for one in designs.get(stats["comparisonId"], ())),
            str(counted),
            _overall(stats) if counted else NOTHING,
            _confidence(stats["confidence"]),
        )


def _agreement(agreement: Mapping[str, Any]) -> str:
    alpha = agreement["krippendorff"]
    if agreement["insufficient"]:
        return "No two raters have rated the same, so there is nothing to compare."
    word = (agreement["interpretation"] or "not defined").replace("_", " ")
    return (
        f"Krippendorff's α {_number(alpha['alpha'])} ({word}), the mean of the dimensions: "
        f"{_alphas(agreement)}. Percent agreement {_number(agreement['agreementPercent'])}, "
        f"{alpha['n_raters']} raters."
    )


def _alphas(agreement: Mapping[str, Any]) -> str:
    """The α of each dimension."""
    return ", ".join(
        f"{escaped(name)} {_number(found['alpha'])}"
        for name, found in agreement["byDimension"].items()
    )


def _said(rating: Rating) -> str:
    person = rating.user or rating.public_rater or rating.autouser
    name = escaped(person.name) if person and person.name else "Somebody"
    who = f"{name} (guest)" if rating.public_rater else name
    text = rating.justification or ""
    cut = text if len(text) <= LONGEST_WORDS else text[:LONGEST_WORDS].rstrip() + "…"
    seen = ", who saw the sides swapped" if _saw_swapped(rating) else ""
    return f"- **{who}** on {escaped(str(rating.comparison))}{seen}: {escaped(cut)}"


def _saw_swapped(rating: Rating) -> bool:
    """Whether the rater's words for A mean side B."""
    return bool((rating.presentation or {}).get("sidesSwapped"))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"
