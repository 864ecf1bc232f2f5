"""Invitations: pending until accepted, of use to their addressee alone, and bounded by the day."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.utils import timezone

from api.writes import rights
from teams import tasks
from teams.models import AccountMail, DailyCount, Invitation, Membership, Role, Team
from teams.people import invitations, services
from tests.clients import ApiClient, assert_error
from tests.conftest import make_invitation, make_key, make_member, make_team, make_user

TEAMS = "/api/v1/teams"
OVER = timedelta(days=14, seconds=1)


@pytest.fixture
def path(team):
    return f"{TEAMS}/{team.pk}/members"


@pytest.fixture
def invitation(team):
    return make_invitation(team)


@pytest.fixture
def invited(invitation):
    """Somebody with an account, and nothing but an invitation to the team."""
    return services.register_user(email=invitation.email, name="Ines")


def ids_of(api, path):
    return [row["id"] for row in api.get(path).json()["data"]]


class TestAccepting:
    def test_it_makes_a_member_of_the_same_id_and_place(self, api, session, path, invited):
        make_member(Team.objects.get(name="Kiosk crew"), Role.VIEWER, "later@example.org")
        before = api.get(path).json()["data"]
        response = session(invited).post(f"{path}/accept")

        assert response.status_code == 200
        membership = Membership.objects.get(user=invited)
        pending = next(row for row in before if row["status"] == "pending")
        assert response.json() == {
            **pending,
            "id": membership.pk,
            "userId": invited.pk,
            "user": {"name": "Ines", "email": invited.email},
            "status": "active",
        }
        assert ids_of(api, path) == [row["id"] for row in before]
        assert not Invitation.objects.exists()
        assert session(invited).get(path).status_code == 200

    def test_doing_it_twice_is_no_error(self, session, path, invited):
        client = session(invited)
        answers = [client.post(f"{path}/accept") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()

    def test_the_same_request_is_answered_again(self, session, path, invited):
        client, key = session(invited), {"Idempotency-Key": "once"}
        answers = [client.post(f"{path}/accept", headers=key) for _ in range(2)]
        assert answers[0].content == answers[1].content

    def test_after_a_removal_and_another_invitation_it_is_another_request(
        self, api, session, team, path, invited
    ):
        client, key = session(invited), {"Idempotency-Key": "once"}
        client.post(f"{path}/accept", headers=key)
        api.delete(f"{path}/{invited.pk}")
        assert_error(client.post(f"{path}/accept", headers=key), 404, "invitation_not_found")
        again = make_invitation(team, role=Role.VIEWER)
        refused = client.post(f"{path}/accept", headers=key)
        assert_error(refused, 409, "idempotency_key_reused", "Idempotency-Key")
        accepted = client.post(f"{path}/accept", headers={"Idempotency-Key": "twice"}).json()
        assert (accepted["id"], accepted["role"]) == (again.pk, "Viewer")

    def test_a_role_changed_meanwhile_is_the_one_that_counts(self, api, session, path, invited):
        id = Invitation.objects.get().pk
        body = api.patch(f"{path}/{id}", {"role": "Viewer"}).json()
        assert (body["id"], body["role"], body["status"]) == (id, "Viewer", "pending")
        assert session(invited).post(f"{path}/accept").json()["role"] == "Viewer"

    def test_nobody_else_can(self, session, path, invitation):
        other = make_user("other@example.org")
        response = session(other).post(f"{path}/accept")
        assert_error(response, 404, "invitation_not_found")
        assert not Membership.objects.exists()

    def test_a_key_cannot(self, other_team, path, invited):
        Membership.objects.create(team=other_team, user=invited, role=Role.ADMIN)
        key = ApiClient(make_key(other_team, invited))
        assert_error(key.post(f"{path}/accept"), 403, "session_required")

    def test_one_who_is_signed_out_meanwhile_cannot(self, session, path, invited, monkeypatch):
        real = rights.confirm

        def confirm(caller):
            Session.objects.all().delete()
            real(caller)

        monkeypatch.setattr(rights, "confirm", confirm)
        assert_error(session(invited).post(f"{path}/accept"), 401, "session_over")
        browser = session(invited)
        browser.get("/invitation", {"token": Invitation.objects.get().token})
        browser.post("/invitation", b"answer=accept", "application/x-www-form-urlencoded")
        assert not Membership.objects.exists()

    @pytest.mark.parametrize("id", ["nonsense", "cm9k3d0aa0004s8l2c8t1kfwm", "team_"])
    def test_an_unknown_team_answers_alike(self, session, invited, id):
        response = session(invited).post(f"{TEAMS}/{id}/members/accept")
        assert_error(response, 404, "invitation_not_found")

    def test_the_owner_is_in_the_team_already(self, session, path, owner, team):
        body = session(owner).post(f"{path}/accept").json()
        assert (body["userId"], body["role"]) == (owner.pk, "Owner")


class TestBeforeAccepting:
    def test_one_sees_and_does_nothing(self, session, team, path, invited):
        client = session(invited)
        for response in (
            client.get(f"{TEAMS}/{team.pk}"),
            client.get(path),
            client.post(path, {"email": "a@example.org", "role": "Viewer"}),
            client.patch(f"{TEAMS}/{team.pk}", {"name": "Mine"}),
            client.post(f"{TEAMS}/{team.pk}/leave"),
        ):
            assert_error(response, 404, "team_not_found")
        assert [row["isPersonal"] for row in client.get(TEAMS).json()["data"]] == [True]

    def test_one_is_not_made_the_owner(self, api, session, team, invitation):
        path = f"{TEAMS}/{team.pk}/transfer-admin"
        response = session().post(path, {"newOwnerId": invitation.pk})
        assert_error(response, 400, "not_a_member", "newOwnerId")

    def test_nobody_is_to_be_owner(self, api, path, invitation):
        response = api.patch(f"{path}/{invitation.pk}", {"role": "Owner"})
        assert_error(response, 400, "owner_protected", "role")


class TestTheEnd:
    def test_it_is_withdrawn(self, api, session, path, invited, invitation):
        removed = api.delete(f"{path}/{invitation.pk}")
        assert removed.json() == {"deleted": True, "id": invitation.pk}
        assert_error(session(invited).post(f"{path}/accept"), 404, "invitation_not_found")
        assert_error(api.delete(f"{path}/{invitation.pk}"), 404, "member_not_found")

    def test_it_is_over_after_fourteen_days(self, api, session, team, path, invited, invitation):
        with time_machine.travel(timezone.now() + OVER):
            assert_error(session(invited).post(f"{path}/accept"), 404, "invitation_not_found")
            assert_error(
                api.patch(f"{path}/{invitation.pk}", {"role": "Viewer"}), 404, "member_not_found"
            )
            assert ids_of(api, path) == [team.owner_id]

    def test_after_that_one_is_invited_anew(self, api, path, invitation):
        with time_machine.travel(timezone.now() + OVER):
            response = api.post(path, {"email": invitation.email, "role": "Viewer"})
            assert response.status_code == 201
        assert Invitation.objects.get().pk == response.json()["id"] != invitation.pk

    @pytest.mark.parametrize("end", ["withdrawn", "over", "over and replaced"])
    def test_a_cursor_on_it_keeps_its_place(self, api, team, path, invitation, end):
        later = make_member(team, Role.VIEWER, "later@example.org")
        if end == "withdrawn":
            api.delete(f"{path}/{invitation.pk}")
        with time_machine.travel(timezone.now() + (OVER if end != "withdrawn" else timedelta())):
            if end == "over and replaced":
                api.post(path, {"email": invitation.email, "role": "Viewer"})
            rest = api.get(path, {"starting_after": invitation.pk}).json()["data"]
            newer = api.get(path, {"ending_before": invitation.pk}).json()["data"]
        assert [row["id"] for row in rest] == [team.owner_id]
        assert newer[-1]["userId"] == later.pk

    def test_it_is_forgotten_a_day_later(self, invitation):
        tasks.forget()
        assert Invitation.objects.exists()
        with time_machine.travel(timezone.now() + OVER + timedelta(days=1)):
            tasks.forget()
        assert not Invitation.objects.exists()

    def test_it_goes_with_its_team(self, session, team, invitation):
        assert session().delete(f"{TEAMS}/{team.pk}").status_code == 200
        assert not Invitation.objects.exists()


class TestItsSender:
    """An invitation gives no more than its sender may give when it is accepted."""

    @pytest.fixture
    def sender(self, team):
        return make_member(team, Role.ADMIN, "sender@example.org")

    @pytest.fixture
    def invitation(self, team, sender):
        return make_invitation(team, invited_by=sender)

    @pytest.mark.parametrize("how", ["removed", "leaves", "demoted", "deactivated", "by operator"])
    def test_one_who_is_no_admin_any_more_has_invited_nobody(
        self, api, session, team, path, sender, invited, how
    ):
        membership = Membership.objects.get(user=sender)
        if how == "removed":
            api.delete(f"{path}/{sender.pk}")
        elif how == "leaves":
            session(sender).post(f"{TEAMS}/{team.pk}/leave")
        elif how == "demoted":
            api.patch(f"{path}/{sender.pk}", {"role": "Editor"})
        elif how == "deactivated":
            sender.is_active = False
            sender.save()
        else:
            membership.role = Role.VIEWER
            membership.save()

        assert_error(session(invited).post(f"{path}/accept"), 404, "invitation_not_found")
        assert invited.email not in str(api.get(path).json())
        assert api.post(path, {"email": invited.email, "role": "Viewer"}).status_code == 201

    def test_coming_back_brings_none_back(self, api, session, team, path, sender, invited):
        api.delete(f"{path}/{sender.pk}")
        Membership.objects.create(team=team, user=sender, role=Role.ADMIN)
        assert_error(session(invited).post(f"{path}/accept"), 404, "invitation_not_found")

    def test_the_owner_who_hands_over_stays_one_who_may_invite(
        self, session, team, path, owner, sender, invited
    ):
        Invitation.objects.update(invited_by=owner)
        session(owner).post(f"{TEAMS}/{team.pk}/transfer-admin", {"newOwnerId": sender.pk})
        assert session(invited).post(f"{path}/accept").status_code == 200


class TestMailsADay:
    def invite(self, client, path, email="a@example.org"):
        return client.post(path, {"email": email, "role": "Viewer"})

    def test_inviting_and_removing_mails_an_address_three_times(self, api, path):
        with time_machine.travel("2026-06-01T08:00:00Z", tick=False) as clock:
            for _ in range(3):
                id = self.invite(api, path).json()["id"]
                api.delete(f"{path}/{id}")
            error = assert_error(self.invite(api, path), 429, "invitation_limit_reached", "email")
            assert "3 invitations today" in error["message"]
            assert not Invitation.objects.exists()
            assert self.invite(api, path, "b@example.org").status_code == 201
            clock.move_to("2026-06-02T00:00:00Z")
            assert self.invite(api, path).status_code == 201

    def test_another_admin_of_the_team_cannot_go_on(self, api, session, team, path):
        for _ in range(3):
            id = self.invite(api, path).json()["id"]
            api.delete(f"{path}/{id}")
        other = session(make_member(team, Role.ADMIN))
        assert_error(self.invite(other, path), 429, "invitation_limit_reached", "email")

    def test_another_team_of_the_same_person_cannot_go_on(self, session, owner):
        client, sent = session(), []
        for n in range(4):
            team = make_team(owner=owner, name=f"{n}")
            sent.append(self.invite(client, f"{TEAMS}/{team.pk}/members").status_code)
            client.delete(f"{TEAMS}/{team.pk}")
        assert sent == [201, 201, 201, 429]

    def test_a_person_sends_so_many_in_all(self, api, session, team, path, settings):
        settings.INVITATIONS_PER_DAY = 2
        sent = [self.invite(api, path, f"{n}@example.org").status_code for n in range(3)]
        assert sent == [201, 201, 429]
        other = session(make_member(team, Role.ADMIN))
        assert self.invite(other, path).status_code == 201

    def test_what_is_refused_is_not_counted(self, api, path, invitation):
        for body in ({"email": invitation.email, "role": "Viewer"},
                     {"email": "a@example.org", "role": "Owner"}):  # fmt: skip
            assert api.post(path, body).status_code == 400
        assert not DailyCount.objects.exists()

    def test_only_logging_rate_limits_does_not_lift_it(self, api, path, settings):
        settings.RATE_LIMIT_MODE = "log"
        settings.INVITATIONS_PER_DAY = 0
        assert_error(self.invite(api, path), 429, "invitation_limit_reached", "email")

    def test_counts_of_past_days_are_forgotten(self, api, path):
        self.invite(api, path)
        with time_machine.travel(timezone.now() + timedelta(days=2)):
            tasks.forget()
        assert not DailyCount.objects.exists()


def test_the_secret_of_another_invitation_is_none(team, invitation):
    other = make_invitation(team, "other@example.org")
    assert invitations.find_by_token(other.token) == other
    for token in ("", "x", other.pk, f"{invitation.pk}:{other.token.partition(':')[2]}", "\0:\0"):
        assert invitations.find_by_token(token) is None
    assert not AccountMail.objects.exists()
