"""The routes of ratings: listing them, giving one, and deleting some."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.models import DeletedRow
from api.openapi.schema import list_of, page_parameters
from api.rest import mirror
from api.rest.pagination import keyset_page, read_query
from api.rest.views import METHODS_WITH_BODY, ApiView
from api.writes.idempotency import idempotent
from evaluations.models import Evaluation
from evaluations.studies.access import find_evaluation
from ratings import services
from ratings.models import Rating
from ratings.rest.rating_serializers import (
    RatingCreateSerializer,
    RatingsDeletedSerializer,
    RatingsDeleteSerializer,
    RatingSerializer,
    render_for_cli,
)
from teams.auth.permissions import require_role
from teams.auth.principals import principal_of
from teams.models import Role

#: Neither official client can ask for a second page of this list.
DEFAULT_LIMIT = 100


@extend_schema(tags=["Ratings"])
class RatingListView(ApiView):
    """The ratings of an evaluation."""

    read_scope = "ratings:read"
    write_scope = "ratings:write"
    methods_with_body = METHODS_WITH_BODY | {"DELETE"}
    reply_is_personal = True

    @extend_schema(
        operation_id="getEvaluationsIdRatings",
        summary="List ratings",
        parameters=page_parameters(DEFAULT_LIMIT),
        responses={200: list_of(RatingSerializer)},
    )
    def get(self, request: Request, id: str) -> Response:
        """Newest first, by people and by autousers."""
        evaluation = find_evaluation(principal_of(request), id, whole=False)
        page = keyset_page(
            Rating.objects.filter(evaluation=evaluation).named(),
            read_query(request, default_limit=DEFAULT_LIMIT),
            sort="created_at",
            find_cursor=lambda cursor: _find_cursor(evaluation, cursor),
        )
        for_cli = mirror.is_cli(request)
        return page.response(request, render_for_cli if for_cli else RatingSerializer.render)

    def authorize(self, request: Request, id: str) -> Evaluation:
        """The evaluation, locked; all of its team may rate it, and Admins delete ratings."""
        principal = principal_of(request)
        evaluation = find_evaluation(principal, id, lock=True, whole=False)
        if request.method == "DELETE":
            require_role(principal, evaluation.team, Role.ADMIN)
        return evaluation

    @extend_schema(
        operation_id="postEvaluationsIdRatings",
        summary="Submit a rating",
        request=RatingCreateSerializer,
        responses={201: RatingSerializer},
    )
    @idempotent
    def post(self, request: Request, evaluation: Evaluation) -> Response:
        """Rate one comparison of a Running evaluation, as the person who is calling."""
        values = RatingCreateSerializer.parse(request.data)
        rating = services.submit_rating(
            evaluation=evaluation, user=principal_of(request).user, values=values
        )
        return Response(RatingSerializer.render(rating), status=201)

    @extend_schema(
        operation_id="deleteEvaluationsIdRatings",
        summary="Delete ratings",
        request=RatingsDeleteSerializer,
        responses={200: RatingsDeletedSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def delete(self, request: Request, evaluation: Evaluation) -> Response:
        """Delete them for good. An id that names no rating of this evaluation is passed over."""
        values = RatingsDeleteSerializer.parse(request.data)
        deleted = services.delete_ratings(evaluation=evaluation, rating_ids=values["ratingIds"])
        return Response({"deleted": deleted})


def _find_cursor(evaluation: Evaluation, cursor: str) -> tuple[Any, str] | None:
    """Where a rating stands in the list, or stood before it was deleted."""
    pk = ids.parse(cursor)
    if pk is None:
        return None
    place = Rating.objects.filter(evaluation=evaluation, pk=pk).values_list("created_at", "pk")
    gone = DeletedRow.objects.filter(pk=pk, resource=services.list_name(evaluation))
    return place.first() or gone.values_list("sort_at", "pk").first()
