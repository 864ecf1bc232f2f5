"""Ratings as CSV (RFC 4180): a row for each rating and dimension."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from api.clock import iso
from ratings.models import exclusion, numbers

HEADER = (
    "ratingId", "comparisonId", "comparison", "raterType", "rater", "raterName", "dimensionId",
    "dimension", "score", "openText", "justification", "excluded", "skipReason", "rubricVersion",
    "timeSpentSeconds", "createdAt", "designA", "addressA", "designB", "addressB",
    "shownPosition", "sidesSwapped",
)  # fmt: skip

#: First characters of formulas in spreadsheets, including the full-width forms.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def lines(ratings: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> Iterator[str]:
    """The lines of the file, the header first; `names` are those of the dimensions.

    A rating without scores, as one that was skipped, has one line without a
    dimension.
    """
    write = csv.writer(_Echo()).writerow
    yield write(HEADER)
    for rating in ratings:
        texts, shown = rating["open_text_responses"] or {}, rating["presentation"] or {}
        scores: dict[str, Any] = numbers(rating["dimension_ratings"]) or {"": None}
        for dimension, score in scores.items():
            yield write(
                (
                    rating["id"],
                    rating["comparison_id"],
                    harmless(rating["label"]),
                    rating["rater_type"],
                    rating["rater"],
                    harmless(rating["name"]),
                    harmless(dimension),
                    harmless(names.get(dimension, "")),
                    "" if score is None else f"{score:.10g}",
                    harmless(_words(texts, dimension)),
                    harmless(rating["justification"]),
                    _why_not(rating),
                    harmless(rating["skip_reason"]),
                    rating["rubric_version"],
                    rating["time_spent_seconds"],
                    iso(rating["created_at"]),
                    *_designs(rating["designs"]),
                    shown.get("position", ""),
                    shown.get("sidesSwapped", ""),
                )
            )


def _why_not(rating: Mapping[str, Any]) -> str:
    """Why a rating does not count; empty for one that does."""
    why = exclusion(rating["skip_reason"], rating["superseded"], rating["excluded_rater"])
    return why or ""


def _words(texts: Mapping[str, str], dimension: str) -> str:
    """What was said of a dimension, and in answer to the questions of its own."""
    own = f"{dimension}."
    said = (text for key, text in texts.items() if key == dimension or key.startswith(own))
    return "\n".join(said)


def _designs(designs: Sequence[Mapping[str, str]]) -> list[str]:
    """Label and address of side A, then of side B; empty for a design that stands alone."""
    cells = [harmless(text) for one in designs for text in (one["label"], one["address"])]
    return (cells + [""] * 4)[:4]


def harmless(text: str | None) -> str:
    """Prefix a text with an apostrophe if a spreadsheet could run it as a formula.

    Numbers, also negative ones, stay unchanged.
    """
    if text is None:
        return ""
    # Some spreadsheets ignore leading spaces.
    risky = text.startswith(FORMULA) or text.lstrip().startswith(FORMULA)
    return f"'{text}" if risky and not _NUMBER.fullmatch(text) else text


class _Echo:
    """A file for `csv.writer` that returns each written line."""

    def write(self, text: str) -> str:
        """Return the line to the caller of `writerow`."""
        return text
