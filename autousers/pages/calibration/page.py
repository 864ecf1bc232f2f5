"""The page of calibration: its rounds, measuring, improving the rubric, and freezing it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.exceptions import BuiltInReadOnly
from autousers.calibration.optimisation import Optimisation, optimise
from autousers.calibration.pairing import evaluations_with_pairs
from autousers.calibration.services import start_calibration
from autousers.models import Autouser, CalibrationRun, Rubric
from autousers.pages.calibration.proposal import lines_of
from autousers.pages.calibration.rounds import Rounds
from autousers.pages.persona_page import PersonaPage
from autousers.personas import rubrics
from autousers.personas.access import find_own, find_rubric
from autousers.rest.calibration.calibration_serializers import (
    MOST_SAMPLES,
    CalibrationFreezeSerializer,
    CalibrationStartSerializer,
)
from autousers.rest.calibration.calibration_views import MOST_EVALUATIONS
from evaluations.pages.form.parts import Part, line, number, whole
from evaluations.pages.refusals import Refused, told
from evaluations.studies.access import find_evaluation
from teams.auth.permissions import RequiresCalibrationPlan
from teams.models import Role
from teams.pages import once

#: Disagreements on the page, the widest first, and versions to choose from.
MOST_SHOWN = 12
OFFERED = 100

CHANGED = "The rubric or the last round changed after this page was opened. Please look again."


class Stale(Exception):
    """What a form rests on changed after its page was opened."""


class StartForm(Part):
    """What is measured."""

    evaluationId = forms.CharField(label="Study", required=False)
    sampleSize = number("Only the newest pairs, so many", 1, MOST_SAMPLES)
    rubricId = forms.CharField(label="Version", required=False)

    def sent(self) -> dict[str, Any]:
        """The body; an empty field is the default of the API."""
        told_fields = {name: self.typed(name) for name in self.fields}
        sent = {name: value for name, value in told_fields.items() if value}
        if "sampleSize" in sent:
            sent["sampleSize"] = whole(sent["sampleSize"])
        return sent


class FreezeForm(Part):
    """What is frozen."""

    rubricId = forms.CharField(label="Version", required=False)
    commitMessage = line("Why", rubrics.MESSAGE_LIMIT)

    def sent(self) -> dict[str, Any]:
        """The body."""
        return {name: value for name in self.fields if (value := self.typed(name))}


class CalibrationPage(PersonaPage):
    """How far an autouser agrees with people, and what to do about it."""

    template = "autousers/calibration.html"
    home = "persona-calibration"
    autouser_row: Autouser

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The page."""
        self._open(self.autouser(id))
        return self.show_calibration(request)

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Do what the button that was pressed says. The autouser is locked meanwhile."""
        self._open(find_own(self.principal, id, Role.EDITOR))
        steps: dict[str, Callable[[HttpRequest], HttpResponse]] = {
            "start": self._start,
            "propose": self._propose,
            "apply": self._apply,
            "freeze": self._freeze,
        }
        step = steps.get(request.POST.get("do", ""), self.show_calibration)
        try:
            return step(request)
        except once.MadeAlready:
            messages.success(request, "This was done already.")
            return self._back()

    def show_calibration(
        self, request: HttpRequest, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        """The page."""
        autouser = self.autouser_row
        rounds = Rounds.of(autouser)
        newest = rounds.newest
        common = {
            "autouser": autouser,
            "rounds": rounds,
            "newest": newest,
            "differing": _differing(newest),
            "dimensions": _dimensions(newest),
            "versions": _offered(autouser),
            "studies": list(evaluations_with_pairs(autouser, self.principal)[:MOST_EVALUATIONS]),
            "number": once.fresh(request.POST.get(once.FIELD, "")),
            "state": _state(autouser, newest),
            "start": StartForm(initial={"rubricId": autouser.active_rubric_id or ""}),
            "freeze": FreezeForm(initial={"rubricId": autouser.active_rubric_id or ""}),
        }
        return self.show(request, status=status, **{**common, **context})

    def _open(self, autouser: Autouser) -> None:
        if autouser.team is None:
            raise BuiltInReadOnly("autouser")
        RequiresCalibrationPlan.require(self.team)
        self.autouser_row = autouser

    def _back(self) -> HttpResponse:
        return redirect("persona-calibration", id=self.autouser_row.pk)

    def _start(self, request: HttpRequest) -> HttpResponse:
        form = StartForm(request.POST)
        try:
            with transaction.atomic(), told():
                run = self._measure(request, form)
        except Refused as refused:
            return self._refused(request, form, refused, start=form)
        messages.success(request, f"Measured. {run.message}")
        return self._back()

    def _measure(self, request: HttpRequest, form: StartForm) -> CalibrationRun:
        once.take(self.principal.user, request.POST.get(once.FIELD, ""))
        autouser, principal = self.autouser_row, self.principal
        values = CalibrationStartSerializer.parse(form.sent())
        named = values.get("rubric_id")
        study = values.get("evaluation_id")
        return start_calibration(
            autouser=autouser,
            principal=principal,
            evaluation=find_evaluation(principal, study, whole=False) if study else None,
            rubric=(
                find_rubric(autouser, named, param="rubricId")
                if named
                else rubrics.active_rubric(autouser)
            ),
            values=values,
        )

    def _propose(self, request: HttpRequest) -> HttpResponse:
        """A proposal; nothing is stored."""
        try:
            with transaction.atomic(), told():
                found = self._optimised(apply=False)
        except Refused as refused:
            return self._refused(request, None, refused)
        return self.show_calibration(request, proposal=found, lines=lines_of(found.rubric_diff))

    def _apply(self, request: HttpRequest) -> HttpResponse:
        """Store the proposal that was read: not one that another round has made since."""
        try:
            with transaction.atomic(), told():
                self._take(request)
                found = self._optimised(apply=True)
        except Stale:
            return self._stale(request, self._optimised(apply=False))
        except Refused as refused:
            return self._refused(request, None, refused)
        stored = found.stored.label if found.stored else None
        messages.success(request, f"Stored as {stored}." if stored else found.summary)
        return self._back()

    def _freeze(self, request: HttpRequest) -> HttpResponse:
        form = FreezeForm(request.POST)
        try:
            with transaction.atomic(), told():
                self._take(request)
                rubric, frozen = self._frozen(form)
        except Stale:
            return self._stale(request, None, freeze=form)
        except Refused as refused:
            return self._refused(request, form, refused, freeze=form)
        already = "" if frozen else " already"
        messages.success(request, f"{rubric.label} is frozen{already}. The autouser rates by it.")
        return self._back()

    def _take(self, request: HttpRequest) -> None:
        """Let a form take effect once, and only on what its page showed.

        Raises:
            MadeAlready: when it took effect before.
            Stale: when a round or a rubric changed since.
        """
        once.take(self.principal.user, request.POST.get(once.FIELD, ""))
        if request.POST.get("state") != _state(self.autouser_row, _newest(self.autouser_row)):
            raise Stale

    def _frozen(self, form: FreezeForm) -> tuple[Rubric, bool]:
        values = CalibrationFreezeSerializer.parse(form.sent())
        autouser = self.autouser_row
        if "rubric_id" in values:
            rubric = find_rubric(autouser, values["rubric_id"], param="rubricId")
        elif (active := rubrics.active_rubric(autouser)) is not None:
            rubric = active
        else:
            raise rubrics.NoRubric
        return rubric, rubrics.freeze(rubric, values.get("commit_message"))

    def _optimised(self, *, apply: bool) -> Optimisation:
        return optimise(
            autouser=self.autouser_row, author=self.principal.user, values={"apply": apply}
        )

    def _refused(
        self, request: HttpRequest, form: Part | None, refused: Refused, **context: Any
    ) -> HttpResponse:
        others = []
        for param, message in refused.problems:
            if form is not None and param in form.fields:
                form.add_error(param, message)
            else:
                others.append(message)
        self.autouser_row = self.autouser(self.autouser_row.pk)
        return self.show_calibration(request, status=refused.status, others=others, **context)

    def _stale(
        self, request: HttpRequest, found: Optimisation | None, **context: Any
    ) -> HttpResponse:
        lines = lines_of(found.rubric_diff) if found else []
        return self.show_calibration(
            request, status=HTTPStatus.CONFLICT, others=[CHANGED], proposal=found, lines=lines,
            **context,
        )  # fmt: skip


def _offered(autouser: Autouser) -> list[Rubric]:
    """The versions to choose from: the active one first, however old, then the newest."""
    rows = Rubric.objects.filter(autouser=autouser).defer("criteria_text")
    active = Case(When(pk=autouser.active_rubric_id or "", then=0), default=1)
    return list(rows.order_by(active, "-version")[:OFFERED])


def _newest(autouser: Autouser) -> CalibrationRun | None:
    runs = CalibrationRun.objects.filter(autouser=autouser).defer("disagreements")
    return runs.order_by("-created_at", "-pk").first()


def _state(autouser: Autouser, newest: CalibrationRun | None) -> str:
    """What a proposal and a freeze rest on: the last round, and the state of all rubrics."""
    rows = Rubric.objects.filter(autouser=autouser).order_by("-updated_at", "-pk")
    changed = rows.values_list("updated_at", flat=True).first()
    return f"{newest.pk if newest else ''} {changed.isoformat() if changed else ''}"


def _differing(run: CalibrationRun | None) -> list[dict[str, Any]]:
    """The widest disagreements of a round; its list was not read with the others."""
    if run is None:
        return []
    rows: list[dict[str, Any]] = run.disagreements[:MOST_SHOWN]
    return rows


def _dimensions(run: CalibrationRun | None) -> list[tuple[str, dict[str, Any], str]]:
    """The dimensions of a round: name, figures, and how the autouser scores beside people."""
    if run is None:
        return []
    rows = run.by_dimension.items()
    return [(name, row, _beside(row.get("meanDifference") or 0)) for name, row in rows]


def _beside(difference: float) -> str:
    if not difference:
        return "the same"
    return f"{abs(difference):.1f} {'higher' if difference > 0 else 'lower'}"
