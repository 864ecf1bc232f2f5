"""The pages on which a template is made, from a sentence or by hand, and changed."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.rest.bodies import PROMPT_LIMIT, DraftPromptSerializer
from autousers.drafting.templates import draft_template
from evaluations.models import Template
from evaluations.pages.form.parts import typed_text
from evaluations.pages.refusals import Refused, told
from evaluations.pages.templates.sheet import NEW, Sheet, filled
from evaluations.pages.templates.template_page import TemplatePage
from evaluations.rest.template_serializers import TemplateCreateSerializer, TemplateUpdateSerializer
from evaluations.templates import services
from evaluations.templates.access import find_to_change
from evaluations.templates.shapes import changeable
from teams.auth.permissions import require_role
from teams.models import Role
from teams.pages import once

#: What the fields are called in the note about a change of somebody else.
NAMES = {
    "name": "the name",
    "description": "the description",
    "guidelines": "the guidelines",
    "factors": "what to look at",
    "sseCriteria": "what to look at",
    "dimensions": "the questions of the set",
    "sseQuestion": "the question",
    "scaleQuestion": "the question",
    "customQuestions": "the questions in words",
}
OTHERS = "the scale"


class TemplateFormPage(TemplatePage):
    """Base of both pages. A refusal stands at its field, and nothing typed is lost."""

    template = "library/template_edit.html"

    def rows_changed(self, request: HttpRequest, sheet: Sheet) -> bool:
        """Add or remove the row that a button names; False for other buttons."""
        action, _, rest = request.POST.get("do", "").partition(".")
        name, _, position = rest.partition(".")
        if name not in sheet.rows or action not in ("add", "remove"):
            return False
        if action == "add":
            sheet.rows[name].add(focus=True)
        elif position.isdecimal():
            sheet.rows[name].remove(int(position))
        return True

    def show_form(
        self, request: HttpRequest, sheet: Sheet, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        """The page with a form, and what is wrong with it."""
        for name in ("dimensions", "factors"):
            if not len(sheet.rows[name]):
                sheet.rows[name].add()
        common = {"sheet": sheet, "problems": sheet.problems, "others": sheet.errors}
        return self.show(request, status=status, **common, **context)

    def refused(
        self, request: HttpRequest, sheet: Sheet, refused: Refused, **context: Any
    ) -> HttpResponse:
        """The page with what a rule refused."""
        for param, message in refused.problems:
            sheet.refuse(param, message)
        return self.show_form(request, sheet, status=refused.status, **context)


class NewTemplatePage(TemplateFormPage):
    """Making a template in the team that the person acts on; a form sent twice makes one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        require_role(self.principal, self.team, Role.EDITOR)
        return self.show_form(request, Sheet(NEW))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Fill in the form from the sentence, change its rows, or save it."""
        require_role(self.principal, self.team, Role.EDITOR)
        sheet = Sheet(NEW, request.POST)
        if request.POST.get("do") == "draft":
            return self._draft(request, sheet)
        if self.rows_changed(request, sheet):
            return self.show_form(request, sheet)
        try:
            with transaction.atomic(), told():
                made = self._save(request, sheet)
        except once.MadeAlready:
            messages.success(request, "This template was made already. It is in the list.")
            return redirect("template-pages")
        except Refused as refused:
            return self.refused(request, sheet, refused)
        messages.success(request, "Saved.")
        return redirect("template-page", id=made.pk)

    def show_form(
        self, request: HttpRequest, sheet: Sheet, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        """The page; a form that comes back keeps its number and its sentence."""
        common = {
            "number": once.fresh(request.POST.get(once.FIELD, "")),
            "prompt": typed_text(request.POST.get("prompt", "")),
            "prompt_limit": PROMPT_LIMIT,
        }
        return super().show_form(request, sheet, status=status, **{**common, **context})

    def _draft(self, request: HttpRequest, sheet: Sheet) -> HttpResponse:
        try:
            with told():
                sent = {"prompt": typed_text(request.POST.get("prompt", ""))}
                prompt = DraftPromptSerializer.parse(sent)["prompt"]
        except Refused as refused:
            error = refused.problems[0][1]
            status = HTTPStatus.BAD_REQUEST
            return self.show_form(request, sheet, status=status, prompt_error=error)
        draft = draft_template(prompt)
        shown = Sheet(NEW, shown=filled(sheet.typed(), draft.body))
        return self.show_form(request, shown, draft=draft)

    def _save(self, request: HttpRequest, sheet: Sheet) -> Template:
        once.take(self.principal.user, request.POST.get(once.FIELD, ""))
        body = {"name": "", **sheet.changes()}
        values = TemplateCreateSerializer.parse(body)
        return services.create_template(team=self.team, author=self.principal.user, values=values)


class EditTemplatePage(TemplateFormPage):
    """Changing a template. Two people who change it at once are told before anything is saved."""

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The form, filled in."""
        found = self.found_to_change(id)
        sheet = Sheet(changeable(found))
        return self.show_form(request, sheet, found=found, version=found.version)

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Save what differs, as one version. The row is locked meanwhile."""
        found = find_to_change(self.principal, id)
        sheet = Sheet(changeable(found), request.POST)
        opened, present = request.POST.get("version", ""), str(found.version)
        if self.rows_changed(request, sheet):
            return self.show_form(request, sheet, found=found, version=opened)
        if opened != present:
            return self.show_form(
                request, sheet, status=HTTPStatus.CONFLICT, found=found, version=present,
                replaced=_named(sheet.changes()),
            )  # fmt: skip
        try:
            with transaction.atomic(), told():
                changed = self._save(found, sheet)
        except Refused as refused:
            found = self.found(id)
            return self.refused(request, sheet, refused, found=found, version=present)
        messages.success(request, f"Saved as version {found.version}." if changed else "Saved.")
        return redirect("template-page", id=found.pk)

    def _save(self, found: Template, sheet: Sheet) -> bool:
        changes = TemplateUpdateSerializer.parse(sheet.changes())
        return services.update_template(template=found, changes=changes, author=self.principal.user)


def _named(changes: dict[str, Any]) -> str:
    """What changed fields are called, as a list in a sentence."""
    return ", ".join(dict.fromkeys(NAMES.get(name, OTHERS) for name in changes))
