"""The files of visits and runs, for people who may see the study; strangers wrote what is in them.

A name counts only if it stands in the row or lies in the folder, so a path cannot lead elsewhere.
"""

from django.http import HttpRequest, HttpResponse

from api import ids
from autousers.models import AutouserRun, Observation
from autousers.rest.runs.inert import inert_file
from autousers.rest.runs.observation_views import ObservationNotFound
from autousers.rest.runs.run_views import RunNotFound
from autousers.runs import artifacts
from evaluations.pages.study_page import StudyPage


class VisitFile(StudyPage):
    """A picture of a visit, or its facts."""

    def get(self, request: HttpRequest, id: str, visit: str, name: str) -> HttpResponse:
        """The file.

        Raises:
            ObservationNotFound: when there is no such visit or file, or it is no longer kept.
        """
        rows = Observation.objects.filter(evaluation=self.bare_study(id), pk=ids.parse(visit) or "")
        row = rows.only("pk", "files").first()
        found = None
        if row is not None and name in row.files:
            found = inert_file(row.pk, name, of=artifacts.OBSERVATIONS)
        if found is None:
            raise ObservationNotFound
        return found


class RunFile(StudyPage):
    """The transcript of a run."""

    def get(self, request: HttpRequest, id: str, run: str, name: str) -> HttpResponse:
        """The file.

        Raises:
            RunNotFound: when there is no such run or file, or it is no longer kept.
        """
        rows = AutouserRun.objects.filter(evaluation=self.bare_study(id), pk=ids.parse(run) or "")
        pk = rows.values_list("pk", flat=True).first()
        found = inert_file(pk, name, of=artifacts.RUNS) if pk else None
        if found is None:
            raise RunNotFound
        return found
