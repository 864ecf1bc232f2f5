"""The routes of results: results, agreement, exports, insights."""

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.exceptions import InvalidRequest
from api.rest.queries import choice, flag
from api.rest.shapes import Shape
from api.rest.views import ApiView
from api.writes.idempotency import idempotent
from autousers.findings.comparing import comparable
from autousers.findings.exports import csv_lines, markdown_lines
from autousers.findings.reading import findings_of
from evaluations.models import Comparison, Evaluation
from evaluations.studies.access import find_evaluation, require_role_in
from ratings.insights import service
from ratings.reports import export
from ratings.reports.agreement_report import agreement_of
from ratings.reports.results import results_of
from ratings.rest.result_serializers import (
    AgreementSerializer,
    AiInsightSerializer,
    ResultsSerializer,
)
from teams.auth.principals import principal_of
from teams.models import Role

COMPARISON = OpenApiParameter(
    "comparisonId", {"type": "string", "minLength": 1}, description="About one comparison."
)
COMPARE_TO = OpenApiParameter(
    "compareTo",
    {"type": "string", "minLength": 1},
    description="An earlier study of the same designs, by its id: each finding says whether it is "
    "`new`, `still there` or `fixed`.",
)

#: What the rows of a CSV are.
ROWS = ("ratings", "findings")


@extend_schema(tags=["Evaluations"])
class ResultsView(ApiView):
    """The results of an evaluation."""

    read_scope = "evaluations:read"

    @extend_schema(
        operation_id="getEvaluationsIdResults",
        summary="Get the results",
        parameters=[COMPARE_TO],
        responses={200: ResultsSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        """All ratings that count, by comparison, by dimension and by rater; and the findings."""
        evaluation = find_evaluation(principal_of(request), id, whole=False)
        findings = findings_of(evaluation, earlier=_earlier(request, evaluation))
        shown = [one.to_json() for one in findings]
        return Response({**results_of(evaluation), "findings": shown})


def _earlier(request: Request, evaluation: Evaluation) -> Evaluation | None:
    """The study that `compareTo` names; None when it is left out."""
    wanted = request.query_params.get("compareTo")
    return None if wanted is None else comparable(principal_of(request), evaluation, wanted)


@extend_schema(tags=["Evaluations"])
class AgreementView(ApiView):
    """The agreement of an evaluation's raters."""

    read_scope = "evaluations:read"

    @extend_schema(
        operation_id="getEvaluationsIdAgreement",
        summary="Get the agreement of the raters",
        responses={200: AgreementSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        """Krippendorff's α, Cohen's κ and percent agreement; kept until the ratings change."""
        evaluation = find_evaluation(principal_of(request), id, whole=False)
        return Response(agreement_of(evaluation))


@extend_schema(tags=["Evaluations"])
class ExportView(ApiView):
    """The ratings and results of an evaluation, as a file."""

    read_scope = "evaluations:read"

    @extend_schema(
        operation_id="getEvaluationsIdExport",
        summary="Export the ratings and results",
        parameters=[
            OpenApiParameter(
                "format",
                {"type": "string", "enum": list(export.FORMATS), "default": "json"},
                description="`csv` has a row for each rating and dimension, `md` is a report.",
            ),
            OpenApiParameter(
                "bom",
                {"type": "boolean", "default": False},
                description="Begin a `csv` with a byte order mark: spreadsheets then read UTF-8.",
            ),
            OpenApiParameter(
                "rows",
                {"type": "string", "enum": list(ROWS), "default": "ratings"},
                description="What the rows of a `csv` are.",
            ),
            COMPARE_TO,
        ],
        responses={
            (200, "application/json"): OpenApiResponse({"type": "object"}),
            (200, "text/csv"): OpenApiResponse({"type": "string"}),
            (200, "text/markdown"): OpenApiResponse({"type": "string"}),
        },
    )
    def get(self, request: Request, id: str) -> FileResponse:
        """A file; to a client that accepts JSON alone, `{format, filename, content}`."""
        evaluation = find_evaluation(principal_of(request), id, whole=False)
        form = choice(request, "format", list(export.FORMATS)) or "json"
        bom = flag(request, "bom", default=False)
        if bom and form != "csv":
            raise InvalidRequest("bom: Only a csv begins with a byte order mark.", param="bom")
        wrapped = form != "json" and export.wants_json_alone(request.headers.get("Accept", ""))
        rows = choice(request, "rows", ROWS) or "ratings"
        if rows != "ratings" and form != "csv":
            raise InvalidRequest("rows: Only a csv has rows of findings alone.", param="rows")
        earlier = _earlier(request, evaluation)
        has_findings = form != "csv" or rows == "findings"
        findings = findings_of(evaluation, earlier=earlier) if has_findings else []
        more: dict[str, Any] = {"findings": [one.to_json() for one in findings]}
        if form != "csv":
            more["insight"] = _insight_or_none(evaluation)
        return export.file_response(
            evaluation,
            form,
            wrapped=wrapped,
            bom=bom,
            more=more,
            table=csv_lines(findings) if rows == "findings" else None,
            section=markdown_lines(findings),
        )


class _InsightView(ApiView):
    """What the figures of an evaluation say. No language model writes it yet."""

    read_scope = "evaluations:read"
    write_scope = "evaluations:write"

    def authorize(self, request: Request, id: str) -> Evaluation:
        """The evaluation; Editors may store what is said of it."""
        evaluation = find_evaluation(principal_of(request), id, whole=False)
        if request.method == "POST":
            require_role_in(principal_of(request), evaluation, Role.EDITOR)
        return evaluation


@extend_schema(tags=["Evaluations"])
class AiInsightView(_InsightView):
    """What the figures say of the results."""

    @extend_schema(
        operation_id="getEvaluationsIdAiInsights",
        summary="Get the insight",
        parameters=[COMPARISON],
        responses={200: AiInsightSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        """The insight that was stored last or, without one, what the figures alone say now.

        404 `no_ratings` while no rating counts.
        """
        evaluation = self.authorize(request, id)
        comparison = _comparison(request, evaluation)
        found = service.insight_of(evaluation, comparison, _findings(evaluation))
        return Response(AiInsightSerializer.render(found))

    @extend_schema(
        operation_id="postEvaluationsIdAiInsights",
        summary="Write the insight anew",
        parameters=[COMPARISON],
        request=OpenApiTypes.OBJECT,
        responses={200: AiInsightSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, evaluation: Evaluation) -> Response:
        """Store what the figures alone say now, in place of the insight before.

        The evaluation is locked only while the insight is stored, not while it is computed.
        """
        Shape.parse(request.data)
        comparison = _comparison(request, evaluation)
        insight = service.compute(evaluation, comparison, _findings(evaluation))
        find_evaluation(principal_of(request), evaluation.pk, lock=True, whole=False)
        found = service.store(insight, by=principal_of(request).user)
        return Response(AiInsightSerializer.render(found))


@extend_schema(tags=["Evaluations"])
class AgreementInsightView(_InsightView):
    """What the figures say of the agreement."""

    @extend_schema(
        operation_id="getEvaluationsIdAgreementInsights",
        summary="Get the insight about agreement",
        responses={200: AiInsightSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        """What the figures alone say of the agreement now; 404 `no_ratings` while none counts."""
        found = service.agreement_insight_of(self.authorize(request, id))
        return Response(AiInsightSerializer.render(found))


def _insight_or_none(evaluation: Evaluation) -> dict[str, Any] | None:
    """The insight for an export; None while no rating counts."""
    try:
        found = service.insight_of(evaluation, None, _findings(evaluation))
    except service.NothingRated:
        return None
    return AiInsightSerializer.render(found)


def _findings(evaluation: Evaluation) -> service.ReadFindings:
    return lambda: [one.to_json() for one in findings_of(evaluation)]


def _comparison(request: Request, evaluation: Evaluation) -> Comparison | None:
    sent: Any = request.query_params.get("comparisonId")
    if sent is None:
        return None
    found = evaluation.comparisons.filter(pk=ids.parse(sent) or "").first()
    if found is None:
        raise InvalidRequest(
            "comparisonId: This evaluation has no such comparison.", param="comparisonId"
        )
    return found
