"""Parts of long lists: filters, one page after the other, and limits of the work.

A list is read from an index, newest first. Where a filter has no index, a page looks through a
bounded number of rows, and says so when there are more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from rest_framework.serializers import ValidationError

from api.rest.errors.exception_handler import flatten
from api.rest.pagination import beyond, newest_first
from api.rest.shapes import Shape

#: Rows of a page.
SHOWN = 25

#: Rows that one page looks through for a filter without an index.
LOOKED_THROUGH = 5_000


class Filters:
    """What a list is filtered by, as it stands in the address."""

    shape: ClassVar[type[Shape]]

    def __init__(self, request: HttpRequest) -> None:
        names = map(str, self.shape.shared().fields)
        sent = {name: request.GET.get(name, "").strip()[:200] for name in names}
        self.typed: dict[str, str] = {name: text for name, text in sent.items() if text}
        self.problems: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        try:
            self.values = self.shape.parse(self.typed)
        except ValidationError as error:
            self.problems = dict(flatten(error.detail))

    def __bool__(self) -> bool:
        return bool(self.typed)

    @property
    def query(self) -> str:
        """The filters, for the links to other pages of the list."""
        return urlencode(self.typed)


@dataclass(frozen=True)
class Part:
    """One page of a list."""

    rows: Sequence[Any]
    older: str | None = None
    """The id that the next page begins after."""
    is_later: bool = False
    """Whether there are newer rows before these."""
    looked_through: int = 0
    """How many rows were looked through, where more rows may fit further on."""


def part_of(
    rows: QuerySet[Any],
    *,
    sort: str,
    after: Any = None,
    fits: Q | None = None,
    shown: Callable[[Any], QuerySet[Any]] = lambda rows: rows,
) -> Part:
    """The rows after a place. `after` is the row that the page before ended with.

    `fits` is a condition that no index answers. With it, a page looks at the next
    `LOOKED_THROUGH` rows, and no further. `shown` adds what only the rows of the page need.
    """
    if after is not None:
        rows = rows.filter(beyond(sort, getattr(after, sort), after.pk, backwards=False))
    ordered, is_later = newest_first(rows, sort), after is not None
    last = None
    if fits is not None:
        last = ordered.values_list(sort, "pk")[LOOKED_THROUGH - 1 : LOOKED_THROUGH].first()
        ordered = ordered.filter(fits)
        if last is not None:
            ordered = ordered.filter(**{f"{sort}__gte": last[0]})
    found = list(shown(ordered)[: SHOWN + 1])
    if len(found) > SHOWN:
        return Part(found[:SHOWN], found[SHOWN - 1].pk, is_later)
    if last is not None:
        return Part(found, last[1], is_later, LOOKED_THROUGH)
    return Part(found, None, is_later)
