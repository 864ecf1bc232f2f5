"""Where the pages about studies hang."""

from django.urls import path

from ratings.pages.preview import PreviewPage
from ratings.pages.results.page import ResultsPage
from ratings.pages.review import ReviewPage
from ratings.pages.share import SharePage
from ratings.pages.studies import StudiesPage

urlpatterns = [
    path("", StudiesPage.as_view(), name="home"),
    path("evaluations/<str:id>/preview", PreviewPage.as_view(), name="study-preview"),
    path("evaluations/<str:id>/review", ReviewPage.as_view(), name="study-review"),
    path("share/<str:token>", SharePage.as_view(), name="share"),
    path("evaluations/<str:id>/results", ResultsPage.as_view(), name="study-results"),
]
