"""Where the routes of runs hang, below `/api/v1`."""

from django.urls import path

from autousers.rest.run_views import (
    AutouserRunView,
    AutouserStatusView,
    AutouserStreamView,
    RunAutousersView,
    RunTurnsView,
    StopAutousersView,
)

urlpatterns = [
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
]
