"""Where the template routes hang, below `/api/v1`, under both their names."""

from django.urls import URLPattern, path

from evaluations.rest import template_aliases as aliases
from evaluations.rest import template_views as views


def _routes(under: str, name: str, *kinds: type) -> list[URLPattern]:
    """The routes below one name: views for the list, drafts, one, copies, versions, reverting."""
    whole, draft, one, duplicate, versions, version, revert = (kind.as_view() for kind in kinds)  # type: ignore[attr-defined]
    return [
        path(under, whole, name=under),
        # Words come before ids: the first route that matches answers.
        path(f"{under}/draft-from-prompt", draft, name=f"{name}-draft"),
        path(f"{under}/<str:id>", one, name=name),
        path(f"{under}/<str:id>/duplicate", duplicate, name=f"{name}-duplicate"),
        path(f"{under}/<str:id>/versions", versions, name=f"{name}-versions"),
        path(f"{under}/<str:id>/versions/<str:versionId>", version, name=f"{name}-version"),
        path(f"{under}/<str:id>/revert", revert, name=f"{name}-revert"),
    ]


urlpatterns = [
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
