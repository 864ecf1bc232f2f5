"""Where the evaluation routes hang, below `/api/v1`."""

from django.urls import path

from evaluations.rest.draft_views import EvaluationDraftView
from evaluations.rest.evaluation_views import EvaluationListView, EvaluationView

urlpatterns = [
    path("evaluations", EvaluationListView.as_view(), name="evaluations"),
    path("evaluations/<str:id>", EvaluationView.as_view(), name="evaluation"),
    path("evaluations/<str:id>/draft", EvaluationDraftView.as_view(), name="evaluation-draft"),
]
