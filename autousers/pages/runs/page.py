"""The page of a study's runs, and with `inspectRun` that of one of them."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from api import ids
from api.exceptions import ApiError, InvalidRequest
from autousers.models import AutouserRun
from autousers.pages.runs.listing import run_list
from autousers.pages.runs.run import read_run
from autousers.rest.runs.run_views import RunNotFound
from autousers.runs import lifecycle
from autousers.runs.queueing import plan_runs, queue_runs
from evaluations.models import Evaluation
from evaluations.pages.study_page import StudyPage
from teams.pages.navigation import Navigation

PARAMETER = "inspectRun"


class RunsPage(StudyPage):
    """Who ran, and one run with its visit, facts and rating."""

    template = "runs/list.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The list, or one run."""
        study = self.bare_study(id)
        wanted = request.GET.get(PARAMETER)
        if wanted is None:
            return self.show(request, study=study, list=run_list(study, request.GET.dict()))
        self.template = "runs/run.html"
        return self.show(request, study=study, page=read_run(study, wanted))

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Cancel runs, or repeat one, as the API does."""
        study = self.study_to_change(id)
        do, run = request.POST.get("do", ""), ids.parse(request.POST.get("run", "")) or ""
        if do == "cancel":
            return self._cancel(request, study, [run])
        if do == "cancel-all":
            return self._cancel(request, study, None)
        if do == "repeat":
            return self._repeat(request, study, run)
        raise InvalidRequest("There is no such button.")

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """Back to the page, with what is wrong."""
        is_rule = error.status in (InvalidRequest.status, 429)
        if request.method != "POST" or not is_rule:
            return super().refuse(request, error)
        messages.error(request, error.message.removeprefix("replaceRunId: "))
        return redirect(_address(self.kwargs["id"], request.POST.get("run", "")))

    def refusal(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """The page of a refusal; a run that is gone says where the others are."""
        if not isinstance(error, RunNotFound):
            return super().refusal(request, error)
        context = {"nav": Navigation(self.principal), "study_id": self.kwargs["id"]}
        return render(request, "runs/no_run.html", context, status=int(error.status))

    def _cancel(
        self, request: HttpRequest, study: Evaluation, run_ids: list[str] | None
    ) -> HttpResponse:
        """Cancel named runs, or all that are not over; over is over, and no error."""
        run = run_ids[0] if run_ids else ""
        if run_ids and not AutouserRun.objects.filter(evaluation=study, pk=run).exists():
            raise RunNotFound
        cancelled = lifecycle.cancel(study, run_ids)
        lifecycle.end_if_over(study)
        count = len(cancelled)
        said = "1 run was cancelled." if count == 1 else f"{count} runs were cancelled."
        if not count:
            said = "Nothing was cancelled: the run was over." if run else "All runs were over."
        messages.success(request, said)
        return redirect(_address(study.pk, run))

    def _repeat(self, request: HttpRequest, study: Evaluation, run: str) -> HttpResponse:
        (queued,) = queue_runs(study, plan_runs(study, {"replaceRunId": run}))
        messages.success(request, "The run is queued again. Its rating will replace the old one.")
        return redirect(_address(study.pk, queued.pk))


def _address(study_id: str, run: str = "") -> str:
    base = reverse("study-runs", args=[study_id])
    return f"{base}?{urlencode({PARAMETER: run})}" if run else base
