"""Tenancy: rows are read by the teams of a caller, whichever way leads from a row to its team."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db.models import ForeignKey, Model

from teams.models import Role, Team, TenantQuerySet


@dataclass
class OfTwoTeams:
    """A caller, as queries see one."""

    person: str = "person"
    is_bearer: bool = True
    roles: dict[str, Role] = field(
        default_factory=lambda: {"team1": Role.VIEWER, "team2": Role.OWNER}
    )


def tenants() -> list[type[Model]]:
    """The models whose rows are read by team."""
    return [m for m in apps.get_models() if isinstance(m._default_manager.all(), TenantQuerySet)]


def models_on_the_path(model: type[Model]) -> Iterator[type[Model]]:
    """The models that the path of a queryset goes through, the team's last."""
    path = model._default_manager.all().team_path
    if path != "pk":
        for name in path.removesuffix("_id").split("__"):
            relation = model._meta.get_field(name)
            assert isinstance(relation, ForeignKey)
            model = relation.related_model
            yield model
    else:
        yield model


class TestThePathToTheTeam:
    @pytest.mark.parametrize("model", tenants(), ids=lambda model: model._meta.label)
    def test_it_ends_at_the_team(self, model):
        assert list(models_on_the_path(model))[-1] is Team

    @pytest.mark.parametrize("model", tenants(), ids=lambda model: model._meta.label)
    def test_a_caller_reads_by_it(self, model):
        asked = str(model._default_manager.all().visible_to(OfTwoTeams()).query)

        assert "IN (team1, team2)" in asked

    @pytest.mark.parametrize("model", tenants(), ids=lambda model: model._meta.label)
    def test_somebody_without_a_team_reads_built_in_rows_at_most(self, model):
        nobody = OfTwoTeams(roles={})

        rows = model._default_manager.all().visible_to(nobody)

        if rows.has_built_in_rows:
            assert '"team_id" IS NULL' in str(rows.query)
        else:
            assert not _may_match(rows)


def _may_match(rows: TenantQuerySet) -> bool:
    try:
        str(rows.query)
    except EmptyResultSet:
        return False
    return True


def test_all_that_teams_own_and_callers_list_is_read_so():
    assert {model._meta.label for model in tenants()} >= {
        "teams.Team",
        "teams.ApiKey",
        "evaluations.Evaluation",
        "evaluations.Template",
        "ratings.Rating",
        "autousers.Autouser",
        "autousers.AutouserRun",
        "webhooks.WebhookEndpoint",
        "webhooks.WebhookEvent",
        "webhooks.WebhookDelivery",
    }
