"""Where the pages about studies hang."""

from django.urls import path

from ratings.pages.preview import PreviewPage
from ratings.pages.results.link import ResultsLinkPage
from ratings.pages.results.page import ProgressView, ResultsPage
from ratings.pages.results.shared import SharedResultsPage
from ratings.pages.results.who import RatersPage
from ratings.pages.review import ReviewPage
from ratings.pages.share import SharePage
from ratings.pages.studies import StudiesPage

urlpatterns = [
    path("", StudiesPage.as_view(), name="home"),
    path("evaluations/<str:id>/preview", PreviewPage.as_view(), name="study-preview"),
    path("evaluations/<str:id>/review", ReviewPage.as_view(), name="study-review"),
    path("share/<str:token>", SharePage.as_view(), name="share"),
    path("evaluations/<str:id>/results", ResultsPage.as_view(), name="study-results"),
    path("evaluations/<str:id>/results/raters", RatersPage.as_view(), name="study-raters"),
    path("evaluations/<str:id>/results/link", ResultsLinkPage.as_view(), name="study-results-link"),
    path("results/<str:token>", SharedResultsPage.as_view(), name="shared-results"),
    path("evaluations/<str:id>/results/progress", ProgressView.as_view(), name="study-progress"),
]
