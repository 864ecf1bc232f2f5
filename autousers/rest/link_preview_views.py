"""`GET /link-preview`."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.exceptions import InvalidRequest
from api.rest.fields import Text, Url
from api.rest.shapes import Shape
from api.rest.views import ApiView
from autousers.link_previews.reading import LinkPreview
from autousers.link_previews.services import preview
from teams.auth.principals import principal_of


class LinkPreviewSerializer(Shape):
    """What the page at an address says of itself; null where it says nothing."""

    url = Url(help_text="Where the page was found, after redirects.")
    title = Text(allow_null=True)
    description = Text(allow_null=True)
    image = Text(allow_null=True, help_text="The address of a picture; it is not fetched.")
    siteName = Text(source="site_name", allow_null=True)

    @classmethod
    def reply(cls, found: LinkPreview) -> dict[str, object]:
        """The whole reply."""
        return cls.render(found)


@extend_schema(tags=["Other"])
class LinkPreviewView(ApiView):
    """What an address leads to."""

    @extend_schema(
        operation_id="getLinkPreview",
        summary="Preview a URL",
        parameters=[
            OpenApiParameter(
                "url",
                {"type": "string", "format": "uri"},
                required=True,
                description="A page on the public web.",
            )
        ],
        responses={200: LinkPreviewSerializer},
    )
    def get(self, request: Request) -> Response:
        """Fetch the page, without its parts, and answer what its head says.

        Only addresses that an autouser may look at are fetched, for four seconds at most; 30 times
        a minute for each person. What cannot be fetched is 400 `link_unreachable`.
        """
        url = request.query_params.get("url", "")
        if not url:
            raise InvalidRequest("The query needs a url.", param="url")
        found = preview(url=url, person_id=principal_of(request).person)
        return Response(LinkPreviewSerializer.reply(found))
