"""Where the routes of autousers, rubrics and calibration hang, below `/api/v1`."""

from django.urls import path

from autousers.rest.calibration_views import (
    CalibrationStateView,
    CalibrationStatusView,
    FreezeCalibrationView,
    OptimizeCalibrationView,
    StartCalibrationView,
)
from autousers.rest.persona_views import (
    AutouserListView,
    AutouserView,
    DraftAutouserView,
    DuplicateAutouserView,
)
from autousers.rest.rubric_views import RubricListView, RubricView

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
]
