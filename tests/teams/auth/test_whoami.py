"""`GET /auth/whoami`: who is calling, for which team, and within which scopes."""

import pytest
from django.db import transaction

from teams.limits import quotas
from teams.models import Membership, Meter, Role, Team
from teams.people import services
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key

WHOAMI = "/api/v1/auth/whoami"


class TestAKey:
    def test_it_acts_as_its_maker_on_its_team_within_its_scopes(self, team, owner):
        services.create_team(name="Not the key's", owner=owner)
        with transaction.atomic():
            quotas.consume(team=team, meter=Meter.AUTOUSER_RATINGS, amount=3)
        scopes = ("evaluations:read", "webhooks:*")

        response = ApiClient(make_key(team, scopes=scopes)).get(WHOAMI)

        assert response.status_code == 200
        assert response.json() == {
            "userId": owner.pk,
            "teamId": team.pk,
            "source": "apikey",
            "scopes": list(scopes),
            "email": "owner@example.org",
            "user": {"id": owner.pk, "name": "Olga Owner", "email": "owner@example.org"},
            "teams": [{"id": team.pk, "name": "Kiosk crew", "isPersonal": False}],
            "activeTeamId": team.pk,
            "plan": "pro",
            "usage": {"freeQuota": {"used": 3, "limit": 2000}, "byok": False},
        }

    def test_it_needs_no_scope(self, team):
        assert ApiClient(make_key(team, scopes=())).get(WHOAMI).json()["scopes"] == []

    def test_the_published_client_reads_the_same_under_data(self, api):
        body = api.get(WHOAMI, headers={"User-Agent": "autousers-cli/1.0"}).json()
        data = body.pop("data")
        assert data == body == api.get(WHOAMI).json()


class TestASession:
    def test_it_has_no_scopes_and_every_team(self, session, owner, team, other_team):
        Membership.objects.create(team=other_team, user=owner, role=Role.VIEWER)
        body = session().get(WHOAMI).json()
        assert body["source"] == "session"
        assert "scopes" not in body
        assert [row["id"] for row in body["teams"]] == [other_team.pk, team.pk]
        assert body["teamId"] == body["activeTeamId"] == team.pk

    def test_a_person_without_a_name_and_without_a_team(self, session, db):
        loner = services.register_user(email="loner@example.org")
        Team.objects.all().delete()
        body = session(loner).get(WHOAMI).json()
        assert body["teams"] == []
        assert body["teamId"] is body["activeTeamId"] is body["user"]["name"] is None
        assert "plan" not in body

    def test_the_personal_team_goes_before_one_that_was_taken_over(self, session, db):
        boss = services.register_user(email="boss@example.org", name="Boss")
        older = services.create_team(name="Older", owner=boss)
        Team.objects.filter(pk=older.pk).update(id="c" + "0" * 24)
        body = session(boss).get(WHOAMI).json()
        assert body["teamId"] == Team.objects.get(is_personal=True).pk
        assert {row["name"]: row["isPersonal"] for row in body["teams"]} == {
            "Older": False,
            "Boss's team": True,
        }


@pytest.mark.parametrize("limit", [None, 5])
def test_a_teams_own_limit_shows(api, team, limit):
    team.plan, team.autouser_ratings_limit = "enterprise", limit
    team.save()
    body = api.get(WHOAMI).json()
    assert body["usage"]["freeQuota"] == {"used": 0, "limit": limit}


def test_nobody_is_nobody(anonymous, db):
    assert_error(anonymous.get(WHOAMI), 401, "invalid_credential")
