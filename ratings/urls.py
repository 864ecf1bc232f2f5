"""The routes of ratings and results, below `/api/v1`."""

from django.urls import path

from ratings.rest.rating_views import RatingListView
from ratings.rest.result_views import (
    AgreementInsightView,
    AgreementView,
    AiInsightView,
    ExportView,
    ResultsView,
)

urlpatterns = [
    path("evaluations/<str:id>/ratings", RatingListView.as_view(), name="ratings"),
    path("evaluations/<str:id>/results", ResultsView.as_view(), name="results"),
    path("evaluations/<str:id>/agreement", AgreementView.as_view(), name="agreement"),
    path("evaluations/<str:id>/export", ExportView.as_view(), name="export"),
    path("evaluations/<str:id>/ai-insights", AiInsightView.as_view(), name="ai-insights"),
    path(
        "evaluations/<str:id>/agreement-insights",
        AgreementInsightView.as_view(),
        name="agreement-insights",
    ),
]
