"""`/admin/find`: what a support request quotes, looked up wherever it may stand.

An id, with or without its prefix, a request id, the beginning of a key, or an address. Each table
is asked by an index, and only those that the operator may see. A single match is opened at once.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from api import ids
from api.email_addresses import normal_address
from teams.models import ApiKey

#: What is shown of one table.
MOST = 20

#: The longest text that is looked up.
LONGEST = 320

#: What identifies a row beside its key; each column has an index.
ALSO = {
    "api.requestlog": "request_id",
    "evaluations.evaluation": "share_token",
    "teams.apikey": "prefix",
    "teams.invitation": "email",
    "teams.user": "email",
    "webhooks.webhookevent": "request_id",
}

#: How a text becomes the value of such a column.
FORMS: dict[str, Callable[[str], str]] = {
    "pk": lambda text: ids.parse(text) or text,
    "email": normal_address,
    "prefix": lambda text: text[: len(ApiKey.MARK) + ApiKey.SHOWN],
}


class Found(NamedTuple):
    """A row, and its page."""

    kind: str
    url: str
    text: str


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Open what was found, or list it."""
    sought = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    found = list(_found(request, sought)) if sought else []
    if len(found) == 1:
        return redirect(found[0].url)
    context = admin.site.each_context(request)
    context |= {"title": "Find", "sought": sought, "found": found, "most": MOST}
    return render(request, "admin/find.html", context)


def _found(request: HttpRequest, sought: str) -> Iterator[Found]:
    for model, model_admin in admin.site._registry.items():
        if model._meta.pk.remote_field:
            continue  # such rows have the id of another one
        if model_admin.has_view_permission(request):
            for row in _rows(model, sought):
                yield Found(str(model._meta.verbose_name), _page_of(row), str(row))


def _rows(model: type[Model], sought: str) -> dict[Model, None]:
    """The rows of a table that the text identifies, each once."""
    rows: dict[Model, None] = {}
    for column in filter(None, ("pk", ALSO.get(model._meta.label_lower))):
        value = FORMS.get(column, str)(sought)
        try:
            rows |= dict.fromkeys(model._default_manager.filter(**{column: value})[:MOST])
        except (ValidationError, ValueError):
            continue  # the key of this table is of another type
    return rows


def _page_of(row: Model) -> str:
    name = row._meta.label_lower.replace(".", "_")
    return reverse(f"admin:{name}_change", args=[quote(str(row.pk))])
