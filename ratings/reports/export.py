"""Exports: the ratings and results of an evaluation as one file.

A file is written whole, to memory and from a megabyte on to disk, before the
first byte of it is sent: so an export is either complete or an error, and no
slow reader keeps the database busy. Ratings are read a few hundred at a time.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from tempfile import SpooledTemporaryFile
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import FileResponse
from django.utils import timezone
from django.utils.text import slugify
from rest_framework import serializers

from api.clock import iso
from api.database.fields import one_snapshot
from evaluations.models import Evaluation
from ratings.models import Rating, exclusion
from ratings.reports import csv_export, markdown_report
from ratings.reports.agreement_report import agreement_of
from ratings.reports.designs import designs_of
from ratings.reports.excluded_raters import is_excluded
from ratings.reports.results import read_results
from ratings.snapshots import RatingSnapshotSerializer

#: Most bytes of a file in memory; larger files are written to disk.
IN_MEMORY = 1_000_000

BYTE_ORDER_MARK = "\ufeff"

#: Ratings per query.
CHUNK = 500

FORMATS = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}

#: The exported columns of a rating.
COLUMNS = (
    "id", "evaluation_id", "comparison_id", "rater_type", "rater", "user_id", "public_rater_id",
    "autouser_id", "autouser_run_id", "rubric_version", "dimension_ratings", "open_text_responses",
    "factors", "justification", "skip_reason", "superseded", "time_spent_seconds", "timing_data",
    "presentation", "created_at",
)  # fmt: skip


class ExportedRatingSerializer(RatingSnapshotSerializer):
    """A rating in an export, rendered from a dict; without email addresses."""

    timingData = serializers.DictField(source="timing_data", allow_null=True)

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        """The snapshot, with comparison, rater, and the reason for exclusion."""
        return {
            **super().to_representation(instance),
            "comparison": {
                "label": instance["label"],
                "position": instance["position"],
                "designs": instance["designs"],
            },
            "rater": instance["rater"],
            "raterName": instance["name"],
            "excluded": exclusion(
                instance["skip_reason"], instance["superseded"], instance["excluded_rater"]
            ),
        }


def file_response(
    evaluation: Evaluation,
    form: str,
    *,
    wrapped: bool,
    bom: bool = False,
    more: Mapping[str, Any] | None = None,
    table: Iterable[str] | None = None,
    section: Iterable[str] = (),
) -> FileResponse:
    """The export in one of `FORMATS`; `wrapped` makes it the `content` of a JSON object.

    With `bom` the file begins with a byte order mark, by which spreadsheets know UTF-8. `more` are
    results of other packages: `insight` for the JSON and the report, others for the JSON alone.
    `section` is the same for the end of the report, and `table` takes the place of the CSV.
    """
    filename = _filename(evaluation, form)
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    pieces: Iterable[str] = _pieces(evaluation, form, more or {}) if table is None else table
    if form == "md":
        pieces = chain(pieces, section)
    if bom:
        pieces = chain([BYTE_ORDER_MARK], pieces)
    for piece in _wrapped(pieces, form, filename) if wrapped else pieces:
        file.write(piece.encode())
    file.seek(0)
    return FileResponse(
        file,
        as_attachment=not wrapped,
        filename="" if wrapped else filename,
        content_type=FORMATS["json" if wrapped else form],
    )


def wants_json_alone(accept: str) -> bool:
    """Whether a client's `Accept` names JSON and nothing else."""
    types = {one.partition(";")[0].strip().lower() for one in accept.split(",")} - {""}
    return types == {"application/json"}


def _pieces(evaluation: Evaluation, form: str, more: Mapping[str, Any]) -> Iterator[str]:
    """The text of an export, in pieces."""
    if form == "csv":
        names = dict(evaluation.dimensions.values_list("dimension_id", "name"))
        yield from csv_export.lines(_ratings(evaluation), names)
        return
    agreement = agreement_of(evaluation)
    with one_snapshot():
        results = read_results(evaluation, agreement)
        if form == "md":
            designs = designs_of(evaluation)
            words, insight = _newest_words(evaluation), more.get("insight")
            yield from markdown_report.lines(results, agreement, designs, words, insight)
        else:
            yield from _json(results | dict(more), agreement, _ratings(evaluation))


def _json(
    results: dict[str, Any], agreement: dict[str, Any], ratings: Iterable[dict[str, Any]]
) -> Iterator[str]:
    head = {
        "format": "json",
        "exportedAt": iso(timezone.now()),
        "results": results,
        "agreement": agreement,
    }
    yield json.dumps(head)[:-1] + ', "ratings": ['
    separator = "\n"
    for rating in ratings:
        yield separator + json.dumps(ExportedRatingSerializer.render(rating))
        separator = ",\n"
    yield "\n]}\n"


def _wrapped(pieces: Iterable[str], form: str, filename: str) -> Iterator[str]:
    """A JSON object that contains the text as a string, in pieces."""
    yield json.dumps({"format": form, "filename": filename})[:-1] + ', "content": "'
    for piece in pieces:
        yield json.dumps(piece)[1:-1]
    yield '"}\n'


def _ratings(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    """All ratings, oldest first, as rows."""
    rows = Rating.objects.filter(evaluation=evaluation).order_by("created_at", "pk")
    named = rows.values(
        *COLUMNS,
        excluded_rater=is_excluded(),
        label=F("comparison__label"),
        position=F("comparison__position"),
        name=Coalesce(
            NullIf("user__name", Value("")),
            NullIf("public_rater__name", Value("")),
            "autouser__name",
        ),
    )
    designs = designs_of(evaluation)
    for row in named.iterator(chunk_size=CHUNK):
        yield {**row, "designs": designs.get(row["comparison_id"], [])}


def _newest_words(evaluation: Evaluation) -> list[Rating]:
    """The newest counting ratings that contain text."""
    valid = Rating.objects.filter(evaluation=evaluation).valid()
    worded = valid.exclude(justification=None).exclude(justification="")
    return list(worded.named().order_by("-created_at", "-pk")[: markdown_report.MOST_WORDS])


def _filename(evaluation: Evaluation, form: str) -> str:
    """ASCII only, for the header and for all file systems."""
    name = slugify(evaluation.name)[:60].strip("-_")
    return f"{name or 'evaluation'}-{evaluation.pk}.{form}"
