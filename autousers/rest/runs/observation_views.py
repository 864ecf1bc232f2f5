"""The routes of observations, below an evaluation: what runs saw, and the pictures of it."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.exceptions import NotFound
from api.rest.fields import Array, Choice, Moment, Text
from api.rest.shapes import Shape
from autousers.models import Observation, ObservationStatus
from autousers.rest.runs.inert import KINDS, inert_file
from autousers.rest.runs.run_views import RunView
from autousers.runs import artifacts
from evaluations.studies.access import find_evaluation
from teams.auth.principals import principal_of


class ObservationNotFound(NotFound):
    """The evaluation has no such observation, or the observation has no such file."""

    code = "observation_not_found"
    message = "This evaluation has no such observation or file."


class StepSerializer(Shape):
    """What the observer did, and the file with its picture."""

    step = Text()
    action = Text()
    narration = Text()
    picture = Text(help_text="A name of `files`; empty when the step has none.")
    at = Text(required=False, help_text="When it began; steps of older visits do not say it.")


class ObservationSerializer(Shape):
    """One visit of a design under one set of conditions, shared by the runs that need it."""

    id = Text()
    design = Text()
    observer = Text(help_text="`browser` or `markup`.")
    conditions = serializers.DictField(
        help_text="Window, touch, zoom, network, motion, colours, language."
    )
    status = Choice(choices=ObservationStatus.choices)
    error = Text(help_text="Why nothing could be seen; empty when something was.")
    steps = StepSerializer(many=True)
    files = Array(child=Text())
    createdAt = Moment(source="created_at")
    endedAt = Moment(source="ended_at", allow_null=True)


@extend_schema(tags=["Evaluations"])
class ObservationView(RunView):
    """One observation."""

    @extend_schema(
        operation_id="getEvaluationsIdObservationsObservationId",
        summary="Get one observation",
        responses={200: ObservationSerializer},
    )
    def get(self, request: Request, id: str, observationId: str) -> Response:
        """The visit of an observer to a design: steps, files, and end."""
        return Response(ObservationSerializer.render(_find(request, id, observationId)))


@extend_schema(tags=["Evaluations"])
class ObservationFileView(RunView):
    """One file of an observation: a picture, or the facts."""

    @extend_schema(
        operation_id="getEvaluationsIdObservationsObservationIdFilesName",
        summary="Get a file of an observation",
        responses={
            (200, kind.partition(";")[0]): OpenApiResponse(OpenApiTypes.BINARY)
            for kind in KINDS.values()
        },
    )
    def get(self, request: Request, id: str, observationId: str, name: str) -> HttpResponse:
        """A picture of the visit, its facts as JSON, or the fetched page as plain text.

        Names are in `files` of the observation. An untrusted page is never sent as a page, and
        only pictures are meant to be shown.
        """
        row = _find(request, id, observationId)
        found = None
        if name in row.files:
            found = inert_file(row.pk, name, of=artifacts.OBSERVATIONS)
        if found is None:
            raise ObservationNotFound
        return found


def _find(request: Request, id: str, observation_id: str) -> Observation:
    evaluation = find_evaluation(principal_of(request), id, whole=False)
    rows = Observation.objects.filter(evaluation=evaluation).defer("facts")
    row = rows.filter(pk=ids.parse(observation_id)).first()
    if row is None:
        raise ObservationNotFound
    return row
