"""Where the pages about studies hang."""

from django.urls import path

from ratings.pages.results import ResultsPage
from ratings.pages.studies import StudiesPage

urlpatterns = [
    path("", StudiesPage.as_view(), name="home"),
    path("evaluations/<str:id>/results", ResultsPage.as_view(), name="study-results"),
]
