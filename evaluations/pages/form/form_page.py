"""The base of the pages with the form of a study. Rows come and go without scripts."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from evaluations.models import Evaluation
from evaluations.pages.form.choices import Choices
from evaluations.pages.form.fixed import fixed_sections
from evaluations.pages.form.forecast import Forecast, forecast
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
