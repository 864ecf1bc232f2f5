"""The form of a template. It validates nothing: the serializers of the API do."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from api import ids
from evaluations.models import DESCRIPTION_LIMIT, NAME_LIMIT, ScaleType, TemplateType
from evaluations.pages.form.parts import Body, Part, Row, line, number, problems_of, text, whole
from evaluations.pages.form.rows import Rows, numbered
from evaluations.pages.templates.detail import TYPES
from evaluations.templates.scales import LIMIT
from evaluations.templates.shapes import GUIDELINES_LIMIT, LABEL_LIMIT, TEXT_LIMIT

KINDS = (("one", "One question"), ("set", "A set of questions"))
STEPS = (("THREE_POINT", "3 steps"), ("FIVE_POINT", "5 steps"), ("SEVEN_POINT", "7 steps"))

#: A new template, as the API makes one.
NEW: Body = {
    "name": "",
    "type": TemplateType.TEXT_SXS.value,
    "scaleType": ScaleType.SEVEN_POINT.value,
    "scaleMin": 1,
    "scaleMax": 7,
}

#: Fields with one label in a line.
LABELS = ("sseScaleLabels", "sxsScaleLabels")


class TemplateForm(Part):
    """The fields of a template, called as in the API. `kind` says which of them count."""

    plain = (
        "name", "description", "type", "scaleType", "sseQuestion", "scaleQuestion", "guidelines",
        "sourceBuiltInId",
    )  # fmt: skip
    kind = forms.ChoiceField(label="What is it?", choices=KINDS, widget=forms.RadioSelect)
    name = line("Name", NAME_LIMIT, help_text="Raters see it above the question.")
    description = text(
        "What it is about", DESCRIPTION_LIMIT, "Choices of questions show it.", rows=2
    )
    type = forms.ChoiceField(label="What it rates", choices=tuple(TYPES.items()))
    scaleType = forms.ChoiceField(label="Scale of pairs", choices=STEPS)
    scaleMin = number("Scale of one design: lowest", -LIMIT, LIMIT)
    scaleMax = number("Highest", -LIMIT, LIMIT)
    sseQuestion = line("Question about one design", LABEL_LIMIT)
    scaleQuestion = line("Question about a pair", LABEL_LIMIT)
    sseScaleLabels = text(
        "Words for the steps of one design, one in a line", 5_000, "Lowest first."
    )
    sxsScaleLabels = text(
        "Words for the steps of a pair, one in a line", 5_000, "From “A is much better” on."
    )
    guidelines = text("Guidelines", GUIDELINES_LIMIT, "What raters are to look at, or leave aside.")
    openTextEnabled = forms.BooleanField(label="Ask raters for words, too")
    sourceBuiltInId = forms.CharField(widget=forms.HiddenInput)

    def body(self) -> Body:
        """The fields for a body of the API."""
        bounds = {name: whole_or_negative(self.typed(name)) for name in ("scaleMin", "scaleMax")}
        labels = {name: _lines(self.typed(name)) for name in LABELS}
        asked = bool(self.typed("openTextEnabled"))
        return {**super().body(), **bounds, **labels, "openTextEnabled": asked}


class Factor(Row):
    """Something to look at."""

    plain = ("label", "description")
    first = "label"
    label = line("To look at", LABEL_LIMIT)
    description = line("What it means", TEXT_LIMIT)

    def entry(self, kept: Mapping[str, Any]) -> Body | None:
        """The factor; the API asks for both fields."""
        found = super().entry(kept)
        if found is None:
            return None
        own = {"id": self.typed("id")} if self.typed("id") else {}
        return {**own, "description": "", "label": "", **found}


class Question(Row):
    """A question that is answered in words."""

    plain = ("text",)
    first = "text"
    text = line("Question", 1_000)


class Member(Row):
    """A dimension of a set."""

    plain = ("label", "scale")
    first = "label"
    label = line("Name", NAME_LIMIT)
    scale = line("Scale of its own", 20, help_text="For example 1-5. Empty: that of the set.")

    def entry(self, kept: Mapping[str, Any]) -> Body | None:
        """The dimension; a new one gets an id that no other set has."""
        found = super().entry(kept)
        if found is None:
            return None
        return {"id": f"{slug(found.get('label', ''))}-{ids.cuid()[-6:]}", "label": "", **found}


class Sheet:
    """The fields and rows of one form."""

    def __init__(
        self, stored: Body, data: QueryDict | None = None, shown: Body | None = None
    ) -> None:
        """`stored` is what changes are compared with; `shown` what an unsent form begins with."""
        self.stored = stored
        begins = stored if shown is None else shown
        self.form = TemplateForm(data, initial=_initial(begins))
        self.rows = {
            name: Rows(name, row, begins.get(name) or [], data)
            for name, row in (
                ("factors", Factor), ("customQuestions", Question), ("dimensions", Member),
            )
        }  # fmt: skip
        self.errors: list[str] = []

    def typed(self) -> Body:
        """All that is typed, as a body of the API."""
        factors = numbered(self.rows["factors"].entries(), "f")
        found: Body = {
            **self.form.body(),
            "factors": factors,
            "customQuestions": numbered(self.rows["customQuestions"].entries(), "q"),
            "dimensions": self.rows["dimensions"].entries() if self.is_set else [],
        }
        if self.stored.get("sseCriteria", []) == self.stored.get("factors", []):
            found["sseCriteria"] = factors
        return found

    def changes(self) -> Body:
        """The fields that differ from what is stored; an empty one is as good as none."""
        return {
            name: value
            for name, value in self.typed().items()
            if (self.stored.get(name) or None) != (value or None)
        }

    @property
    def is_set(self) -> bool:
        """Whether it is a set of dimensions."""
        return bool(self.form.typed("kind") == "set")

    def refuse(self, param: str, message: str) -> None:
        """Show a refusal at the field that it names, or above the form."""
        name, _, rest = param.partition(".")
        position, _, field = rest.partition(".")
        if name in self.rows and self.rows[name].refuse(position, field, message):
            return
        if name in self.form.fields:
            self.form.add_error(name, message)
        elif name != "sseCriteria":  # which says what `factors` says
            self.errors.append(message)

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Each refusal at a field: the id of the field, and the text."""
        rows = [row for rows in self.rows.values() for _, row in rows]
        return problems_of(self.form, *rows)


def filled(typed: Body, draft: Body) -> Body:
    """What was typed, and from a draft what is empty or as in a new template."""
    new = {**NEW, "dimensions": [], "factors": [], "sseCriteria": []}
    taken = {
        name: value
        for name, value in draft.items()
        if not typed.get(name) or typed[name] == new.get(name)
    }
    return {**typed, **taken}


def slug(name: str) -> str:
    """A name in letters that an address has."""
    letters = "".join(each if each.isascii() and each.isalnum() else "-" for each in name.lower())
    return "-".join(part for part in letters.split("-") if part)[:40] or "dimension"


def whole_or_negative(typed: Any) -> Any:
    """A typed number, also below zero."""
    told = str(typed if typed is not None else "")
    found = whole(told.removeprefix("-"))
    if not isinstance(found, int):
        return told
    return -found if told.startswith("-") else found


def _initial(body: Body) -> dict[str, Any]:
    return {
        **{name: body.get(name) or "" for name in TemplateForm.plain},
        **{name: "\n".join(body.get(name) or []) for name in LABELS},
        "scaleMin": body.get("scaleMin"),
        "scaleMax": body.get("scaleMax"),
        "openTextEnabled": bool(body.get("openTextEnabled")),
        "kind": "set" if body.get("dimensions") else "one",
    }


def _lines(typed: str | None) -> list[str]:
    """The lines of a field; empty ones at its end do not count."""
    return [line.strip() for line in typed.split("\n")] if typed else []
