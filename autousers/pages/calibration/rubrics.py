"""The pages of an autouser's rubric: its versions, what differs between two, and writing one."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api import differences, ids
from api.exceptions import BuiltInReadOnly
from autousers.models import WHOLE_PERSONA, Autouser, Rubric, RubricStatus
from autousers.pages.persona_page import PersonaPage
from autousers.personas import rubrics
from autousers.personas.access import RubricNotFound, find_own, find_rubric
from autousers.personas.rubrics import CRITERIA_LIMIT, MESSAGE_LIMIT
from autousers.personas.services import NAME_LIMIT
from autousers.rest.personas.rubric_serializers import (
    DIMENSION_LIMIT,
    RubricCreateSerializer,
    RubricUpdateSerializer,
)
from evaluations.pages.form.parts import Body, Part, line, problems_of, text
from evaluations.pages.refusals import Refused, told
from teams.auth.permissions import require_role
from teams.models import Role
from teams.pages import once

#: Versions on one page of the list.
SHOWN = 20

#: Versions that the choice of two offers.
OFFERED = 500


class RubricForm(Part):
    """A version as it is typed. Its fields are called as in the API."""

    plain = ("criteriaText", "dimensionId", "name", "commitMessage")
    criteriaText = text(
        "Rubric",
        CRITERIA_LIMIT,
        "The word of a fact, such as contrast, makes it count 1.5 times; “ignore contrast” leaves "
        "it out. “strict” and “lenient” count, too. A line “Adjust accessibility: -0.5” moves a "
        "dimension.",
        rows=14,
    )
    dimensionId = line("Dimension", DIMENSION_LIMIT, help_text="overall means all of them.")
    name = line("Name", NAME_LIMIT)
    commitMessage = line("What changed, and why", MESSAGE_LIMIT)
    activate = forms.BooleanField(label="Rate by it from now on")

    def sent(self) -> Body:
        """The body; empty fields that the API has a default for are left out."""
        body = self.body()
        left_out = ("dimensionId", "name")
        return {key: value for key, value in body.items() if value or key not in left_out}

    def refuse(self, param: str, message: str) -> bool:
        """Show a refusal at its field; False where there is none."""
        if param in self.fields:
            self.add_error(param, message)
        return param in self.fields


class RubricsPage(PersonaPage):
    """The versions of a rubric, and what differs between two of them."""

    template = "autousers/rubrics.html"
    home = "persona-rubrics"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The page; `from` and `to` name the versions that are compared, else the newest two."""
        autouser = self.autouser(id)
        versions = _versions(autouser)
        names = list(versions.values_list("pk", "version", "status")[:OFFERED])
        page = Paginator(versions, SHOWN).get_page(request.GET.get("page"))
        before, after = _pair(names, request.GET.get("from", ""), request.GET.get("to", ""))
        texts = Rubric.objects.filter(autouser=autouser).in_bulk(
            [pk for pk in (before, after) if pk]
        )
        return self.show(
            request,
            autouser=autouser,
            page=page,
            versions=page.object_list,
            names=names,
            before=texts.get(before),
            after=texts.get(after),
            lines=_difference(texts.get(before), texts.get(after)),
            number=once.fresh(),
        )

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Make a version the one that the autouser rates by."""
        autouser = find_own(self.principal, id, Role.EDITOR)
        rubric = find_rubric(autouser, request.POST.get("activate", ""))
        rubrics.update_rubric(rubric, {"status": RubricStatus.ACTIVE})
        messages.success(request, f"It rates by {rubric.label} now.")
        return redirect("persona-rubrics", id=autouser.pk)


class WriteRubricPage(PersonaPage):
    """Writing the next version, or another wording of one that is not frozen."""

    template = "autousers/rubric.html"
    home = "persona-rubrics"

    def get(self, request: HttpRequest, id: str, rubric: str = "") -> HttpResponse:
        """The form; a new version begins with the text of the newest one."""
        autouser = self._autouser(id)
        stored = self._stored(autouser, rubric)
        begun = stored or _versions(autouser).first()
        form = RubricForm(initial=_values(begun, copied=stored is None))
        return self.show_form(request, form, autouser, stored, version=_version(stored))

    def post(self, request: HttpRequest, id: str, rubric: str = "") -> HttpResponse:
        """Save it. The row of the autouser is locked meanwhile."""
        autouser = find_own(self.principal, id, Role.EDITOR)
        stored = find_rubric(autouser, rubric) if rubric else None
        if stored is not None and stored.is_frozen:
            raise rubrics.RubricFrozen(stored)
        form, present = RubricForm(request.POST), _version(stored)
        if stored is not None and request.POST.get("version") != present:
            return self.show_form(
                request, form, autouser, stored, status=HTTPStatus.CONFLICT, version=present,
                replaced=", ".join(_named(form, stored)),
            )  # fmt: skip
        try:
            with transaction.atomic(), told():
                saved = self._save(request, form, autouser, stored)
        except once.MadeAlready:
            messages.success(request, "This version was stored already.")
        except Refused as refused:
            others = [text for param, text in refused.problems if not form.refuse(param, text)]
            stored = self._stored(autouser, rubric)
            return self.show_form(
                request, form, autouser, stored, status=refused.status, others=others,
                version=present,
            )  # fmt: skip
        else:
            messages.success(request, f"Saved as {saved.label}.")
        return redirect("persona-rubrics", id=autouser.pk)

    def show_form(
        self,
        request: HttpRequest,
        form: RubricForm,
        autouser: Autouser,
        stored: Rubric | None,
        *,
        status: int = 200,
        **context: Any,
    ) -> HttpResponse:
        """The page."""
        problems = problems_of(form)
        number = once.fresh(request.POST.get(once.FIELD, ""))
        common = {"form": form, "autouser": autouser, "stored": stored, "number": number}
        return self.show(request, status=status, problems=problems, **common, **context)

    def _autouser(self, id: str) -> Autouser:
        """The autouser, for its Editors."""
        found = self.autouser(id)
        if found.team is None:
            raise BuiltInReadOnly("autouser")
        require_role(self.principal, found.team, Role.EDITOR)
        return found

    def _stored(self, autouser: Autouser, raw_id: str) -> Rubric | None:
        """The version that is changed; None for a new one."""
        if not raw_id:
            return None
        found = Rubric.objects.filter(autouser=autouser, pk=ids.parse(raw_id) or "").first()
        if found is None:
            raise RubricNotFound
        if found.is_frozen:
            raise rubrics.RubricFrozen(found)
        return found

    def _save(
        self, request: HttpRequest, form: RubricForm, autouser: Autouser, stored: Rubric | None
    ) -> Rubric:
        if stored is not None:
            sent = {name: value for name, value in form.sent().items() if name != "dimensionId"}
            rubrics.update_rubric(stored, RubricUpdateSerializer.parse(sent))
            return stored
        author = self.principal.user
        once.take(author, request.POST.get(once.FIELD, ""))
        return rubrics.add_rubric(
            autouser=autouser,
            author=author,
            values=RubricCreateSerializer.parse(form.sent()),
            activate=bool(form.typed("activate")),
        )


def _versions(autouser: Autouser) -> QuerySet[Rubric]:
    rows = Rubric.objects.filter(autouser=autouser).select_related("created_by")
    return rows.order_by("-version")


def _pair(
    names: list[tuple[str, int, str]], before: str, after: str
) -> tuple[str | None, str | None]:
    """The versions to compare: those that are named, or else the newest two."""
    known = [pk for pk, _, _ in names]
    second = after if after in known else next(iter(known), None)
    place = known.index(second) + 1 if second else 0
    first = before if before in known else next(iter(known[place:]), None)
    return first, second


def _difference(before: Rubric | None, after: Rubric | None) -> list[differences.Line]:
    if before is None or after is None:
        return []
    return differences.lines(before.criteria_text, after.criteria_text)


def _values(rubric: Rubric | None, *, copied: bool) -> dict[str, Any]:
    """The fields of the form; a copy has no message of its own yet."""
    if rubric is None:
        return {"dimensionId": WHOLE_PERSONA}
    return {
        "criteriaText": rubric.criteria_text,
        "dimensionId": rubric.dimension_id,
        "name": rubric.name,
        "commitMessage": "" if copied else rubric.commit_message or "",
    }


def _version(rubric: Rubric | None) -> str:
    """What tells two states of a version apart."""
    return f"{rubric.updated_at.isoformat()} {rubric.status}" if rubric else ""


def _named(form: RubricForm, stored: Rubric) -> list[str]:
    """What the fields are called that differ from what is stored."""
    before = _values(stored, copied=False)
    names = {"criteriaText": "the rubric", "name": "the name", "commitMessage": "what changed"}
    return [said for name, said in names.items() if (form.typed(name) or "") != before[name]]
