"""A refusal in the admin says what is missing."""

import html

import pytest

from teams.models import Team
from tests.admin.conftest import list_of, path_of


def text_of(response) -> str:
    assert response.status_code == 403
    return html.unescape(response.content.decode())


@pytest.mark.parametrize(
    ("page", "permission"),
    [
        ("change", "“Can view team” (teams.view_team)"),
        ("delete", "“Can delete team” (teams.delete_team)"),
        ("history", "“Can view team” (teams.view_team)"),
    ],
)
def test_a_page_names_the_permission(operator, team, page, permission):
    text = text_of(operator("view_user").get(path_of(team, page)))

    assert f"You lack the permission {permission}. A superuser can give it to you." in text
    assert "CSRF" not in text


def test_so_does_a_list_and_a_change(operator, team):
    client = operator("view_user")
    assert "(teams.view_team)" in text_of(client.get(list_of(Team)))
    assert "(teams.change_team)" in text_of(client.post(path_of(team), {"name": "x"}))


def test_whoever_holds_it_is_told_that_the_row_is_out_of_reach(operator, root):
    client = operator("view_user", "change_user", "delete_user")
    text = text_of(client.get(path_of(root, "delete")))

    assert "The row holds more rights than you do" in text


def test_a_person_without_rights_is_asked_for_another_account(session):
    response = session().get("/admin/", follow=True)

    assert response.status_code == 200
    assert "owner@example.org" in response.content.decode()
