"""The results page of a study, and the part of it that is asked for again while it runs."""

from django.http import HttpRequest, HttpResponse

from evaluations.pages.study_page import StudyPage
from ratings.pages.results.progress import Progress
from ratings.pages.results.report import Report


class ResultsPage(StudyPage):
    """What came of a study."""

    template = "studies/results.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The page; `design` chooses what is shown rater by rater, `before` a part of the words."""
        study = self.study(id)
        asked = request.GET
        report = Report.of(study, wanted=asked.get("design", ""), before=asked.get("before", ""))
        progress = Progress(study, seen=study.ratings_count)
        return self.show(request, study=study, report=report, progress=progress)


class ProgressView(StudyPage):
    """What still goes on, as a part of the page. Scripts ask for it every five seconds."""

    template = "studies/results/_progress.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The part; `seen` is the number of ratings that the page was made of."""
        study = self.study(id)
        sent = request.GET.get("seen", "")
        seen = int(sent) if sent.isdecimal() and len(sent) < 10 else study.ratings_count
        progress = Progress(study, seen=seen)
        return self.show(request, study=study, progress=progress, at_work=progress.at_work())
