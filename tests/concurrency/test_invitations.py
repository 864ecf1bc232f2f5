"""Invitations that are answered, withdrawn and made at once: the lock on the team decides."""

import pytest
from django.test import Client

from teams.models import AccountMail, DailyCount, Invitation, Membership, Role, User
from teams.people import invitations, services
from tests.clients import ApiClient
from tests.concurrency.threads import at_once
from tests.conftest import make_invitation, make_key, make_member

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

ROUNDS = 6
NEW = "a very long new password"


@pytest.fixture
def path(team):
    return f"/api/v1/teams/{team.pk}/members"


def statuses(results):
    return [response.status_code for response in results]


class TestAccepting:
    def test_one_that_is_withdrawn_meanwhile_leaves_nobody_in_the_team(
        self, api, session, team, path
    ):
        for n in range(ROUNDS):
            invitation = make_invitation(team, f"{n}@example.org")
            browser = session(services.register_user(email=invitation.email))
            browser.get(path)

            accepted, removed = at_once(
                [
                    lambda browser=browser: browser.post(f"{path}/accept"),
                    lambda pk=invitation.pk: ApiClient(api.token).delete(f"{path}/{pk}"),
                ]
            )

            # The member has the invitation's id: withdrawing it is removing them.
            assert removed.status_code == 200, removed.content
            assert accepted.status_code in (200, 404), accepted.content
            assert not Invitation.objects.exists()
            assert not Membership.objects.exists()

    def test_twice_at_once_makes_one_member(self, session, team, path):
        invitation = make_invitation(team)
        user = services.register_user(email=invitation.email)
        browsers = [session(user) for _ in range(6)]

        results = at_once([lambda b=b: b.post(f"{path}/accept") for b in browsers])

        assert statuses(results) == [200] * 6
        assert {response.json()["id"] for response in results} == {invitation.pk}
        assert Membership.objects.filter(team=team).count() == 1

    def test_while_its_sender_is_removed_it_is_one_or_the_other(self, api, session, team, path):
        for n in range(ROUNDS):
            sender = make_member(team, Role.ADMIN, f"admin{n}@example.org")
            invitation = make_invitation(team, f"{n}@example.org", invited_by=sender)
            user = services.register_user(email=invitation.email)
            browser = session(user)

            accepted, removed = at_once(
                [
                    lambda browser=browser: browser.post(f"{path}/accept"),
                    lambda pk=sender.pk: ApiClient(api.token).delete(f"{path}/{pk}"),
                ]
            )

            assert removed.status_code == 200, removed.content
            assert accepted.status_code in (200, 404), accepted.content
            is_in = Membership.objects.filter(team=team, user=user).exists()
            assert is_in == (accepted.status_code == 200)
            assert not Invitation.objects.exists()

    def test_of_one_that_is_over_and_made_anew_the_new_one_counts(self, api, session, team, path):
        for n in range(ROUNDS):
            old = make_invitation(team, f"{n}@example.org", expires_at="2026-01-01T00:00:00Z")
            user = services.register_user(email=old.email)
            browser = session(user)
            body = {"email": old.email, "role": "Viewer"}

            accepted, invited = at_once(
                [
                    lambda browser=browser: browser.post(f"{path}/accept"),
                    lambda body=body: ApiClient(api.token).post(path, body),
                ]
            )

            assert invited.status_code == 201, invited.content
            assert accepted.status_code in (200, 404), accepted.content
            roles = list(Membership.objects.filter(user=user).values_list("role", flat=True))
            assert roles == (["Viewer"] if accepted.status_code == 200 else [])

    def test_with_a_password_from_two_windows_makes_one_account(self, team):
        invitation = make_invitation(team)
        browsers = [Client() for _ in range(4)]
        for browser in browsers:
            browser.get("/invitation", {"token": invitation.token})
        body = {"name": "Ines", "new_password1": NEW, "new_password2": NEW}

        results = at_once([lambda b=b: b.post("/invitation", body) for b in browsers])

        assert sorted(statuses(results)) == [302, 404, 404, 404]
        user = User.objects.get(email=invitation.email)
        assert user.owned_teams.count() == 1
        assert Membership.objects.get(user=user).team == team

    def test_into_two_teams_at_once_makes_one_account(self, team, other_team):
        waiting = [make_invitation(each) for each in (team, other_team)]

        def accept(invitation):
            try:
                return invitations.accept_with_password(
                    invitation=invitation, name="Ines", password=NEW
                )
            except invitations.InvitationNotFound:
                return None

        results = at_once([lambda i=i: accept(i) for i in waiting])

        assert len(list(filter(None, results))) == 1, "the other one signs in by now"
        assert User.objects.get(email="invited@example.org").check_password(NEW)
        assert Invitation.objects.count() == 1


class TestInviting:
    def test_of_ten_at_once_one_is_sent(self, api, team, path):
        body = {"email": "new@example.org", "role": "Editor"}

        results = at_once([lambda: ApiClient(api.token).post(path, body)] * 10)

        codes = sorted(r.json().get("error", {}).get("code", "") for r in results)
        assert codes == ["", *["already_invited"] * 9]
        assert Invitation.objects.count() == AccountMail.objects.count() == 1
        assert set(DailyCount.objects.values_list("count", flat=True)) == {1}

    def test_the_mails_of_a_day_are_counted_exactly(self, owner, settings):
        settings.INVITATIONS_PER_DAY = 5
        teams = [services.create_team(name=f"{n}", owner=owner) for n in range(10)]
        keys = [make_key(team) for team in teams]

        results = at_once(
            [
                lambda team=team, key=key, n=n: ApiClient(key).post(
                    f"/api/v1/teams/{team.pk}/members",
                    {"email": f"{n}@example.org", "role": "Viewer"},
                )
                for n, (team, key) in enumerate(zip(teams, keys, strict=True))
            ]
        )

        assert sorted(statuses(results)) == [201] * 5 + [429] * 5
        assert Invitation.objects.count() == 5
