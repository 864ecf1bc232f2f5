"""The routes of evaluations and of templates, which have two names, below `/api/v1`."""

from django.urls import URLPattern, path

from evaluations.rest import template_aliases as aliases
from evaluations.rest import template_views as views
from evaluations.rest.draft_views import EvaluationDraftView
from evaluations.rest.evaluation_views import EvaluationListView, EvaluationView


def _routes(under: str, name: str, *kinds: type) -> list[URLPattern]:
    """The routes below one name; views: list, draft, one, copy, versions, version, revert."""
    whole, draft, one, duplicate, versions, version, revert = (kind.as_view() for kind in kinds)  # type: ignore[attr-defined]
    return [
        path(under, whole, name=under),
        # Fixed words come before ids: the first matching route answers.
        path(f"{under}/draft-from-prompt", draft, name=f"{name}-draft"),
        path(f"{under}/<str:id>", one, name=name),
        path(f"{under}/<str:id>/duplicate", duplicate, name=f"{name}-duplicate"),
        path(f"{under}/<str:id>/versions", versions, name=f"{name}-versions"),
        path(f"{under}/<str:id>/versions/<str:versionId>", version, name=f"{name}-version"),
        path(f"{under}/<str:id>/revert", revert, name=f"{name}-revert"),
    ]


urlpatterns = [
    path("evaluations", EvaluationListView.as_view(), name="evaluations"),
    path("evaluations/<str:id>", EvaluationView.as_view(), name="evaluation"),
    path("evaluations/<str:id>/draft", EvaluationDraftView.as_view(), name="evaluation-draft"),
    *_routes(
        "templates",
        "template",
        views.TemplateListView,
        views.TemplateDraftView,
        views.TemplateView,
        views.TemplateDuplicateView,
        views.TemplateVersionListView,
        views.TemplateVersionView,
        views.TemplateRevertView,
    ),
    *_routes(
        "dimensions",
        "dimension",
        aliases.DimensionListView,
        aliases.DimensionDraftView,
        aliases.DimensionView,
        aliases.DimensionDuplicateView,
        aliases.DimensionVersionListView,
        aliases.DimensionVersionView,
        aliases.DimensionRevertView,
    ),
]
