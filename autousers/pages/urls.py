"""Where the pages about autousers, runs and findings hang."""

from django.urls import path

from autousers.pages.calibration.page import CalibrationPage
from autousers.pages.calibration.rubrics import RubricsPage, WriteRubricPage
from autousers.pages.findings.page import FindingsMarkdown, FindingsPage
from autousers.pages.personas.actions import DeletePersonaPage, DuplicatePersonaView
from autousers.pages.personas.detail import PersonaDetailPage
from autousers.pages.personas.edit import EditPersonaPage, NewPersonaPage
from autousers.pages.personas.listing import PersonasPage
from autousers.pages.runs.files import RunFile, VisitFile
from autousers.pages.runs.page import RunsPage

ONE = "autousers/<str:id>"
RESULTS = "evaluations/<str:id>/results"
RUNS = f"{RESULTS}/autousers"

urlpatterns = [
    path("autousers", PersonasPage.as_view(), name="personas"),
    path("autousers/new", NewPersonaPage.as_view(), name="persona-new"),
    path(ONE, PersonaDetailPage.as_view(), name="persona"),
    path(f"{ONE}/edit", EditPersonaPage.as_view(), name="persona-edit"),
    path(f"{ONE}/duplicate", DuplicatePersonaView.as_view(), name="persona-duplicate"),
    path(f"{ONE}/delete", DeletePersonaPage.as_view(), name="persona-delete"),
    path(f"{ONE}/rubrics", RubricsPage.as_view(), name="persona-rubrics"),
    path(f"{ONE}/rubrics/new", WriteRubricPage.as_view(), name="persona-rubric-new"),
    path(f"{ONE}/rubrics/<str:rubric>", WriteRubricPage.as_view(), name="persona-rubric"),
    path(f"{ONE}/calibration", CalibrationPage.as_view(), name="persona-calibration"),
    path(RUNS, RunsPage.as_view(), name="study-runs"),
    path(f"{RUNS}/visits/<str:visit>/<str:name>", VisitFile.as_view(), name="visit-file"),
    path(f"{RUNS}/runs/<str:run>/<str:name>", RunFile.as_view(), name="run-file"),
    path(f"{RESULTS}/findings", FindingsPage.as_view(), name="study-findings"),
    path(f"{RESULTS}/findings.md", FindingsMarkdown.as_view(), name="study-findings-markdown"),
]
