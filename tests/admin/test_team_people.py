"""Operators change who is in a team as the API does."""

import pytest

from teams.models import Membership, Role
from tests.admin.conftest import form_data, path_of
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_user

pytestmark = pytest.mark.slow

EVALUATIONS = "/api/v1/evaluations"


@pytest.fixture
def member(team):
    return make_member(team, Role.EDITOR)


class TestTakingSomebodyOut:
    @pytest.mark.parametrize("page", ["membership", "team"])
    def test_it_ends_their_keys_for_good(self, admin, team, member, page):
        key = ApiClient(make_key(team, member))
        membership = Membership.objects.get()
        if page == "membership":
            admin.post(path_of(membership, "delete"), {"post": "yes"})
        else:
            form = form_data(admin.get(path_of(team)))
            admin.post(path_of(team), {**form, "memberships-0-DELETE": "on"})
        assert not Membership.objects.exists()
        Membership.objects.create(team=team, user=member, role=Role.EDITOR)
        assert_error(key.get(EVALUATIONS), 401, "revoked_credential")


class TestChangingTheOwner:
    @pytest.mark.parametrize("who", ["member", "stranger"])
    def test_the_old_one_stays_as_an_admin(self, admin, team, owner, member, who):
        heir = member if who == "member" else make_user("heir@example.org")
        form = form_data(admin.get(path_of(team)), owner=heir.pk)
        response = admin.post(path_of(team), form)
        assert response.status_code == 302, response.content
        team.refresh_from_db()
        assert team.owner == heir
        assert Membership.objects.get(team=team, user=owner).role == "Admin"
        assert not Membership.objects.filter(team=team, user=heir).exists()

    def test_limits_of_its_own_can_be_set_and_emptied(self, admin, team):
        for text, limit in (("7", 7), ("", None)):
            form = form_data(admin.get(path_of(team)), evaluations_limit=text)
            assert admin.post(path_of(team), form).status_code == 302
            team.refresh_from_db()
            assert team.evaluations_limit == limit
