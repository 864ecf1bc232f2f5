"""The routes of autousers, calibration, runs, `GET /usage` and `GET /link-preview`."""

from django.urls import path

from autousers.rest.calibration.calibration_views import (
    CalibrationStateView,
    CalibrationStatusView,
    FreezeCalibrationView,
    OptimizeCalibrationView,
    StartCalibrationView,
)
from autousers.rest.link_preview_views import LinkPreviewView
from autousers.rest.personas.persona_views import (
    AutouserListView,
    AutouserView,
    DraftAutouserView,
    DuplicateAutouserView,
)
from autousers.rest.personas.rubric_views import RubricListView, RubricView
from autousers.rest.runs.observation_views import ObservationFileView, ObservationView
from autousers.rest.runs.run_views import (
    AutouserRunView,
    AutouserStatusView,
    RunAutousersView,
    RunTurnsView,
    StopAutousersView,
)
from autousers.rest.runs.stream_views import AutouserStreamView
from autousers.rest.usage_views import UsageView

AUTOUSER = "autousers/<str:id>"
CALIBRATION = f"{AUTOUSER}/calibration"

urlpatterns = [
    path("autousers", AutouserListView.as_view(), name="autousers"),
    path("autousers/draft-from-prompt", DraftAutouserView.as_view(), name="autouser-draft"),
    path(AUTOUSER, AutouserView.as_view(), name="autouser"),
    path(f"{AUTOUSER}/duplicate", DuplicateAutouserView.as_view(), name="autouser-duplicate"),
    path(f"{AUTOUSER}/rubrics", RubricListView.as_view(), name="rubrics"),
    path(f"{AUTOUSER}/rubrics/<str:rubricId>", RubricView.as_view(), name="rubric"),
    path(CALIBRATION, CalibrationStateView.as_view(), name="calibration"),
    path(f"{CALIBRATION}/status", CalibrationStatusView.as_view(), name="calibration-status"),
    path(f"{CALIBRATION}/start", StartCalibrationView.as_view(), name="calibration-start"),
    path(f"{CALIBRATION}/optimize", OptimizeCalibrationView.as_view(), name="calibration-optimize"),
    path(f"{CALIBRATION}/freeze", FreezeCalibrationView.as_view(), name="calibration-freeze"),
    path("evaluations/<str:id>/run-autousers", RunAutousersView.as_view(), name="run-autousers"),
    path("evaluations/<str:id>/stop-autousers", StopAutousersView.as_view(), name="stop-autousers"),
    path(
        "evaluations/<str:id>/autouser-status",
        AutouserStatusView.as_view(),
        name="autouser-status",
    ),
    path(
        "evaluations/<str:id>/autouser-stream",
        AutouserStreamView.as_view(),
        name="autouser-stream",
    ),
    path(
        "evaluations/<str:id>/autouser-runs/<str:runId>",
        AutouserRunView.as_view(),
        name="autouser-run",
    ),
    path(
        "evaluations/<str:id>/autouser-runs/<str:runId>/turns",
        RunTurnsView.as_view(),
        name="autouser-run-turns",
    ),
    path(
        "evaluations/<str:id>/observations/<str:observationId>",
        ObservationView.as_view(),
        name="observation",
    ),
    path(
        "evaluations/<str:id>/observations/<str:observationId>/files/<str:name>",
        ObservationFileView.as_view(),
        name="observation-file",
    ),
    path("usage", UsageView.as_view(), name="usage"),
    path("link-preview", LinkPreviewView.as_view(), name="link-preview"),
]
