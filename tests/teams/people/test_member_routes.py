"""`/teams/{id}/members`: inviting, listing, changing roles, removing."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.clock import iso
from api.ids import cuid
from teams.models import AccountMail, Invitation, Membership, Role, User
from teams.people import services
from tests.clients import ApiClient, assert_error
from tests.conftest import make_invitation, make_key, make_member, make_user

EVALUATIONS = "/api/v1/evaluations"


@pytest.fixture
def path(team):
    return f"/api/v1/teams/{team.pk}/members"


@pytest.fixture
def member(team):
    """An Editor of the team."""
    make_member(team, Role.EDITOR)
    return Membership.objects.select_related("user").get()


class TestInviting:
    def test_nobody_is_in_the_team_before_they_accept(self, api, session, team, path):
        user = make_user("known@example.org", name="Kim")
        response = api.post(path, {"email": "KNOWN@example.org", "role": "Admin"})

        assert response.status_code == 201
        invitation = Invitation.objects.get()
        body = response.json()
        assert body == {
            "id": invitation.pk,
            "teamId": team.pk,
            "userId": invitation.pk,
            "role": "Admin",
            "createdAt": iso(invitation.created_at),
            "user": {"name": None, "email": "known@example.org"},
            "status": "pending",
        }
        assert (invitation.expires_at - invitation.created_at).days == 14
        assert body in api.get(path).json()["data"]
        whole = api.get(f"/api/v1/teams/{team.pk}").json()
        assert (whole["memberCount"], whole["members"][0]) == (1, body)
        assert api.get("/api/v1/teams").json()["data"][0]["memberCount"] == 1
        assert not Membership.objects.exists()
        assert_error(session(user).get(path), 404, "team_not_found")

    def test_no_account_is_made_and_a_mail_waits(self, api, path):
        api.post(path, {"email": "New@Example.org", "role": "Viewer"})
        assert not User.objects.filter(email="new@example.org").exists()
        assert not mail.outbox, "a request waits for no mail server"
        assert AccountMail.objects.get().to == "new@example.org"

    def test_it_does_not_tell_who_has_an_account(self, api, path):
        make_user("known@example.org", name="Kim")
        make_user("gone@example.org", name="Gunda", is_active=False)
        services.register_user(email="begun@example.org")
        answers, queries = [], []
        for name in ("known", "gone", "begun", "nobody"):
            with CaptureQueriesContext(connection) as captured:
                body = api.post(path, {"email": f"{name}@example.org", "role": "Viewer"}).json()
            queries.append(len(captured))
            told = body["user"].pop("email")
            assert told == f"{name}@example.org"
            unlike = ("id", "userId", "createdAt")
            answers.append({key: value for key, value in body.items() if key not in unlike})
        assert answers == answers[:1] * 4
        assert len(set(queries[1:])) == 1, queries

    @pytest.mark.parametrize("email", ["owner@example.org", "MEMBER@example.org"])
    def test_nobody_is_invited_twice(self, api, path, member, email):
        response = api.post(path, {"email": email, "role": "Viewer"})
        assert_error(response, 400, "already_member", "email")
        assert Membership.objects.get().role == "Editor"
        assert not AccountMail.objects.exists()

    @pytest.mark.parametrize("email", ["invited@example.org", "Invited@Example.org"])
    def test_who_has_not_answered_is_not_invited_again(self, api, team, path, email):
        make_invitation(team, "invited@example.org", Role.VIEWER)
        response = api.post(path, {"email": email, "role": "Admin"})
        assert_error(response, 400, "already_invited", "email")
        assert Invitation.objects.get().role == "Viewer"

    def test_nobody_is_invited_as_owner(self, api, path):
        response = api.post(path, {"email": "a@example.org", "role": "Owner"})
        error = assert_error(response, 400, "owner_protected", "role")
        assert "transfer-admin" in error["message"]
        assert not Invitation.objects.exists()

    @pytest.mark.parametrize(
        ("body", "param"),
        [
            ({}, "email"),
            ({"email": "a@example.org"}, "role"),
            ({"email": "a@example.org", "role": "admin"}, "role"),
            ({"email": "a@example.org", "role": "Root"}, "role"),
            ({"email": "a@example.org", "role": None}, "role"),
            ({"email": "a@example.org", "role": ["Admin"]}, "role"),
            ({"email": "", "role": "Admin"}, "email"),
            ({"email": "nobody", "role": "Admin"}, "email"),
            ({"email": "a@b@example.org", "role": "Admin"}, "email"),
            ({"email": "a@example.org\nBcc: b@example.org", "role": "Admin"}, "email"),
            ({"email": f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}.org", "role": "Admin"},
             "email"),
            ({"email": 5, "role": "Admin"}, "email"),
        ],
    )  # fmt: skip
    def test_nonsense_is_refused(self, api, path, body, param):
        assert_error(api.post(path, body), 400, "validation_failed", param)
        assert not Invitation.objects.exists()

    @pytest.mark.parametrize("role", ["Viewer", "Editor"])
    def test_members_below_admin_may_not(self, session, team, path, role):
        client = session(make_member(team, Role(role)))
        for response in (
            client.post(path, {"email": "a@example.org", "role": "Viewer"}),
            client.patch(f"{path}/{Membership.objects.get().pk}", {"role": "Admin"}),
            client.delete(f"{path}/{team.owner_id}"),
        ):
            assert_error(response, 403, "insufficient_role")
        assert client.get(path).status_code == 200

    def test_a_read_only_viewers_key_may_not(self, team, path):
        key = ApiClient(make_key(team, make_member(team, Role.VIEWER), scopes=("*",)))
        response = key.post(path, {"email": "a@example.org", "role": "Viewer"})
        assert_error(response, 403, "insufficient_role")


class TestListing:
    def test_pages_end_with_the_owner(self, api, team, path):
        people = [make_member(team, Role.VIEWER, f"{n}@example.org") for n in range(3)]
        expected = [*(person.email for person in people[::-1]), team.owner.email]

        first = api.get(path, {"limit": 2}).json()
        rest = api.get(path, {"limit": 2, "starting_after": first["next_cursor"]}).json()
        back = api.get(path, {"limit": 2, "ending_before": rest["data"][1]["id"]}).json()

        assert emails(first) + emails(rest) == expected
        assert (first["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)
        assert (emails(back), back["has_more"]) == (expected[1:3], True)

    def test_a_cursor_on_somebody_removed_keeps_its_place(self, api, team, path):
        for n in range(3):
            make_member(team, Role.VIEWER, f"{n}@example.org")
        first = api.get(path, {"limit": 1}).json()
        api.delete(f"{path}/{first['next_cursor']}")
        rest = api.get(path, {"starting_after": first["next_cursor"]}).json()
        assert emails(rest) == ["1@example.org", "0@example.org", team.owner.email]

    def test_a_cursor_of_another_team_is_none(self, api, path, other_team):
        make_member(other_team, Role.VIEWER)
        for cursor in (Membership.objects.get().pk, other_team.owner_id, cuid(), "x"):
            response = api.get(path, {"starting_after": cursor})
            assert_error(response, 400, "invalid_cursor", "starting_after")


class TestRoles:
    @pytest.mark.parametrize("by", ["member", "person"])
    def test_it_changes_at_once(self, api, session, path, member, by):
        id = member.pk if by == "member" else member.user_id
        body = api.patch(f"{path}/{id}", {"role": "Viewer"}).json()
        assert (body["id"], body["role"]) == (member.pk, "Viewer")
        response = session(member.user).post(EVALUATIONS, {"name": "x", "teamId": member.team_id})
        assert_error(response, 403, "insufficient_role")

    def test_to_and_from_owner_leads_only_transfer_admin(self, api, session, path, member, owner):
        admin = session(make_member(member.team, Role.ADMIN, "admin@example.org"))
        for client in (api, admin):
            for response in (
                client.patch(f"{path}/{member.pk}", {"role": "Owner"}),
                client.patch(f"{path}/{owner.pk}", {"role": "Admin"}),
                client.patch(f"{path}/{owner.pk}", {"role": "Owner"}),
            ):
                assert_error(response, 400, "owner_protected", "role")
        assert admin.get(path).json()["data"][-1]["role"] == "Owner"

    @pytest.mark.parametrize("role", [None, "", "owner", 5, [], "Guest"])
    def test_nonsense_is_refused(self, api, path, member, role):
        response = api.patch(f"{path}/{member.pk}", {"role": role})
        assert_error(response, 400, "validation_failed", "role")
        assert_error(api.patch(f"{path}/{member.pk}", {}), 400, "validation_failed", "role")

    def test_somebody_of_another_team_is_no_member(self, api, path, other_team):
        stranger = make_member(other_team, Role.VIEWER)
        for id in (stranger.pk, Membership.objects.get().pk, other_team.owner_id, cuid(), "x"):
            assert_error(api.patch(f"{path}/{id}", {"role": "Admin"}), 404, "member_not_found")
            assert_error(api.delete(f"{path}/{id}"), 404, "member_not_found")


class TestRemoving:
    def test_they_are_out_and_their_keys_of_the_team_are_dead(
        self, api, session, path, member, other_team
    ):
        Membership.objects.create(team=other_team, user=member.user, role=Role.VIEWER)
        dead = ApiClient(make_key(member.team, member.user))
        alive = ApiClient(make_key(other_team, member.user))
        client = session(member.user)

        removed = api.delete(f"{path}/{member.pk}")

        assert removed.json() == {"deleted": True, "id": member.pk}
        assert_error(client.get(path), 404, "team_not_found")
        assert_error(dead.get(EVALUATIONS), 401, "revoked_credential")
        assert alive.get(EVALUATIONS).status_code == 200
        assert_error(api.delete(f"{path}/{member.pk}"), 404, "member_not_found")

    def test_coming_back_brings_no_key_back(self, api, session, path, member):
        key = ApiClient(make_key(member.team, member.user))
        api.delete(f"{path}/{member.pk}")
        api.post(path, {"email": member.user.email, "role": "Admin"})
        session(member.user).post(f"{path}/accept")
        assert_error(key.get(EVALUATIONS), 401, "revoked_credential")

    def test_the_owner_stays(self, api, session, path, member, owner):
        admin = session(make_member(member.team, Role.ADMIN, "admin@example.org"))
        for client in (api, admin):
            assert_error(client.delete(f"{path}/{owner.pk}"), 400, "owner_protected")


def emails(page):
    return [row["user"]["email"] for row in page["data"]]
