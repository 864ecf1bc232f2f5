"""The base of the pages with the form of a study. Rows come and go without scripts."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from api.exceptions import ApiError
from evaluations.files import uploads
from evaluations.files.kinds import LARGEST
from evaluations.files.uploads import Sent
from evaluations.models import Evaluation
from evaluations.pages.form import attached
from evaluations.pages.form.choices import Choices
from evaluations.pages.form.fixed import fixed_sections
from evaluations.pages.form.forecast import Forecast, forecast
from evaluations.pages.form.parts import Body
from evaluations.pages.form.sheet import Sheet
from evaluations.pages.refusals import Refused, told
from evaluations.pages.status import moves_of
from evaluations.pages.study_page import StudyPage
from evaluations.studies.access import role_in
from teams.models import Team


@method_decorator(sensitive_post_parameters("sharePassword"), name="dispatch")
class FormPage(StudyPage):
    """Base of both pages. Errors are shown at their fields, and all input is kept."""

    template = "studies/edit.html"
    sheet: Sheet
    #: The file that came with the form, or what is wrong with it.
    sent: Sent | ApiError | None = None
    #: The place of the file that was stored just now.
    uploaded: str = ""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Look at a file that came with the form before the study is locked."""
        if request.method == "POST" and attached.wanted_by(request):
            self.sent = attached.look_at(request)
        return super().dispatch(request, *args, **kwargs)

    def fill_in(self, request: HttpRequest, stored: Body) -> None:
        """Take the form as it was sent, with a file that came along or was taken away."""
        self.sheet = Sheet(stored, request.POST)
        action, _, place = request.POST.get("do", "").partition(".")
        if action not in ("upload", "drop") or not attached.has(self.sheet, place):
            return
        try:
            self.sheet = Sheet(stored, self._with_file(request.POST, action, place))
        except ApiError as error:
            attached.refuse(self.sheet, place, error)

    def _with_file(self, data: QueryDict, action: str, place: str) -> QueryDict:
        changed = data.copy()
        changed[place] = ""
        if action == "upload":
            if not isinstance(self.sent, Sent):
                raise self.sent or AssertionError("the file was looked at")
            file = uploads.take(
                team=self.study_team,
                author=self.principal.user,
                sent=self.sent,
                evaluation=self.current,
            )
            changed[place] = file.pk
            self.uploaded = place
        return changed

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Do what the button that was pressed says."""
        action, _, rest = request.POST.get("do", "save").partition(".")
        if action == "forecast":
            context = {"forecast": self.forecast()}
            return render(request, "studies/_forecast.html", context)
        if action in ("save", "start"):
            return self.save_form(request, starts=action == "start")
        name, _, number = rest.partition(".")
        if action == "add":
            self._add_row(name, request.POST.get("autouser", ""))
        elif action == "remove" and name in self.sheet.rows and number.isdecimal():
            self.sheet.rows[name].remove(int(number))
        return self.show_form(request)

    def save_form(self, request: HttpRequest, *, starts: bool) -> HttpResponse:
        """Save everything or nothing, and show the errors."""
        if attached.refuse_unsent(self.sheet, request.POST):
            return self.show_form(request, status=HTTPStatus.BAD_REQUEST)
        try:
            with transaction.atomic(), told():
                study = self.save(starts=starts)
        except Refused as refused:
            for param, text in refused.problems:
                self.sheet.refuse(param, text)
            self.forget()
            return self.show_form(request, status=refused.status)
        messages.success(request, "The study is running." if starts else "Saved.")
        return redirect("study" if starts else "study-edit", id=study.pk)

    def save(self, *, starts: bool) -> Evaluation:
        """Save what was typed, and start the study if asked to."""
        raise NotImplementedError

    def forget(self) -> None:
        """Read the study again after a refused change."""

    @property
    def current(self) -> Evaluation | None:
        """The study as it is stored; None for a new one."""
        return None

    @property
    def study_team(self) -> Team:
        """The team whose study this is."""
        return self.current.team if self.current else self.team

    def show_form(
        self, request: HttpRequest, *, status: int = HTTPStatus.OK, **context: Any
    ) -> HttpResponse:
        """The page."""
        study, team = self.current, self.study_team
        choices = Choices.of(team, study, self.sheet.body()["selectedDimensionIds"])
        taken = set(self.sheet.autousers.ids())
        attached.attach(self.sheet, team, study)
        return self.show(
            request,
            status=status,
            sheet=self.sheet,
            study=study,
            study_team=team,
            choices=choices,
            autousers=[
                (number, row, choices.autousers.get(row.typed("id")))
                for number, row in self.sheet.autousers
            ],
            more_autousers=[one for pk, one in choices.autousers.items() if pk not in taken],
            fixed=fixed_sections(study, role_in(self.principal, study)) if study else {},
            moves=moves_of(study) if study else [],
            forecast=self.forecast(),
            uploaded=self.uploaded,
            accepted=attached.ACCEPTED,
            largest=LARGEST,
            upload_pass=attached.pass_for(self.principal.user),
            **context,
        )

    def forecast(self) -> Forecast:
        """What starting would do with what is typed."""
        return forecast(team=self.study_team, body=self.sheet.body())

    def _add_row(self, name: str, autouser: str) -> None:
        rows = self.sheet.rows.get(name)
        if rows is None:
            return
        if rows is not self.sheet.autousers:
            rows.add(focus=True)
        elif autouser and autouser not in rows.ids():
            rows.add({rows.key: autouser, "agentCount": 1}, focus=True)
