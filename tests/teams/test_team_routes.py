"""`/teams`: making, reading, changing, leaving, handing over and deleting them."""

import pytest
import time_machine

from api.clock import iso
from api.ids import cuid
from autousers.models import Autouser, AutouserRun
from evaluations.models import Evaluation
from ratings.models import Rating
from teams.models import ApiKey, Membership, QuotaCounter, Role, Team
from teams.people import services
from tests.autousers.studies import make_study, rate_all
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team
from webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent

TEAMS = "/api/v1/teams"
EVALUATIONS = "/api/v1/evaluations"


@pytest.fixture
def path(team):
    return f"{TEAMS}/{team.pk}"


@pytest.fixture
def personal(db):
    return services.register_user(email="new@example.org", name="Nora").owned_teams.get()


class TestReading:
    def test_it_tells_all_and_who_is_in_it(self, api, team, owner, path):
        editor = make_member(team, Role.EDITOR)
        body = api.get(path).json()
        membership = Membership.objects.get()
        assert body == {
            "id": team.pk,
            "name": "Kiosk crew",
            "description": None,
            "slug": "kiosk-crew",
            "isPersonal": False,
            "memberCount": 2,
            "userRole": "Owner",
            "plan": "pro",
            "createdAt": iso(team.created_at),
            "members": [
                {
                    "id": membership.pk,
                    "teamId": team.pk,
                    "userId": editor.pk,
                    "role": "Editor",
                    "createdAt": iso(membership.created_at),
                    "user": {"name": None, "email": "member@example.org"},
                    "status": "active",
                },
                {
                    "id": owner.pk,
                    "teamId": team.pk,
                    "userId": owner.pk,
                    "role": "Owner",
                    "createdAt": iso(team.created_at),
                    "user": {"name": "Olga Owner", "email": "owner@example.org"},
                    "status": "active",
                },
            ],
        }

    @pytest.mark.parametrize("role", ["Viewer", "Editor", "Admin"])
    def test_it_says_the_callers_own_role(self, session, team, path, role):
        client = session(make_member(team, Role(role)))
        assert client.get(path).json()["userRole"] == role

    def test_the_published_forms_of_an_id_are_taken(self, api, team):
        assert api.get(f"{TEAMS}/team_{team.pk}").status_code == 200

    @pytest.mark.parametrize("id", ["nonsense", "cm9k3d0aa0004s8l2c8t1kfwm", "team_"])
    def test_an_unknown_one_is_not_found(self, api, id):
        assert_error(api.get(f"{TEAMS}/{id}"), 404, "team_not_found")

    def test_somebody_elses_is_not_found_whatever_is_done(self, api, session, other_team):
        path = f"{TEAMS}/{other_team.pk}"
        person = session()
        for client in (api, person):
            for response in (
                client.get(path),
                client.patch(path, {"name": "mine"}),
                client.get(f"{path}/members"),
                client.post(f"{path}/members", {"email": "a@example.org", "role": "Admin"}),
                client.patch(f"{path}/members/{other_team.owner_id}", {"role": "Viewer"}),
                client.delete(f"{path}/members/{other_team.owner_id}"),
                client.post(f"{path}/leave"),
                client.post(f"{path}/transfer-admin", {"newOwnerId": cuid()}),
            ):
                assert_error(response, 404, "team_not_found")
        assert_error(person.delete(path), 404, "team_not_found")

    def test_a_key_sees_only_the_team_it_was_made_for(self, api, team, owner):
        second = make_team(owner=owner, name="Second")
        assert [row["id"] for row in api.get(TEAMS).json()["data"]] == [team.pk]
        assert_error(api.get(f"{TEAMS}/{second.pk}"), 404, "team_not_found")


class TestListing:
    def test_it_has_ones_own_and_those_one_joined_newest_first(
        self, session, owner, team, other_team
    ):
        Membership.objects.create(team=other_team, user=owner, role=Role.VIEWER)
        make_member(other_team, Role.ADMIN)
        page = session().get(TEAMS).json()
        rows = [(row["id"], row["userRole"], row["memberCount"]) for row in page["data"]]
        assert rows == [(other_team.pk, "Viewer", 3), (team.pk, "Owner", 1)]
        assert "members" not in page["data"][0]

    def test_it_has_pages_and_a_deleted_team_keeps_its_place(self, session, owner):
        made = [make_team(owner=owner, name=f"{n}").pk for n in range(4)]
        client = session()
        page = client.get(TEAMS, {"limit": 2}).json()
        assert [row["id"] for row in page["data"]] == [made[3], made[2]]
        client.delete(f"{TEAMS}/{made[2]}")
        rest = client.get(TEAMS, {"starting_after": page["next_cursor"]}).json()
        assert [row["id"] for row in rest["data"]] == [made[1], made[0]]
        newer = client.get(TEAMS, {"ending_before": made[1]}).json()
        assert [row["id"] for row in newer["data"]] == [made[3]]

    def test_a_cursor_of_somebody_elses_team_is_none(self, session, team, other_team):
        response = session().get(TEAMS, {"starting_after": other_team.pk})
        assert_error(response, 400, "invalid_cursor", "starting_after")

    def test_a_deleted_team_is_a_cursor_for_its_people_alone(self, session, other_team, api):
        member = make_member(other_team, Role.VIEWER)
        session(other_team.owner).delete(f"{TEAMS}/{other_team.pk}")
        query = {"starting_after": other_team.pk}
        for client in (session(), api):
            assert_error(client.get(TEAMS, query), 400, "invalid_cursor", "starting_after")
        for person in (other_team.owner, member):
            assert session(person).get(TEAMS, query).status_code == 200

    def test_whoever_goes_keeps_the_place_of_the_team(self, session, team, other_team):
        member = make_member(team, Role.VIEWER)
        Membership.objects.create(team=other_team, user=member, role=Role.VIEWER)
        client = session(member)
        for _ in range(2):  # also the second time on one day
            client.post(f"{TEAMS}/{other_team.pk}/leave")
            rest = client.get(TEAMS, {"starting_after": other_team.pk}).json()["data"]
            assert [row["id"] for row in rest] == [team.pk]
            Membership.objects.create(team=other_team, user=member, role=Role.VIEWER)


class TestMaking:
    def test_its_maker_owns_it(self, session, owner, team):
        response = session().post(TEAMS, {"name": "Café", "description": "For tea."})
        assert response.status_code == 201
        body = response.json()
        made = Team.objects.get(pk=body["id"])
        assert (made.owner, made.slug, made.plan) == (owner, "cafe", "pro")
        assert body["description"] == "For tea."
        assert body == session().get(f"{TEAMS}/{made.pk}").json()

    def test_a_person_owns_so_many(self, session, team, owner, settings):
        settings.TEAMS_PER_PERSON = 3
        viewer = make_member(team, Role.VIEWER)
        services.create_personal_team(viewer)
        key = ApiClient(make_key(team, viewer))
        for _ in range(3):
            assert key.post(TEAMS, {"name": "x"}).status_code == 201
        for client in (key, session(viewer)):
            assert_error(client.post(TEAMS, {"name": "x"}), 400, "too_many_teams")
        assert Team.objects.filter(owner=viewer).count() == 4
        assert session(owner).post(TEAMS, {"name": "x"}).status_code == 201

    def test_deleting_and_making_again_goes_on_tomorrow(self, session, team, settings):
        settings.TEAMS_PER_PERSON = 2
        client = session()
        with time_machine.travel("2026-06-01T08:00:00Z", tick=False) as clock:
            made = []
            for _ in range(3):
                response = client.post(TEAMS, {"name": "x"})
                made.append(response.status_code)
                client.delete(f"{TEAMS}/{response.json().get('id')}")
            assert made == [201, 201, 400]
            assert "today" in response.json()["error"]["message"]
            clock.move_to("2026-06-02T00:00:00Z")
            assert session().post(TEAMS, {"name": "x"}).status_code == 201

    def test_nobody_is_handed_more_than_they_may_own(self, api, team, path, settings):
        settings.TEAMS_PER_PERSON = 1
        heir = make_member(team, Role.ADMIN)
        make_team(owner=heir, name="Theirs")
        response = api.post(f"{path}/transfer-admin", {"newOwnerId": heir.pk})
        assert_error(response, 400, "too_many_teams", "newOwnerId")
        team.refresh_from_db()
        assert team.owner_id != heir.pk

    def test_two_of_one_name_have_two_slugs(self, session, team):
        first, second = (session().post(TEAMS, {"name": "Same"}).json() for _ in range(2))
        assert first["slug"] == "same"
        assert second["slug"].startswith("same-")

    @pytest.mark.parametrize(
        ("body", "param"),
        [
            ({}, "name"),
            ({"name": ""}, "name"),
            ({"name": "x" * 201}, "name"),
            ({"name": ["x"]}, "name"),
            ({"name": "x", "description": "x" * 2001}, "description"),
            ({"name": "x", "description": None}, "description"),
        ],
    )
    def test_nonsense_is_refused(self, session, team, body, param):
        assert_error(session().post(TEAMS, body), 400, "validation_failed", param)
        assert Team.objects.count() == 1


class TestChanging:
    def test_only_what_is_sent_changes(self, api, path):
        assert api.patch(path, {"description": "Tickets"}).json()["description"] == "Tickets"
        body = api.patch(path, {"name": "New", "plan": "enterprise"}).json()
        assert (body["name"], body["description"], body["plan"]) == ("New", "Tickets", "pro")
        assert body == api.get(path).json()
        assert api.patch(path, {"description": None}).json()["description"] is None
        assert api.patch(path, {}).status_code == 200

    @pytest.mark.parametrize(("role", "status"), [("Viewer", 403), ("Editor", 403), ("Admin", 200)])
    def test_admins_may(self, session, team, path, role, status):
        client = session(make_member(team, Role(role)))
        assert client.patch(path, {"name": "New"}).status_code == status

    @pytest.mark.parametrize("name", [None, "", 5, "x" * 201])
    def test_nonsense_is_refused(self, api, path, name):
        assert_error(api.patch(path, {"name": name}), 400, "validation_failed", "name")


class TestLeaving:
    def test_a_member_is_out_and_their_keys_are_dead_for_good(self, session, team, path):
        editor = make_member(team, Role.EDITOR)
        key = ApiClient(make_key(team, editor))
        client = session(editor)

        left = client.post(f"{path}/leave")

        assert left.json() == {"left": True, "id": team.pk}
        assert_error(client.get(path), 404, "team_not_found")
        Membership.objects.create(team=team, user=editor, role=Role.EDITOR)
        assert_error(key.get(EVALUATIONS), 401, "revoked_credential")

    def test_it_can_be_done_with_a_key_which_is_its_last_deed(self, team, path):
        key = ApiClient(make_key(team, make_member(team, Role.VIEWER)))
        assert key.post(f"{path}/leave", {}).status_code == 200
        assert_error(key.get(path), 401, "revoked_credential")

    def test_who_came_back_leaves_by_another_request(self, session, team, path):
        editor = make_member(team, Role.EDITOR)
        client, key = session(editor), {"Idempotency-Key": "once"}
        assert client.post(f"{path}/leave", headers=key).status_code == 200
        Membership.objects.create(team=team, user=editor, role=Role.EDITOR)
        refused = client.post(f"{path}/leave", headers=key)
        assert_error(refused, 409, "idempotency_key_reused", "Idempotency-Key")

    def test_the_owner_stays(self, api, path, team):
        assert_error(api.post(f"{path}/leave"), 400, "owner_protected")
        assert api.get(path).json()["memberCount"] == 1


class TestHandingOver:
    @pytest.mark.parametrize("named", ["person", "member"])
    def test_owner_and_member_change_places(self, api, owner, team, path, named):
        admin = make_member(team, Role.EDITOR)
        id = admin.pk if named == "person" else Membership.objects.get().pk
        admins_key = ApiClient(make_key(team, admin))

        response = api.post(f"{path}/transfer-admin", {"newOwnerId": id})

        assert response.status_code == 200
        body = response.json()
        assert [(row["userId"], row["role"]) for row in body["members"]] == [
            (owner.pk, "Admin"),
            (admin.pk, "Owner"),
        ]
        assert (body["userRole"], body["memberCount"]) == ("Admin", 2)
        assert api.get(path).json() == body
        assert admins_key.get(path).json()["userRole"] == "Owner"

    def test_whoever_was_it_is_it_no_longer(self, api, team, path):
        member = make_member(team, Role.ADMIN)
        body = {"newOwnerId": member.pk}
        api.post(f"{path}/transfer-admin", body)
        assert_error(api.post(f"{path}/transfer-admin", body), 403, "insufficient_role")

    @pytest.mark.parametrize("role", ["Viewer", "Editor", "Admin"])
    def test_nobody_else_may(self, session, team, path, role):
        client = session(member := make_member(team, Role(role)))
        response = client.post(f"{path}/transfer-admin", {"newOwnerId": member.pk})
        assert_error(response, 403, "insufficient_role")
        assert_error(client.delete(path), 403, "insufficient_role")

    def test_only_an_active_member_can_be_it(self, api, owner, team, other_team, path):
        gone = make_member(team, Role.ADMIN)
        gone.is_active = False
        gone.save()
        for id in (owner.pk, other_team.owner_id, gone.pk, cuid(), "nonsense"):
            response = api.post(f"{path}/transfer-admin", {"newOwnerId": id})
            assert_error(response, 400, "not_a_member", "newOwnerId")
        for body in ({}, {"newOwnerId": ""}, {"newOwnerId": None}, {"newOwnerId": 5}):
            response = api.post(f"{path}/transfer-admin", body)
            assert_error(response, 400, "validation_failed", "newOwnerId")

    def test_a_personal_team_stays_with_its_account(self, personal, session):
        client = session(personal.owner)
        member = make_member(personal, Role.ADMIN)
        path = f"{TEAMS}/{personal.pk}"
        response = client.post(f"{path}/transfer-admin", {"newOwnerId": member.pk})
        assert_error(response, 400, "personal_team")
        assert_error(client.delete(path), 400, "personal_team")


class TestDeleting:
    def test_it_takes_everything_with_it(self, session, api, evaluation, endpoint, team, path):
        api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"status": "Running"})
        make_member(team, Role.ADMIN)
        client = session()

        response = client.delete(path)

        assert response.json() == {"deleted": True, "id": team.pk}
        for model in (Team, Membership, ApiKey, Evaluation, WebhookEndpoint):
            assert not model.objects.exists()
        assert not WebhookEvent.objects.exists()
        assert not WebhookDelivery.objects.exists()
        assert_error(api.get(EVALUATIONS), 401, "invalid_credential")
        assert_error(client.delete(path), 404, "team_not_found")

    def test_what_its_autousers_rated_goes_too(self, session, team, path):
        autouser = Autouser.objects.create(team=team, name="Pia", system_prompt="You are Pia.")
        rate_all(make_study(team), autouser, ours=[5, 4, 3, 2], theirs=[1, 2, 3, 4])

        assert session().delete(path).status_code == 200

        for model in (Rating, AutouserRun, Evaluation, QuotaCounter):
            assert not model.objects.exists()
        assert not Autouser.objects.filter(pk=autouser.pk).exists()

    def test_what_another_team_still_uses_keeps_it(self, session, team, other_team, path):
        autouser = Autouser.objects.create(team=team, name="Pia", system_prompt="You are Pia.")
        rate_all(make_study(other_team), autouser, ours=[5, 4, 3, 2], theirs=[1, 2, 3, 4])

        assert_error(session().delete(path), 400, "team_in_use")

        assert Team.objects.filter(pk=team.pk).exists()
        assert Rating.objects.count() == 8

    def test_a_key_cannot(self, api, path, other_team):
        for where in (path, f"{TEAMS}/{other_team.pk}", f"{TEAMS}/nonsense"):
            assert_error(api.delete(where), 403, "session_required")


def test_every_account_has_one_personal_team(personal):
    assert (personal.name, personal.is_personal) == ("Nora's team", True)
    assert services.create_team(name="Second", owner=personal.owner).is_personal is False
