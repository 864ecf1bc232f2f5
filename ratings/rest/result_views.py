"""The routes of results: results, agreement, exports, insights."""

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.exceptions import AiNotConfigured, InvalidRequest
from api.rest.queries import choice, flag
from api.rest.shapes import Shape
from api.rest.views import ApiView
from api.writes.idempotency import idempotent
from autousers.findings.comparing import comparable
from autousers.findings.exports import csv_lines, markdown_lines
from autousers.findings.reading import findings_of
from evaluations.models import Evaluation
from evaluations.studies.access import find_evaluation, require_role_in
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
        return export.file_response(
            evaluation,
            form,
            wrapped=wrapped,
            bom=bom,
            more={"findings": [one.to_json() for one in findings]},
            table=csv_lines(findings) if rows == "findings" else None,
            section=markdown_lines(findings),
        )


class _InsightView(ApiView):
    """What a language model writes about an evaluation. No model can be configured yet."""

    read_scope = "evaluations:read"
    write_scope = "evaluations:write"

    def authorize(self, request: Request, id: str) -> Evaluation:
        """The evaluation; Editors may have something written about it."""
        evaluation = find_evaluation(principal_of(request), id, whole=False)
        if request.method == "POST":
            require_role_in(principal_of(request), evaluation, Role.EDITOR)
        return evaluation


@extend_schema(tags=["Evaluations"])
class AiInsightView(_InsightView):
    """What a language model makes of the results."""

    @extend_schema(
        operation_id="getEvaluationsIdAiInsights",
        summary="Get the insight",
        parameters=[COMPARISON],
        responses={200: AiInsightSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        """503 `ai_not_configured` as long as the server has no language model."""
        _check_comparison(request, self.authorize(request, id))
        raise AiNotConfigured

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
        """503 `ai_not_configured` as long as the server has no language model."""
        Shape.parse(request.data)
        _check_comparison(request, evaluation)
        raise AiNotConfigured


@extend_schema(tags=["Evaluations"])
class AgreementInsightView(_InsightView):
    """What a language model makes of the agreement."""

    @extend_schema(
        operation_id="getEvaluationsIdAgreementInsights",
        summary="Get the insight about agreement",
        responses={200: AiInsightSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        """503 `ai_not_configured` as long as the server has no language model."""
        self.authorize(request, id)
        raise AiNotConfigured


def _check_comparison(request: Request, evaluation: Evaluation) -> None:
    sent: Any = request.query_params.get("comparisonId")
    if sent is None:
        return
    pk = ids.parse(sent)
    if pk is None or not evaluation.comparisons.filter(pk=pk).exists():
        raise InvalidRequest(
            "comparisonId: This evaluation has no such comparison.", param="comparisonId"
        )
