"""Where the pages about one study hang."""

from django.urls import path

from evaluations.pages.address import StudyRedirect
from evaluations.pages.edit import EditPage, NewPage
from evaluations.pages.status import StatusView

urlpatterns = [
    path("evaluations/new", NewPage.as_view(), name="study-new"),
    path("evaluations/<str:id>", StudyRedirect.as_view(), name="study"),
    path("evaluations/<str:id>/edit", EditPage.as_view(), name="study-edit"),
    path("evaluations/<str:id>/status", StatusView.as_view(), name="study-status"),
]
