"""Operators see who was invited, and end an invitation as the API does."""

import pytest

from teams.models import Invitation, Membership, Role
from tests.admin.conftest import form_data, list_of, path_of, run_action
from tests.clients import assert_error
from tests.conftest import make_invitation, make_user


@pytest.fixture
def invitation(team):
    return make_invitation(team)


class TestLooking:
    def test_it_says_to_whom_by_whom_and_how_long(self, admin, team, invitation):
        make_invitation(team, "late@example.org", expires_at="2026-01-01T00:00:00Z")
        page = admin.get(list_of(Invitation)).content.decode()
        for said in (invitation.email, "late@example.org", "owner@example.org", "pending", "over"):
            assert said in page
        assert (
            invitation.token.partition(":")[2]
            not in admin.get(path_of(invitation)).content.decode()
        )

    @pytest.mark.parametrize("term", ["INVITED@", "owner@example", "team"])
    def test_it_is_found_by_either_side_and_by_team(self, admin, team, invitation, term):
        query = {"q": team.pk if term == "team" else term}
        assert admin.get(list_of(Invitation), query).context["cl"].result_list == [invitation]


class TestWithdrawing:
    def test_it_ends_it(self, admin, api, session, team, invitation):
        run_action(admin, "withdraw", invitation)
        assert not Invitation.objects.exists()
        path = f"/api/v1/teams/{team.pk}/members"
        response = session(make_user(invitation.email)).post(f"{path}/accept")
        assert_error(response, 404, "invitation_not_found")
        assert api.get(path, {"starting_after": invitation.pk}).status_code == 200

    def test_looking_does_not_suffice(self, operator, invitation):
        run_action(operator("view_invitation"), "withdraw", invitation)
        assert Invitation.objects.exists()


class TestPuttingSomebodyIn:
    """An operator makes a member at once; an invitation that waits is over then."""

    def test_on_the_page_of_members(self, admin, team, invitation):
        user = make_user(invitation.email)
        url = "/admin/teams/membership/add/"
        data = form_data(admin.get(url), team=team.pk, user=user.pk, role="Viewer")
        assert admin.post(url, data).status_code == 302
        assert Membership.objects.get().role == Role.VIEWER
        assert not Invitation.objects.exists()

    def test_on_the_page_of_the_team(self, admin, team, invitation):
        user = make_user(invitation.email)
        form = form_data(admin.get(path_of(team)))
        form |= {
            "memberships-TOTAL_FORMS": "1",
            "memberships-0-user": user.pk,
            "memberships-0-role": "Viewer",
            "memberships-0-team": team.pk,
        }
        assert admin.post(path_of(team), form).status_code == 302
        assert Membership.objects.get().user == user
        assert not Invitation.objects.exists()

    def test_as_the_owner(self, admin, team, invitation):
        user = make_user(invitation.email)
        form = form_data(admin.get(path_of(team)), owner=user.pk)
        assert admin.post(path_of(team), form).status_code == 302
        team.refresh_from_db()
        assert team.owner == user
        assert not Invitation.objects.exists()
