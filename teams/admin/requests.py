"""The operators' pages of requests and refusals, to look up a customer's request id."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLResolver, get_resolver

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, display
from api.admin.lists import SinceFilter
from api.logs.request_log import API_PREFIX, pattern
from api.models import RefusalCount, RequestLog
from teams.models import ApiKey

STATUSES = (400, 401, 403, 404, 409, 410, 413, 429, 500, 503)
COLOURS = {str(status): "danger" if status >= 500 else "warning" for status in STATUSES}


class StatusFilter(admin.SimpleListFilter):
    """One status, or all that are our fault."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The statuses that refusals have."""
        return [(str(status), str(status)) for status in STATUSES] + [("5", "5xx")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Requests answered so."""
        if self.value() == "5":
            return queryset.filter(status__gte=500)
        return queryset.filter(status=self.value()) if self.value() else queryset


class RouteFilter(admin.SimpleListFilter):
    """One route; they are known without asking the table."""

    title = "route"
    parameter_name = "route"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every route of the API."""
        return [(route, route.removeprefix(API_PREFIX)) for route in sorted(set(_routes()))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Requests to it."""
        return queryset.filter(route=self.value()) if self.value() else queryset


def _routes(resolver: Any = None, before: str = "") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if API_PREFIX.startswith(f"/{here}"[: len(API_PREFIX)]):
                yield from _routes(entry, here)
        elif f"/{here}".startswith(API_PREFIX):
            yield pattern(here)


@admin.register(RequestLog)
class RequestLogAdmin(ReadOnlyAdmin):
    """Requests, found by the id in `X-Request-Id`; the key behind one is revoked from here."""

    list_display = ("at", "asked", "answer", "code", "took", "team", "key", "request_id")
    list_filter = (StatusFilter, RouteFilter, SinceFilter)
    search_fields = ("pk", "request_id", "team_id")
    search_help_text = "Request id, or id of the team"
    sortable_by = ()
    fields = (
        "request_id",
        "created_at",
        "method",
        "path",
        "route",
        "status",
        "error_code",
        "duration_ms",
        "team",
        "person",
        "key",
        "address",
        "user_agent",
        "events",
        "sent",
    )
    actions = ("revoke_key",)
    page_actions = ("revoke_key",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RequestLog]:
        """Leave out the body, which lists do not show."""
        return super().get_queryset(request).defer("body")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Who may revoke a key on its own page may do it here."""
        return bool(request.user.has_perm("teams.revoke_apikey"))

    @admin.action(description="Revoke the key, for good", permissions=["revoke"])
    def revoke_key(self, request: HttpRequest, rows: QuerySet[RequestLog]) -> None:
        """Revoke the keys of these requests."""
        keys = {key.pk: key for row in rows for key in _keys_of(row)}
        live = [key for key in keys.values() if key.revoked_at is None]
        for key in live:
            with self.change(request) as note:
                key.revoke()
                note(key, "Revoked.")
        before = len(keys) - len(live)
        refused = [f"Revoked before: {before}."] if before else []
        if not keys:
            refused.append("No key was found behind these requests.")
        self.report(request, f"Keys revoked: {len(live)}.", refused)

    @display(description="when")
    def at(self, row: RequestLog) -> str:
        """When it came."""
        return cells.moment(row.created_at)

    @display(description="request")
    def asked(self, row: RequestLog) -> str:
        """What was asked for."""
        return cells.cut(f"{row.method} {row.path.removeprefix(API_PREFIX)}", 48)

    @display(description="status", label=COLOURS)
    def answer(self, row: RequestLog) -> str:
        """What was answered."""
        return str(row.status)

    @display(description="code")
    def code(self, row: RequestLog) -> str:
        """The code of the refusal."""
        return cells.cut(row.error_code, 32)

    @display(description="ms")
    def took(self, row: RequestLog) -> str:
        """How long it took."""
        return str(row.duration_ms)

    @display(description="team")
    def team(self, row: RequestLog) -> str:
        """The team it acted on."""
        return cells.link_to("teams.team", row.team_id) if row.team_id else cells.EMPTY

    @display(description="person")
    def person(self, row: RequestLog) -> str:
        """The person it was sent by, or who made the key."""
        return cells.link_to("teams.user", row.user_id) if row.user_id else cells.EMPTY

    @display(description="key")
    def key(self, row: RequestLog) -> str:
        """The key it was sent with, good or not."""
        if not row.key_prefix:
            return cells.EMPTY
        return cells.link_to_list("teams.apikey", row.key_prefix, q=row.key_prefix)

    @display(description="events")
    def events(self, row: RequestLog) -> str:
        """What it caused."""
        return cells.link_to_list("webhooks.webhookevent", "Show", q=row.request_id)

    @display(description="body, without secrets")
    def sent(self, row: RequestLog) -> str:
        """What was sent."""
        return cells.pretty_bytes(row.body.encode()) if row.body else cells.EMPTY


@admin.register(RefusalCount)
class RefusalCountAdmin(ReadOnlyAdmin):
    """Counts of refusals without a request row: of unknown callers, and above the limit."""

    list_display = ("began", "answer", "code", "path", "origin", "times")
    list_filter = (StatusFilter, RouteFilter, SinceFilter)
    search_fields = ("pk", "network", "code")
    search_help_text = "Network or code"
    fields = ("id", "hour", "status", "code", "route", "network", "times")
    ordering = ("-hour", "-times", "pk")

    @display(description="hour")
    def began(self, row: RefusalCount) -> str:
        """When the hour began."""
        return cells.moment(row.hour)

    @display(description="status", label=COLOURS)
    def answer(self, row: RefusalCount) -> str:
        """What was answered."""
        return str(row.status)

    @display(description="route")
    def path(self, row: RefusalCount) -> str:
        """What was asked for."""
        return row.route.removeprefix(API_PREFIX) or "none matched"

    @display(description="network")
    def origin(self, row: RefusalCount) -> str:
        """Where it came from."""
        return row.network or "others"


def _keys_of(row: RequestLog) -> QuerySet[ApiKey]:
    """The key a request was sent with.

    Two keys can share a prefix with six random characters, so the team and the maker are compared
    too, if known.
    """
    if not row.key_prefix or not row.team_id:
        return ApiKey.objects.none()
    return ApiKey.objects.filter(prefix=row.key_prefix, team_id=row.team_id, user_id=row.user_id)
