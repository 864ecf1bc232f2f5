"""Lists: what a view declares of one, and the GET that is made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.rest.pagination import (
    MAX_LIMIT,
    OLD_CURSOR,
    Page,
    PageQuery,
    Place,
    keyset_page,
    read_query,
)
from api.rest.shapes import Shape
from api.rest.views import ApiView


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list: how the OpenAPI document names it, and in which order and shape its rows are.

    Rows are sorted by the column `order`, greatest first. `id_prefix` is that of
    their ids. `filters` are the query parameters that `ListView.selected` reads.
    """

    operation_id: str
    summary: str
    description: str
    serializer: type[Shape]
    order: str = "created_at"
    default_limit: int = 20
    id_prefix: str = ""
    filters: Sequence[OpenApiParameter] = ()


class ListView(ApiView):
    """A list of rows that a caller may see, answered page by page.

    A subclass declares its `listing` and writes `rows`; the other methods have a
    default. Verbs other than GET are written out.
    """

    listing: ClassVar[Listing]

    def __init_subclass__(cls, **options: Any) -> None:
        """Give a view that declares a `listing` its GET."""
        if "listing" in vars(cls):
            cls.get = _operation(cls.listing)  # type: ignore[attr-defined]
        super().__init_subclass__(**options)

    def rows(self, request: Request, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        """All rows of the caller's list."""
        raise NotImplementedError

    def selected(self, rows: Any, request: Request) -> QuerySet[Any]:
        """Those that the query asks for, with all that a reply holds."""
        return rows

    def newest(self, request: Request, count: int) -> Sequence[Any] | None:
        """The first `count` of those, if there is a cheaper way to read them than `selected`."""
        return None

    def place(self, rows: Any, cursor: str) -> Place | None:
        """Where the row that a cursor names is, or was, in the list; None if it never was."""
        pk = ids.parse(cursor, self.listing.id_prefix) or ""
        return rows.filter(pk=pk).values_list(self.listing.order, "pk").first()

    def render(self, row: Any) -> dict[str, Any]:
        """One row of the reply."""
        return self.listing.serializer.render(row)

    def page(self, request: Request, **kwargs: Any) -> Response:
        """One page of the list. What the caller may not see is refused before the query is read."""
        rows = self.rows(request, **kwargs)
        query = read_query(request, default_limit=self.listing.default_limit)
        return self._page_of(rows, query).response(request, self.render)

    def _page_of(self, rows: Any, query: PageQuery) -> Page[Any]:
        if query.is_first_slice:
            newest = self.newest(self.request, query.limit + 1)
            if newest is not None:
                return Page(newest, query)
        return keyset_page(
            self.selected(rows, self.request),
            query,
            sort=self.listing.order,
            find_cursor=lambda cursor: self.place(rows, cursor),
        )


def _operation(listing: Listing) -> Any:
    """The GET of a list. Each view has a function of its own, which holds its schema."""

    def get(self: ListView, request: Request, **kwargs: Any) -> Response:
        return self.page(request, **kwargs)

    get.__doc__ = listing.description
    return extend_schema(
        operation_id=listing.operation_id,
        summary=listing.summary,
        parameters=[*page_parameters(listing.default_limit), *listing.filters],
        responses={200: list_of(listing.serializer)},
    )(get)


def list_of(item: type[Shape]) -> type[Shape]:
    """The shape of a page of items."""
    name = item.__name__.removesuffix("Serializer")
    fields = {
        "__doc__": f"A page of {name} objects.",
        "__module__": item.__module__,
        "data": item(many=True),
        "has_more": serializers.BooleanField(),
        "next_cursor": serializers.CharField(
            allow_null=True, required=False, help_text="Null on the last page."
        ),
    }
    return type(f"{name}ListSerializer", (Shape,), fields)


def page_parameters(default_limit: int) -> list[OpenApiParameter]:
    """The query parameters of every list."""
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": default_limit}
    cursor = {"type": "string", "minLength": 1}
    return [
        OpenApiParameter("limit", limit, description="How many items."),
        OpenApiParameter(
            "starting_after", cursor, description="Items after (older than) this one."
        ),
        OpenApiParameter(
            "ending_before", cursor, description="Items before (newer than) this one."
        ),
        OpenApiParameter(
            OLD_CURSOR, cursor, deprecated=True, description="Old name of starting_after."
        ),
    ]
