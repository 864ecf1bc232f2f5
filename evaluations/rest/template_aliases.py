"""The template routes under their old name, `/dimensions`."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view

from api.rest.deprecation import DeprecatedAliasMixin
from api.rest.views import ApiView
from evaluations.rest import template_views as views

ALIAS, SUCCESSOR = "/dimensions", "/templates"


def _alias(view: type[ApiView], **operations: str) -> type[ApiView]:
    """A view under the old name; `operations` maps its methods to operation ids."""
    name = view.__name__.replace("Template", "Dimension")
    made: Any = type(
        name,
        (DeprecatedAliasMixin, view),
        {
            "__doc__": view.__doc__,
            "__module__": __name__,
            "alias": ALIAS,
            "successor": SUCCESSOR,
        },
    )
    schemas = {
        method: extend_schema(operation_id=operation, tags=["Dimensions"])
        for method, operation in operations.items()
    }
    return extend_schema_view(**schemas)(made)


DimensionListView = _alias(views.TemplateListView, get="getDimensions", post="postDimensions")
DimensionView = _alias(
    views.TemplateView,
    get="getDimensionsId",
    patch="patchDimensionsId",
    delete="deleteDimensionsId",
)
DimensionDuplicateView = _alias(views.TemplateDuplicateView, post="postDimensionsIdDuplicate")
DimensionVersionListView = _alias(views.TemplateVersionListView, get="getDimensionsIdVersions")
DimensionVersionView = _alias(views.TemplateVersionView, get="getDimensionsIdVersionsVersionId")
DimensionRevertView = _alias(views.TemplateRevertView, post="postDimensionsIdRevert")
DimensionDraftView = _alias(views.TemplateDraftView, post="postDimensionsDraftFromPrompt")
