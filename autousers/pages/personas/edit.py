"""The pages on which an autouser is made, from a sentence or by hand, and changed."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.exceptions import BuiltInReadOnly
from api.rest.bodies import PROMPT_LIMIT, DraftPromptSerializer
from autousers.drafting.personas import draft_persona
from autousers.models import Autouser
from autousers.pages.persona_page import PersonaPage
from autousers.pages.personas import form as fields
from autousers.pages.personas.form import PersonaForm
from autousers.personas import services
from autousers.personas.access import find_own
from autousers.rest.personas.persona_serializers import (
    AutouserCreateSerializer,
    AutouserUpdateSerializer,
)
from evaluations.pages.form.parts import problems_of, typed_text
from evaluations.pages.refusals import Refused, told
from teams.auth.permissions import require_role
from teams.models import Role
from teams.pages import once

#: What the fields are called in the note about a change of somebody else.
NAMES = {
    "name": "the name",
    "description": "the description",
    "role": "the role",
    "systemPrompt": "who it is",
    "status": "the state",
    "capabilities": "how it is",
    "config": "how it looks",
}
EMPTY_PROMPT = "Must not be empty."


class PersonaFormPage(PersonaPage):
    """Base of both pages. A refusal stands at its field, and nothing typed is lost."""

    template = "autousers/edit.html"

    def show_form(
        self, request: HttpRequest, form: PersonaForm, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        """The page with a form, and what is wrong with it."""
        problems = problems_of(form)
        return self.show(request, status=status, form=form, problems=problems, **context)

    def refused(
        self, request: HttpRequest, form: PersonaForm, refused: Refused, **context: Any
    ) -> HttpResponse:
        """The page with what a rule refused."""
        others = [text for param, text in refused.problems if not form.refuse(param, text)]
        return self.show_form(request, form, status=refused.status, others=others, **context)


class NewPersonaPage(PersonaFormPage):
    """Making an autouser in the team that the person acts on; a form that is sent twice makes one.

    A sentence fills in what is empty. What was typed stays.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        require_role(self.principal, self.team, Role.EDITOR)
        return self.show_form(request, _form(fields.values_of_body(fields.NEW)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Fill in the form from the sentence, or save it."""
        require_role(self.principal, self.team, Role.EDITOR)
        form = PersonaForm(request.POST)
        if request.POST.get("do") == "draft":
            return self._draft(request, form)
        try:
            with transaction.atomic(), told():
                made = self._save(request, form)
        except once.MadeAlready:
            messages.success(request, "This autouser was made already. It is in the list.")
            return redirect("personas")
        except Refused as refused:
            return self.refused(request, form, refused)
        messages.success(request, "Saved.")
        return redirect("persona", id=made.pk)

    def show_form(
        self, request: HttpRequest, form: PersonaForm, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        """The page; a form that comes back keeps its number and its sentence."""
        common = {
            "number": once.fresh(request.POST.get(once.FIELD, "")),
            "prompt": typed_text(request.POST.get("prompt", "")),
            "prompt_limit": PROMPT_LIMIT,
        }
        return super().show_form(request, form, status=status, **{**common, **context})

    def _draft(self, request: HttpRequest, form: PersonaForm) -> HttpResponse:
        try:
            with told():
                sent = {"prompt": typed_text(request.POST.get("prompt", ""))}
                prompt = DraftPromptSerializer.parse(sent)["prompt"]
        except Refused as refused:
            error = refused.problems[0][1]
            status = HTTPStatus.BAD_REQUEST
            return self.show_form(request, _form(form.values()), status=status, prompt_error=error)
        draft = draft_persona(prompt)
        shown = _form(fields.filled(form.values(), draft.body))
        return self.show_form(request, shown, draft=draft)

    def _save(self, request: HttpRequest, form: PersonaForm) -> Autouser:
        once.take(self.principal.user, request.POST.get(once.FIELD, ""))
        body = fields.body_of_values(form.values(), fields.NEW)
        values = AutouserCreateSerializer.parse(body)
        return services.create_autouser(team=self.team, author=self.principal.user, values=values)


class EditPersonaPage(PersonaFormPage):
    """Changing an autouser. Two people who change it at once are told before anything is saved."""

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The form, filled in."""
        stored = self.autouser(id)
        self._require(stored)
        form = _form(fields.values_of_body(fields.stored_body(stored)))
        return self.show_form(request, form, autouser=stored, version=version_of(stored))

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Save what differs. The row is locked meanwhile."""
        stored = find_own(self.principal, id, Role.EDITOR)
        form, present = PersonaForm(request.POST), version_of(stored)
        body = fields.stored_body(stored)
        if request.POST.get("version") != present:
            replaced = ", ".join(NAMES[name] for name in form.changes(body))
            return self.show_form(
                request, form, status=HTTPStatus.CONFLICT, autouser=stored, version=present,
                replaced=replaced,
            )  # fmt: skip
        try:
            with transaction.atomic(), told():
                self._save(stored, form.changes(body))
        except Refused as refused:
            stored = self.autouser(id)
            return self.refused(request, form, refused, autouser=stored, version=present)
        messages.success(request, "Saved.")
        return redirect("persona", id=stored.pk)

    def _require(self, stored: Autouser) -> None:
        """The rights that the API asks for."""
        if stored.team is None:
            raise BuiltInReadOnly("autouser")
        require_role(self.principal, stored.team, Role.EDITOR)

    def _save(self, stored: Autouser, changes: dict[str, Any]) -> None:
        values = AutouserUpdateSerializer.parse(changes)
        if changes.get("systemPrompt") == "":  # which the API takes for "as it is"
            raise Refused([("systemPrompt", EMPTY_PROMPT)])
        services.update_autouser(stored, values)


def version_of(autouser: Autouser) -> str:
    """What tells two states of an autouser apart: each change writes the moment."""
    return autouser.updated_at.isoformat()


def _form(values: dict[str, Any]) -> PersonaForm:
    return PersonaForm(initial=values)
