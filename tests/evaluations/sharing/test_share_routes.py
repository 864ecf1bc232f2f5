"""`…/shares`: listing, granting in three spellings, changing and revoking."""

import pytest

from evaluations.models import Share
from teams.models import DailyCount, Membership, Notification, Role
from teams.people import members
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member
from tests.evaluations.sharing.shared import make_invite, make_outsider, make_share

EVALUATIONS = "/api/v1/evaluations"


@pytest.fixture
def path(evaluation):
    return f"{EVALUATIONS}/{evaluation['id']}/shares"


@pytest.fixture
def colleague(team):
    return make_member(team, Role.VIEWER, "colleague@example.org")


class TestGranting:
    def test_a_colleague_holds_it_at_once(self, api, path, evaluation, colleague):
        response = api.post(path, {"userId": colleague.pk, "permission": "EDITOR"})

        share = Share.objects.get()
        assert response.status_code == 201
        assert response.json() == {
            "id": share.pk,
            "evaluationId": evaluation["id"],
            "userId": colleague.pk,
            "email": "colleague@example.org",
            "permission": "EDITOR",
            "role": "editor",
            "createdAt": response.json()["createdAt"],
            "status": "active",
        }
        assert (share.user, share.granted_by.email) == (colleague, "owner@example.org")

    @pytest.mark.parametrize(
        ("body", "permission"),
        [
            ({"permission": "Viewer"}, "VIEWER"),
            ({"role": "viewer"}, "VIEWER"),
            ({"role": "owner"}, "OWNER"),
            ({"role": "editor", "permission": "EDITOR"}, "EDITOR"),
            ({}, "VIEWER"),
        ],
    )
    def test_it_takes_all_spellings(self, api, path, colleague, body, permission):
        response = api.post(path, {"email": "Colleague@Example.org", **body})

        assert response.json()["userId"] == colleague.pk
        assert response.json()["permission"] == permission

    def test_any_other_address_gets_an_invite(self, api, path, evaluation):
        make_outsider("known@example.org")  # has an account, and the caller cannot tell
        replies = [
            api.post(path, {"email": email, "role": "editor"}).json()
            for email in ("known@example.org", "new@example.org")
        ]

        for reply, share in zip(replies, Share.objects.order_by("pk"), strict=True):
            assert (reply["id"], reply["userId"], reply["status"]) == (share.pk, None, "pending")
            assert reply["permission"] == "EDITOR"
            assert share.mail_due
        assert not Notification.objects.exists()

    def test_a_second_grant_changes_the_first(self, api, path, colleague):
        first = api.post(path, {"userId": colleague.pk, "permission": "OWNER"}).json()
        second = api.post(path, {"userId": colleague.pk, "permission": "VIEWER"}).json()

        assert second == {**first, "permission": "VIEWER", "role": "viewer"}
        assert Share.objects.count() == 1

    @pytest.mark.parametrize(
        ("body", "param"),
        [
            ({}, "userId"),
            ({"userId": "x", "email": "a@example.org"}, "userId"),
            ({"email": "nobody"}, "email"),
            ({"email": "a@example.org", "permission": "ADMIN"}, "permission"),
            ({"email": "a@example.org", "role": 5}, "role"),
            ({"email": "a@example.org", "role": "viewer", "permission": "OWNER"}, "role"),
        ],
    )
    def test_a_bad_body_is_refused(self, api, path, body, param):
        assert_error(api.post(path, body), 400, "validation_failed", param)
        assert not Share.objects.exists()

    def test_a_stranger_cannot_be_named_by_id(self, api, path):
        stranger = make_outsider()
        for id in (stranger.pk, "cnobody00000000000000000x", "x"):
            assert_error(api.post(path, {"userId": id}), 400, "person_not_found", "userId")

    def test_nobody_shares_with_themselves(self, api, path, owner):
        for body in ({"userId": owner.pk}, {"email": owner.email}):
            assert_error(api.post(path, body), 400, "shared_with_self")

    def test_the_published_command_line_gets_the_object_twice(self, api, path, colleague):
        body = {"email": colleague.email, "role": "viewer"}
        reply = api.post(path, body, headers={"User-Agent": "autousers-cli/1.0"}).json()

        assert reply.pop("data") == reply

    def test_mails_to_an_address_are_limited(self, api, path):
        body = {"email": "new@example.org"}
        for _ in range(3):
            assert api.post(path, body).status_code == 201
        assert_error(api.post(path, body), 429, "invitation_limit_reached", "email")
        assert Share.objects.count() == 1
        assert {count.count for count in DailyCount.objects.all()} == {3}


class TestWhoMayShare:
    @pytest.fixture
    def editor(self, team):
        return ApiClient(make_key(team, make_member(team, Role.EDITOR, "editor@example.org")))

    def test_editors_may_until_they_may_not(self, api, editor, path, evaluation):
        body = {"email": "new@example.org", "permission": "EDITOR"}
        assert editor.post(path, body).status_code == 201
        api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"editorsCanShare": False})
        assert_error(editor.post(path, body), 403, "insufficient_role")

    def test_nobody_gives_more_than_they_have(self, editor, path, colleague):
        body = {"userId": colleague.pk, "permission": "OWNER"}
        assert_error(editor.post(path, body), 403, "insufficient_role", "permission")
        body = {"email": "new@example.org", "permission": "OWNER"}
        assert_error(editor.post(path, body), 403, "insufficient_role", "permission")

    def test_only_admins_give_less_than_somebody_holds(self, editor, path, evaluation, colleague):
        share = make_share(evaluation["id"], colleague, "OWNER")
        invite = make_invite(evaluation["id"], permission="EDITOR")
        for body in ({"userId": colleague.pk}, {"email": invite.email}):
            body["permission"] = "VIEWER"
            assert_error(editor.post(path, body), 403, "insufficient_role", "permission")
        share.refresh_from_db()
        assert share.permission == "OWNER"

    def test_an_owner_by_share_manages_the_shares(self, session, path, evaluation):
        holder = make_outsider()
        share = make_share(evaluation["id"], holder, "OWNER")
        client = session(holder)

        made = client.post(path, {"email": "new@example.org", "permission": "OWNER"}).json()
        assert [row["id"] for row in client.get(path).json()["data"]] == [made["id"], share.pk]
        assert client.delete(f"{path}/{made['id']}").status_code == 200


class TestListing:
    def test_it_has_granted_and_pending_ones_newest_first(self, api, path, evaluation, colleague):
        shares = [
            make_share(evaluation["id"], colleague),
            make_invite(evaluation["id"], permission="OWNER"),
        ]
        make_invite(evaluation["id"], "late@example.org", expires_at="2020-01-01T00:00:00Z")

        rows = api.get(path).json()["data"]

        assert [row["id"] for row in rows] == [share.pk for share in reversed(shares)]
        assert [row["status"] for row in rows] == ["pending", "active"]
        assert [row["email"] for row in rows] == ["invited@example.org", colleague.email]

    def test_a_cursor_outlives_its_share(self, api, path, evaluation):
        made = [make_invite(evaluation["id"], f"{n}@example.org") for n in range(4)]
        page = api.get(f"{path}?limit=2").json()
        assert page["next_cursor"] == made[2].pk
        api.delete(f"{path}/{made[2].pk}")

        rest = api.get(f"{path}?starting_after={made[2].pk}").json()
        assert [row["id"] for row in rest["data"]] == [made[1].pk, made[0].pk]
        response = api.get(f"{path}?starting_after=cnobody00000000000000000x")
        assert_error(response, 400, "invalid_cursor", "starting_after")


class TestChanging:
    @pytest.mark.parametrize("make", [make_invite, lambda id: make_share(id, make_outsider())])
    def test_it_gets_another_permission(self, api, path, evaluation, make):
        share = make(evaluation["id"])
        reply = api.patch(f"{path}/{share.pk}", {"permission": "EDITOR"}).json()

        assert (reply["permission"], reply["role"]) == ("EDITOR", "editor")
        share.refresh_from_db()
        assert share.permission == "EDITOR"

    def test_a_permission_is_needed(self, api, path, evaluation):
        share = make_invite(evaluation["id"])
        assert_error(api.patch(f"{path}/{share.pk}", {}), 400, "validation_failed", "permission")

    def test_there_is_no_other(self, api, path, evaluation):
        other = api.post(EVALUATIONS, {"name": "Other"}).json()["id"]
        share = make_invite(other)
        for method in (api.patch, api.delete):
            assert_error(method(f"{path}/{share.pk}", {}), 404, "share_not_found")

    def test_an_owner_by_share_may_step_back(self, session, path, evaluation):
        share = make_share(evaluation["id"], holder := make_outsider(), "OWNER")
        client = session(holder)

        assert client.patch(f"{path}/{share.pk}", {"permission": "VIEWER"}).status_code == 200
        assert_error(client.delete(f"{path}/{share.pk}"), 403, "insufficient_role")

    def test_an_owner_by_share_may_leave(self, session, path, evaluation):
        share = make_share(evaluation["id"], holder := make_outsider(), "OWNER")

        reply = session(holder).delete(f"{path}/{share.pk}")

        assert reply.json() == {"deleted": True, "id": share.pk}
        assert not Share.objects.exists()


class TestTheEnd:
    def test_a_deleted_evaluation_takes_its_shares_along(self, api, evaluation, colleague):
        make_share(evaluation["id"], colleague)
        make_invite(evaluation["id"])
        api.delete(f"{EVALUATIONS}/{evaluation['id']}")
        assert not Share.objects.exists()

    def test_a_deleted_person_takes_their_shares_along(self, evaluation):
        holder = make_outsider()
        make_share(evaluation["id"], holder)
        invite = make_invite(evaluation["id"], granted_by=holder)
        holder.owned_teams.all().delete()
        holder.delete()
        assert Share.objects.get() == invite

    def test_who_leaves_the_team_loses_the_shares_there(
        self, api, other_api, team, evaluation, colleague
    ):
        elsewhere = other_api.post(EVALUATIONS, {"name": "Other"}).json()["id"]
        make_share(evaluation["id"], colleague, "EDITOR")
        kept = [make_share(elsewhere, colleague), make_share(evaluation["id"], make_outsider())]

        members.remove(members.find_member(team, colleague.pk))

        assert not Membership.objects.exists()
        assert set(Share.objects.all()) == set(kept)
