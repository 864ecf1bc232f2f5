"""The floor: what a request costs at the least, behind the server's own middleware.

One raw query and a `JsonResponse`, without credential, rate limit, validation
or ORM. No view that does its work can be as cheap; the ratio to it says how
much the work costs.
"""

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import include, path

PAGE = 20


def evaluation(request: HttpRequest, id: str) -> JsonResponse:
    """One row, by its key."""
    return JsonResponse(_rows("WHERE id = %s", id)[0])


def evaluations(request: HttpRequest) -> JsonResponse:
    """A page of rows, by the index of the list."""
    newest_first = "ORDER BY team_id, updated_at DESC, id DESC"
    return JsonResponse({"data": _rows(f"{newest_first} LIMIT %s", PAGE)})


def _rows(condition: str, value: object) -> list[dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM evaluations_evaluation {condition}", [value])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


urlpatterns = [
    path("floor/evaluations/<str:id>", evaluation),
    path("floor/evaluations", evaluations),
    path("", include("config.urls")),
]
