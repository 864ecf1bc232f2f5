"""The versions of a template: what differs between two of them, and going back to one."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api import differences
from evaluations.models import TemplateVersion
from evaluations.pages.templates.template_page import TemplatePage
from evaluations.templates import services
from evaluations.templates.access import find_to_change, find_version

#: Versions on one page of the list, and in the choice of two.
SHOWN = 20
OFFERED = 500

#: What the fields of a snapshot are called, in the order of the page.
LABELS = {
    "name": "Name",
    "description": "What it is about",
    "type": "What it rates",
    "scaleType": "Scale of pairs",
    "scaleMin": "Lowest",
    "scaleMax": "Highest",
    "sseQuestion": "Question about one design",
    "scaleQuestion": "Question about a pair",
    "guidelines": "Guidelines",
    "factors": "To look at",
    "sseCriteria": "To look at in one design",
    "criteria": "Criteria",
    "dimensions": "Questions of the set",
    "sseScaleLabels": "Words for one design",
    "sxsScaleLabels": "Words for pairs",
    "customQuestions": "Questions in words",
    "openTextEnabled": "Asks for words",
    "status": "State",
}

#: Fields of a snapshot that are no content.
UNTOLD = frozenset({"id", "isSystem", "version", "createdAt", "updatedAt", "teamId", "source"})


class TemplateVersionsPage(TemplatePage):
    """The versions of a template, and what differs between two of them."""

    template = "library/template_versions.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The page; `from` and `to` are numbers of versions, else the newest two."""
        found = self.found(id)
        rows = found.versions.defer("snapshot").select_related("changed_by").order_by("-version")
        numbers = list(found.versions.order_by("-version").values_list("version", flat=True))
        numbers = numbers[:OFFERED]
        before, after = _pair(numbers, request.GET.get("from", ""), request.GET.get("to", ""))
        texts = {one.version: one for one in found.versions.filter(version__in=[before, after])}
        page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
        return self.show(
            request,
            found=found,
            page=page,
            versions=page.object_list,
            numbers=numbers,
            before=before,
            after=after,
            parts=_differences(texts.get(before), texts.get(after)),
        )

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Go back to a version, as `POST /templates/{id}/revert` does."""
        found = find_to_change(self.principal, id)
        if request.POST.get("version") != str(found.version):
            messages.error(request, "It was changed after you opened this page. Please look again.")
            return redirect("template-versions-page", id=found.pk)
        wanted = find_version(found, request.POST.get("to", ""))
        changed = services.revert_template(
            template=found, version=wanted, author=self.principal.user
        )
        back = f"It says again what version {wanted.version} said."
        messages.success(request, f"{back} This is version {found.version}." if changed else back)
        return redirect("template-page", id=found.pk)


def _pair(numbers: list[int], before: str, after: str) -> tuple[int, int]:
    """The versions to compare: those that are named, or else the newest two; 0 for none."""
    second = next((one for one in numbers if str(one) == after), next(iter(numbers), 0))
    older = next((one for one in numbers if one < second), 0)
    return next((one for one in numbers if str(one) == before), older), second


def _differences(
    before: TemplateVersion | None, after: TemplateVersion | None
) -> list[tuple[str, list[differences.Line]]]:
    """The fields that differ: what each is called, and its difference."""
    if before is None or after is None:
        return []
    names = [*LABELS, *sorted((before.snapshot.keys() | after.snapshot.keys()) - LABELS.keys())]
    found = [
        (LABELS.get(name, name), differences.lines(_text(before, name), _text(after, name)))
        for name in names
        if name not in UNTOLD
    ]
    return [(label, lines) for label, lines in found if lines]


def _text(version: TemplateVersion, name: str) -> str:
    """A field of a version as lines of text."""
    return "\n".join(_lines(version.snapshot.get(name)))


def _lines(value: Any) -> list[str]:
    if isinstance(value, list):
        return [_line(one) for one in value]
    if isinstance(value, Mapping):
        return [f"{key}: {_line(one)}" for key, one in value.items()]
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    return [] if value in (None, "") else str(value).splitlines()


def _line(value: Any) -> str:
    """One entry of a list: its texts, without its id where it has others."""
    if isinstance(value, Mapping):
        told = [str(one) for key, one in value.items() if key != "id" and one not in (None, "")]
        return ": ".join(told) or str(value.get("id", ""))
    return str(value)
