"""Findings in exports: rows of a CSV, and a section of the Markdown report."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any

from autousers.findings.finding import Finding
from autousers.findings.words import SEVERITY_WORDS, title_of
from ratings.reports.csv_export import harmless
from ratings.reports.markdown_report import escaped

HEADER = (
    "findingId", "points", "severity", "design", "fact", "finding", "says", "basis", "criterion",
    "selector", "text", "value", "unit", "personas", "dimensions", "comparisonIds",
    "evaluationId", "observationId", "picture", "status",
)  # fmt: skip

#: Most findings in the Markdown report, the worst.
MOST_TOLD = 50


def csv_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """A row for each finding, the worst first; lists are joined by spaces."""
    yield _row(HEADER)
    for one in findings:
        told = {**one.to_json(), "findingId": one.id, "finding": title_of(one)}
        yield _row([_cell(told[name]) for name in HEADER])


def markdown_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """The section of the report."""
    yield from ("\n", "## Findings of autousers\n", "\n")
    if not findings:
        yield "None: no fact stands behind a low rating, or no autouser has rated.\n"
        return
    yield "| Points | Severity | Finding | Place | Design |\n"
    yield "|---|---|---|---|---|\n"
    for one in findings[:MOST_TOLD]:
        place = escaped(one.place.selector) if one.place else "whole page"
        finding = f"{escaped(title_of(one))}: {escaped(one.says)}"
        cells = (
            str(one.points),
            SEVERITY_WORDS[one.severity],
            finding,
            place,
            escaped(one.design),
        )
        yield f"| {' | '.join(cells)} |\n"
    if len(findings) > MOST_TOLD:
        yield f"\n{len(findings) - MOST_TOLD} more are in the JSON and the CSV of findings.\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return harmless(" ".join(value))
    return f"{value:.10g}" if isinstance(value, int | float) else harmless(value)


def _row(cells: Sequence[str]) -> str:
    file = StringIO()
    csv.writer(file).writerow(cells)
    return file.getvalue()
