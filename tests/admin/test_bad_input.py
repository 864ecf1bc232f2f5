"""What no database takes, sent to the admin: a plain refusal, and no server error."""

import pytest
from django.contrib.auth.models import Group

from teams.models import Team, User
from tests.admin.conftest import list_of


@pytest.mark.parametrize(
    "address",
    [
        "/admin/teams/user/%00/change/",
        "/admin/teams/user/%00/history/",
        "/admin/teams/team/%00/delete/",
        "/admin/teams/team/?pk=%00",
        "/admin/teams/apikey/?team__id__exact=%00",
        "/admin/evaluations/evaluation/?status=%00",
        "/admin/evaluations/evaluation/?%00=x",
    ],
)
def test_a_nul_in_an_address_is_refused(admin, address):
    assert admin.get(address).status_code == 400


@pytest.mark.parametrize("model", [User, Team, Group])
@pytest.mark.parametrize("chosen", ["\0", "a\0b"])
def test_a_nul_in_a_choice_is_refused(admin, model, chosen):
    data = {"action": "delete_selected", "_selected_action": chosen}
    assert admin.post(list_of(model), data).status_code == 400


def test_an_id_that_cannot_exist_is_refused(admin):
    data = {"action": "delete_selected", "_selected_action": "x"}
    assert admin.post(list_of(Group), data).status_code == 400
