"""The page of a study's findings, and the same list as Markdown for tickets."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse

from api import ids
from api.exceptions import ApiError, InvalidRequest
from autousers.findings.comparing import comparable, earlier_studies
from autousers.findings.reading import read_findings
from autousers.pages.findings.listing import Chosen, FindingList, finding_list
from evaluations.models import Evaluation
from evaluations.pages.study_page import StudyPage

#: Findings in the Markdown of the list, the worst.
MOST_TOLD = 100


class FindingsPage(StudyPage):
    """What stands behind low ratings, the worst first."""

    template = "findings/list.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The list: filtered, and compared with an earlier study."""
        found = self.listed(self.bare_study(id), request.GET.dict())
        return self.show(request, study=found.study, list=found)

    def listed(self, study: Evaluation, query: Mapping[str, str]) -> FindingList:
        """The list that an address asks for.

        Raises:
            InvalidRequest: when the study to compare with has no design of this one.
        """
        chosen = Chosen.of(query)
        offered = earlier_studies(self.principal, study)
        earlier = next((one for one in offered if one.pk == ids.parse(chosen.against)), None)
        if chosen.against and earlier is None:
            earlier = comparable(self.principal, study, chosen.against)
            offered = [earlier, *offered]
        read = read_findings(study, earlier=earlier)
        return finding_list(study, read, chosen, earlier=earlier, offered=offered)

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """What cannot be compared is told in the list, which is shown without a comparison."""
        if not isinstance(error, InvalidRequest):
            return super().refuse(request, error)
        study = self.bare_study(self.kwargs["id"])
        query = {**request.GET.dict(), "compareTo": ""}
        text = error.message.removeprefix("compareTo: ")
        found = self.listed(study, query)
        return self.show(request, status=400, study=study, list=found, refused=text)


class FindingsMarkdown(FindingsPage):
    """The findings that the page shows, as Markdown."""

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """A file with a paragraph for each."""
        found = self.listed(self.bare_study(id), request.GET.dict())
        tickets = [row.ticket for row in found.matching[:MOST_TOLD]]
        name = f"findings-{found.study.pk}.md"
        return HttpResponse(
            "\n\n".join(tickets) + "\n" if tickets else "No findings.\n",
            content_type="text/markdown; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
