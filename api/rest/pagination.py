"""Paging through lists by cursor.

A cursor is the id of an item. Rows have one fixed order, newest first: by a sort column, then by
id. A page holds the rows after the cursor's row in that order (keyset), so that new and deleted
rows cause no gaps.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from api.exceptions import InvalidRequest
from api.rest import deprecation

MAX_LIMIT = 100

#: Characters of a page, as JSON: with so many or more it ends, and says that there is more.
MOST_CHARACTERS = 2_000_000

#: Rows that are fetched at a time, because a row can be as large as a body: the default limits
#: need one look.
SLICE = 26

#: The old name of `starting_after`.
OLD_CURSOR = "cursor"


#: Where an item is in its list: the value that the list is sorted by, and the id.
Place = tuple[Any, str]


class Named(Protocol):
    """An item of a list, named by its id in cursors. Rows of the database are such items."""

    @property
    def pk(self) -> Any:
        """Its id."""


class Placed(Named, Protocol):
    """An item that knows its place in its list."""

    @property
    def place(self) -> Place:
        """The sort key; the greatest comes first."""


Item = TypeVar("Item", bound=Named)
Row = TypeVar("Row", bound=Model)
PlacedItem = TypeVar("PlacedItem", bound=Placed)


class InvalidCursor(InvalidRequest):
    """The cursor is not the id of an item of this list."""

    code = "invalid_cursor"

    def __init__(self, param: str) -> None:
        super().__init__(f"{param} names no item of this list.", param=param)


@dataclass(frozen=True)
class PageQuery:
    """The paging parameters: number of rows, cursor and direction."""

    limit: int
    cursor: str | None = None
    param: str = ""

    @property
    def backwards(self) -> bool:
        """Whether the rows before the cursor (newer ones) are wanted."""
        return self.param == "ending_before"

    @property
    def is_first_slice(self) -> bool:
        """Whether the front of the list is wanted, and no more rows than are fetched at a time."""
        return self.cursor is None and self.limit < SLICE

    @property
    def deprecated(self) -> bool:
        """Whether the caller used the old name of `starting_after`."""
        return self.param == OLD_CURSOR


def read_query(request: Request, *, default_limit: int) -> PageQuery:
    """Read the paging parameters of a request.

    Raises:
        InvalidRequest: for a limit outside 1 to 100, or two cursors at once.
        RouteSunset: for the old cursor, once its time is over and that is enforced.
    """
    query = request.query_params
    text = query.get("limit", str(default_limit))
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise InvalidRequest(f"limit must be a whole number from 1 to {MAX_LIMIT}.", param="limit")
    given = [name for name in ("starting_after", "ending_before", OLD_CURSOR) if name in query]
    if len(given) > 1:
        raise InvalidRequest(f"Send only one of {' and '.join(given)}.", param=given[1])
    if not given:
        return PageQuery(limit=int(text))
    if given == [OLD_CURSOR]:
        deprecation.refuse_after_sunset(
            f"The parameter {OLD_CURSOR}", "starting_after", param=OLD_CURSOR
        )
    return PageQuery(limit=int(text), cursor=query[given[0]], param=given[0])


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list: the items nearest to the cursor, fetched as they are needed."""

    rows: Iterable[Item]
    query: PageQuery

    def response(self, request: Request, render: Callable[[Any], dict[str, Any]]) -> Response:
        """The page as a reply. It ends at the limit, or earlier if it is large."""
        data: list[dict[str, Any]] = []
        size, last, has_more = 0, "", False
        for row in self.rows:
            if len(data) == self.query.limit or size >= MOST_CHARACTERS:
                has_more = True
                break
            data.append(render(row))
            size += len(json.dumps(data[-1], default=str))
            last = str(row.pk)
        if self.query.backwards:
            data.reverse()
        next_cursor = last if has_more else None
        response = Response({"data": data, "has_more": has_more, "next_cursor": next_cursor})
        if self.query.deprecated:
            deprecation.mark(response, _with_new_cursor(request))
        return response


def _with_new_cursor(request: Request) -> str:
    query = request.query_params.copy()
    query.setlist("starting_after", query.pop(OLD_CURSOR))
    return f"{settings.PUBLIC_URL}{request.path}?{query.urlencode()}"


def keyset_page(
    queryset: QuerySet[Row],
    query: PageQuery,
    *,
    sort: str,
    find_cursor: Callable[[str], Place | None],
) -> Page[Row]:
    """Fetch one page, newest first by `sort` and then by id.

    `find_cursor` gives the sort value and id of the item a cursor names, or
    None when this caller's list has no such item.

    Raises:
        InvalidCursor: when it has none.
    """
    if query.cursor is not None:
        place = find_cursor(query.cursor)
        if place is None:
            raise InvalidCursor(query.param)
        queryset = queryset.filter(beyond(sort, *place, backwards=query.backwards))
    return Page(rows=_slices(queryset, query, sort), query=query)


def _slices(queryset: QuerySet[Row], query: PageQuery, sort: str) -> Iterator[Row]:
    """The rows of a page and one more, from the cursor on, fetched a few at a time."""
    rows, left = newest_first(queryset, sort, backwards=query.backwards), query.limit + 1
    while left:
        fetched = list(rows[: min(left, SLICE)])
        yield from fetched
        left -= len(fetched)
        if len(fetched) < SLICE:
            return
        last = fetched[-1]
        rows = rows.filter(beyond(sort, getattr(last, sort), last.pk, backwards=query.backwards))


def newest_first(queryset: QuerySet[Row], sort: str, *, backwards: bool = False) -> QuerySet[Row]:
    """The order of a list, or its reverse."""
    direction = "" if backwards else "-"
    return queryset.order_by(f"{direction}{sort}", f"{direction}pk")


def list_page(
    rows: Sequence[PlacedItem],
    query: PageQuery,
    *,
    find_cursor: Callable[[str], Place | None],
) -> Page[PlacedItem]:
    """One page of a short list in memory, newest first.

    Raises:
        InvalidCursor: when the list has no item that the cursor names.
    """
    place = None if query.cursor is None else find_cursor(query.cursor)
    if query.cursor is not None and place is None:
        raise InvalidCursor(query.param)
    if query.backwards:
        return Page([row for row in rows[::-1] if place is None or row.place > place], query)
    return Page([row for row in rows if place is None or row.place < place], query)


def beyond(sort: str, value: Any, pk: str, *, backwards: bool) -> Q:
    """The condition for rows after a place, or before it.

    The first condition repeats the second in a weaker form, because an index
    can start its scan from it, and not from an OR.
    """
    operator = "gt" if backwards else "lt"
    tie = Q(**{sort: value}) & Q(**{f"pk__{operator}": pk})
    return Q(**{f"{sort}__{operator}e": value}) & (Q(**{f"{sort}__{operator}": value}) | tie)
