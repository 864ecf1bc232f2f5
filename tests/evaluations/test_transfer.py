"""`POST …/transfer`: to another team, or to another owner."""

import pytest

from evaluations.models import Evaluation, Share
from teams.models import Notification, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team
from tests.evaluations.sharing.shared import make_outsider, make_share


@pytest.fixture
def path(evaluation):
    return f"/api/v1/evaluations/{evaluation['id']}/transfer"


@pytest.fixture
def second(owner):
    return make_team(owner=owner, name="Second crew")


class TestToATeam:
    @pytest.mark.parametrize("name", ["teamId", "to", "slug"])
    def test_it_moves(self, session, path, evaluation, second, name):
        body = {"to": second.slug} if name == "slug" else {name: second.pk}

        reply = session().post(path, body)

        assert reply.status_code == 200, reply.content
        assert reply.json()["team"] == {"name": "Second crew", "slug": second.slug}
        assert (reply.json()["teamId"], reply.json()["myPermission"]) == (second.pk, "OWNER")
        assert Evaluation.objects.get().team == second

    def test_shares_move_along(self, session, path, evaluation, second):
        make_share(evaluation["id"], holder := make_outsider())
        session().post(path, {"teamId": second.pk})
        assert session(holder).get(f"/api/v1/evaluations/{evaluation['id']}").status_code == 200

    def test_its_own_team_is_no_move(self, api, session, path, evaluation, team):
        for client in (api, session()):
            for body in ({"teamId": team.pk}, {"to": team.slug}):
                assert client.post(path, body).json()["updatedAt"] == evaluation["updatedAt"]

    def test_a_key_moves_nothing(self, api, path, second):
        for name, id in (("teamId", second.pk), ("to", second.pk), ("to", second.slug)):
            assert_error(api.post(path, {name: id}), 403, "key_bound_to_team", name)

    def test_a_team_of_others_is_not_found(self, session, path, other_team):
        for name, id in (("teamId", other_team.pk), ("to", other_team.slug), ("to", "nothing")):
            assert_error(session().post(path, {name: id}), 404, "team_not_found", name)

    def test_both_teams_need_an_admin(self, session, team, path, second):
        member = make_member(team, Role.ADMIN)
        second.memberships.create(user=member, role=Role.EDITOR)
        response = session(member).post(path, {"to": second.slug})
        assert_error(response, 403, "insufficient_role", "to")

        team.memberships.filter(user=member).update(role=Role.EDITOR)
        second.memberships.filter(user=member).update(role=Role.ADMIN)
        assert_error(session(member).post(path, {"to": second.slug}), 403, "insufficient_role")

    def test_an_owner_by_share_does_not_take_it_away(self, session, path, evaluation):
        make_share(evaluation["id"], holder := make_outsider(), "OWNER")
        response = session(holder).post(path, {"teamId": holder.owned_teams.get().pk})
        assert_error(response, 403, "insufficient_role", "teamId")


class TestToAPerson:
    def test_they_get_an_owner_share_and_are_told(self, api, team, path, evaluation):
        person = make_member(team, Role.VIEWER)

        reply = api.post(path, {"userId": person.pk})

        assert reply.status_code == 200, reply.content
        assert reply.json()["owner"] == {"name": None, "email": person.email}
        share = Share.objects.get()
        assert (share.user, share.permission) == (person, "OWNER")
        told = Notification.objects.get()
        assert (told.user, told.kind) == (person, "evaluation.handed_over")
        assert reply.json()["myPermission"] == "OWNER"  # the caller is the team's Owner still

    def test_the_share_of_the_caller_becomes_editor(self, session, team, path, evaluation):
        make_share(evaluation["id"], holder := make_outsider(), "OWNER")
        person = make_member(team, Role.VIEWER)

        reply = session(holder).post(path, {"userId": person.pk})

        assert reply.json()["myPermission"] == "EDITOR"
        assert {share.user.email: share.permission for share in Share.objects.all()} == {
            person.email: "OWNER",
            holder.email: "EDITOR",
        }
        response = session(holder).post(path, {"userId": person.pk})
        assert_error(response, 403, "insufficient_role")

    def test_oneself_and_strangers_are_refused(self, api, path, owner):
        assert_error(api.post(path, {"userId": owner.pk}), 400, "shared_with_self")
        stranger = make_outsider()
        assert_error(api.post(path, {"userId": stranger.pk}), 400, "person_not_found", "userId")


@pytest.mark.parametrize("body", [{}, {"to": "a", "userId": "b"}, {"teamId": "a", "to": "a"}])
def test_exactly_one_is_needed(api, path, body):
    assert_error(api.post(path, body), 400, "validation_failed", "teamId")


def test_editors_transfer_nothing(team, path):
    editor = ApiClient(make_key(team, make_member(team, Role.EDITOR)))
    assert_error(editor.post(path, {"to": team.slug}), 403, "insufficient_role")
