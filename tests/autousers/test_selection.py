"""Which autousers a study selects."""

import pytest
from django.utils import timezone

from autousers.models import Autouser
from autousers.personas.selection import (
    TooManyAgents,
    UnknownAutouser,
    check_selection,
    find_autousers,
)


def select(*pairs):
    return [{"autouserId": name, "agentCount": count} for name, count in pairs]


@pytest.fixture
def own(team):
    return Autouser.objects.create(team=team, name="Mine", system_prompt="x")


def test_ids_come_out_as_we_know_them_in_one_query(team, own, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = check_selection(team, select((f"auto_{own.pk}", 1), ("Power_User", 2)))
    assert found == select((own.pk, 1), ("power-user", 2))


def test_nothing_costs_nothing(team, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert check_selection(team, []) == []


def test_one_that_is_listed_twice_gets_the_agents_of_both(team):
    assert check_selection(team, select(("novice", 20), ("auto_novice", 30))) == select(
        ("novice", 50)
    )
    with pytest.raises(TooManyAgents) as refused:
        check_selection(team, select(("novice", 20), ("auto_novice", 31)))
    assert refused.value.param == "selectedAutousers.1.agentCount"


@pytest.mark.parametrize("name", ["nobody", "", "a b", "c" + "1" * 24, "x" * 5000, "\0"])
def test_one_that_there_is_not_is_named_by_its_place(team, name):
    with pytest.raises(UnknownAutouser) as refused:
        check_selection(team, select(("novice", 1), (name, 1)))
    assert refused.value.param == "selectedAutousers.1.autouserId"


def test_those_of_others_and_deleted_ones_are_unknown(team, other_team, own):
    assert not find_autousers(other_team, [own.pk])
    Autouser.objects.filter(pk=own.pk).update(deleted_at=timezone.now())
    assert not find_autousers(team, [own.pk])
