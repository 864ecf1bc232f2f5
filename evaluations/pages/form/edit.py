"""The pages on which a study is made and changed."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from evaluations.models import Evaluation
from evaluations.pages.form import saving
from evaluations.pages.form.form_page import FormPage
from evaluations.pages.form.parts import Body
from evaluations.pages.form.sheet import NEW, Sheet, body_of
from evaluations.studies.access import require_role_in
from teams.auth.permissions import require_role
from teams.models import Role
from teams.pages import once

#: Names of the fields, for the note about another person's change.
NAMES = {
    "name": "the name",
    "description": "the notes",
    "type": "how designs are rated",
    "designUrls": "the designs",
    "comparisonPairs": "the pairs",
    "selectedDimensionIds": "the questions",
    "customDimensions": "the questions of your own",
    "selectedAutousers": "the autousers",
    "evaluationMethod": "who rates",
    "scenario": "the scenario",
    "instructions": "the instructions",
    "ratingFlow": "what raters see",
    "defaultLayout": "what raters see",
    "hideSlider": "what raters see",
    "hideOpenTextQuestions": "what raters see",
    "randomizeOrder": "what raters see",
}
OTHERS = "people and sharing"


class NewPage(FormPage):
    """Making a study in the team that the person acts on.

    Each form has a number of its own. The number is counted in the transaction that makes the
    study, so a form that is sent twice, also at once, makes one.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        require_role(self.principal, self.team, Role.EDITOR)
        self.sheet = Sheet(NEW)
        self.sheet.designs.add()
        self.sheet.pairs.add()
        self.sheet.parts["about"].fields["name"].widget.attrs["autofocus"] = True
        return self.show_form(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save it as a draft, start it, or change the rows of the form."""
        require_role(self.principal, self.team, Role.EDITOR)
        self.fill_in(request, NEW)
        return self.answer(request)

    def show_form(self, request: HttpRequest, **context: Any) -> HttpResponse:
        """The page; a form that comes back keeps its number."""
        number = once.fresh(request.POST.get(once.FIELD, ""))
        return super().show_form(request, **{"number": number, **context})

    def save_form(self, request: HttpRequest, *, starts: bool) -> HttpResponse:
        """Make it, unless this form made one before."""
        self.number = request.POST.get(once.FIELD, "")
        try:
            return super().save_form(request, starts=starts)
        except once.MadeAlready:
            messages.success(request, "This study was made already. It is in the list.")
            return redirect("home")

    def save(self, *, starts: bool) -> Evaluation:
        """Make it."""
        once.take(self.principal.user, self.number)
        body = self.sheet.body()
        made = saving.create(team=self.team, principal=self.principal, body=body)
        if starts:
            saving.start(made)
        return made


class EditPage(FormPage):
    """Changing a study."""

    stored: Evaluation

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The form, filled in."""
        self.stored = self.study(id)
        require_role_in(self.principal, self.stored, Role.EDITOR)
        self.sheet = Sheet(body_of(self.stored))
        for rows in (self.sheet.designs, self.sheet.pairs):
            if not rows:
                rows.add()
        return self.show_form(request, version=version_of(self.stored))

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Save the changes, start the study, or change the rows of the form.

        The row is locked. If somebody else changed the study after the form was opened, nothing is
        saved. The form keeps the input and names what saving again would replace.
        """
        self.stored = self.study_to_change(id)
        self.fill_in(request, body_of(self.stored))
        opened, present = request.POST.get("version", ""), version_of(self.stored)
        if request.POST.get("do", "save") in ("save", "start") and opened != present:
            replaced = named(self.sheet.changes())
            status = HTTPStatus.CONFLICT
            return self.show_form(request, status=status, version=present, replaced=replaced)
        return self.answer(request)

    def show_form(self, request: HttpRequest, **context: Any) -> HttpResponse:
        """The page; the version of the study stays the one that was opened."""
        return super().show_form(request, **{"version": request.POST.get("version", ""), **context})

    def save(self, *, starts: bool) -> Evaluation:
        """Store what differs."""
        changes = self.sheet.changes()
        saving.save(study=self.stored, principal=self.principal, changes=changes)
        if starts:
            saving.start(self.stored)
        return self.stored

    def forget(self) -> None:
        """Read the study again."""
        self.stored = self.study(self.stored.pk)

    @property
    def current(self) -> Evaluation:
        """The study as it is stored."""
        return self.stored


def version_of(study: Evaluation) -> str:
    """The version of a study: the time of its last change."""
    return study.updated_at.isoformat()


def named(changes: Body) -> str:
    """The names of changed fields, as a list in a sentence."""
    return ", ".join(dict.fromkeys(NAMES.get(name, OTHERS) for name in changes))
