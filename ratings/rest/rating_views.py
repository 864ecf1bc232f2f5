"""The routes of ratings: listing them, giving one, and deleting some."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.models import DeletedRow
from api.rest import mirror
from api.rest.lists import Listing, ListView
from api.rest.pagination import Place
from api.rest.views import METHODS_WITH_BODY
from api.writes.idempotency import idempotent
from evaluations.models import Evaluation
from evaluations.studies.access import find_evaluation, require_role_in
from ratings import services
from ratings.models import Rating, RatingQuerySet
from ratings.raters import Rater
from ratings.rest.rating_serializers import (
    RatingCreateSerializer,
    RatingsDeletedSerializer,
    RatingsDeleteSerializer,
    RatingSerializer,
    render_for_cli,
)
from teams.auth.principals import principal_of
from teams.models import Role

#: Large, because neither official client can request a second page.
DEFAULT_LIMIT = 100


@extend_schema(tags=["Ratings"])
class RatingListView(ListView):
    """The ratings of an evaluation."""

    read_scope = "ratings:read"
    write_scope = "ratings:write"
    methods_with_body = METHODS_WITH_BODY | {"DELETE"}
    reply_is_personal = True

    listing = Listing(
        operation_id="getEvaluationsIdRatings",
        summary="List ratings",
        description="Newest first, by people and by autousers.",
        serializer=RatingSerializer,
        default_limit=DEFAULT_LIMIT,
    )
    evaluation: Evaluation

    def rows(self, request: Request, id: str) -> QuerySet[Rating]:
        """The ratings of an evaluation the caller may see."""
        self.evaluation = find_evaluation(principal_of(request), id, whole=False)
        return Rating.objects.filter(evaluation=self.evaluation)

    def selected(self, rows: RatingQuerySet, request: Request) -> RatingQuerySet:
        """All of them, with the names in a reply."""
        return rows.named()

    def place(self, rows: QuerySet[Rating], cursor: str) -> Place | None:
        """Where a rating is in the list, or was before it was deleted."""
        pk = ids.parse(cursor)
        if pk is None:
            return None
        present = rows.filter(pk=pk).values_list("created_at", "pk")
        gone = DeletedRow.objects.filter(pk=pk, resource=services.list_name(self.evaluation))
        return present.first() or gone.values_list("sort_at", "pk").first()

    def render(self, row: Rating) -> dict[str, Any]:
        """A rating; the published command line gets a form of its own."""
        return (render_for_cli if mirror.is_cli(self.request) else RatingSerializer.render)(row)

    def authorize(self, request: Request, id: str) -> Evaluation:
        """The evaluation, locked; all of its team may rate it, and Admins delete ratings."""
        principal = principal_of(request)
        evaluation = find_evaluation(principal, id, lock=True, whole=False)
        if request.method == "DELETE":
            require_role_in(principal, evaluation, Role.ADMIN)
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
            evaluation=evaluation, rater=Rater.person(principal_of(request).user), values=values
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
        """Delete them for good. Ids that are no ratings of this evaluation are ignored."""
        values = RatingsDeleteSerializer.parse(request.data)
        deleted = services.delete_ratings(evaluation=evaluation, rating_ids=values["ratingIds"])
        return Response({"deleted": deleted})
