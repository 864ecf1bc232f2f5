"""Tenancy: a caller sees the rows of their own teams, and no others."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Protocol, Self, TypeVar

from django.db import models
from django.db.models import Q

from teams.models.roles import Role

Row = TypeVar("Row", bound=models.Model, covariant=True)


class Caller(Protocol):
    """The properties of a principal that queries use."""

    @property
    def person(self) -> str:
        """The id of the person who calls, or for whom a key does."""

    @property
    def is_bearer(self) -> bool:
        """Whether the caller holds a token bound to one team."""

    @property
    def roles(self) -> Mapping[str, Role]:
        """The caller's role in each team they may see, by the team's id."""


def in_teams_of(caller: Caller, team_path: str = "team_id") -> Q:
    """The condition that keeps a query within the caller's teams."""
    return Q(**{f"{team_path}__in": list(caller.roles)})


class TenantQuerySet(models.QuerySet[Row]):
    """Reads of rows that belong to a team.

    `team_path` leads from a row to the id of its team. Where `has_built_in_rows`,
    rows without a team come with the server, and every caller sees them.
    """

    team_path: ClassVar[str] = "team_id"
    has_built_in_rows: ClassVar[bool] = False

    def of_teams(self, teams: Iterable[str]) -> Self:
        """The rows of some teams, by their ids."""
        return self.filter(**{f"{self.team_path}__in": teams})

    def in_teams_of(self, caller: Caller) -> Self:
        """The rows of the caller's teams, and the built-in ones."""
        condition = in_teams_of(caller, self.team_path)
        if self.has_built_in_rows:
            condition = Q(team=None) | condition
        return self.filter(condition)

    def visible_to(self, caller: Caller) -> Self:
        """The rows that a caller may know of."""
        return self.in_teams_of(caller)
