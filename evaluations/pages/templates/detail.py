"""The page of one template: what raters are asked, where it is used, and its versions."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from evaluations.models import EvaluationType, Template
from evaluations.pages.templates.template_page import TemplatePage, studies_with
from evaluations.templates.shapes import changeable
from teams.pages import once

#: Studies, and versions, on this page.
STUDIES_SHOWN = 10
VERSIONS_SHOWN = 5

SSE, SXS = EvaluationType.SSE.value, EvaluationType.SXS.value

#: What the types are called.
TYPES = {
    "TEXT_SXS": "Single designs from 1 to 5, and pairs",
    "MEDIA_SXS": "Single designs from 1 to 5, and pairs; pictures and films",
    "TEXT_SSE": "Single designs on its own scale, and pairs",
    "MEDIA_SSE": "Single designs on its own scale, and pairs; pictures and films",
}


class TemplateDetailPage(TemplatePage):
    """One template."""

    template = "library/template.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The page."""
        found = self.found(id)
        told = changeable(found)
        return self.show(
            request,
            found=found,
            told=told,
            kind=TYPES[found.type],
            steps=steps_of(found, told),
            members=_members(found, told),
            studies=list(studies_with(found, self.principal)[:STUDIES_SHOWN]),
            versions=list(
                found.versions.defer("snapshot")
                .select_related("changed_by")
                .order_by("-version")[:VERSIONS_SHOWN]
            ),
            number=once.fresh(),
        )


def _members(found: Template, told: Mapping[str, Any]) -> list[tuple[Template, str]]:
    """The dimensions of a set in its order, each with its scale in words."""
    listed = [entry["id"] for entry in told.get("dimensions") or []]
    rows = {row.key: row for row in found.members.defer("content")}
    return [(rows[key], _said(rows[key].scale_for(SSE))) for key in listed if key in rows]


def steps_of(
    found: Template, told: Mapping[str, Any]
) -> list[tuple[str, str, list[tuple[int, str]]]]:
    """The scales: for whom, from where to where, and each step with its label."""
    single, pair = found.scale_for(SSE), found.scale_for(SXS)
    return [
        ("One design", _said(single), _named(single, told.get("sseScaleLabels"))),
        ("A pair", _said(pair), _named(pair, told.get("sxsScaleLabels"))),
    ]


def _said(bounds: tuple[int, int]) -> str:
    """A scale in words."""
    low, high = bounds
    if low < 0 and low == -high:
        return f"{high} step{'s' if high > 1 else ''} to each side"
    return f"from {low} to {high}"


def _named(bounds: tuple[int, int], labels: Any) -> list[tuple[int, str]]:
    """Each step with its label, where there are as many labels as steps."""
    steps = range(bounds[0], bounds[1] + 1)
    if isinstance(labels, list) and len(labels) == len(steps):
        return [(abs(step) if bounds[0] < 0 else step, label)
                for step, label in zip(steps, labels, strict=True)]  # fmt: skip
    return []
