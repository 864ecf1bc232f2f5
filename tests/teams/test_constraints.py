"""What the database itself refuses, whoever writes to it."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from teams.models import Membership, Role, Team, User
from teams.people.services import create_team
from tests.conftest import make_member, make_team, make_user


@pytest.fixture(autouse=True)
def checked(db):
    """PostgreSQL and SQLite check some constraints when the transaction ends: do so now."""
    yield
    connection.check_constraints()


def refuses(action):
    with pytest.raises(IntegrityError), transaction.atomic():
        action()


class TestOwner:
    def test_a_team_has_exactly_one(self, team):
        refuses(lambda: Team.objects.create(name="x", slug="x", owner=None))
        refuses(lambda: Team.objects.update(owner=None))

    def test_a_membership_cannot_make_another(self, team):
        refuses(lambda: make_member(team, Role.OWNER))
        member = make_member(team, Role.ADMIN, "admin@example.org")
        refuses(lambda: Membership.objects.filter(user=member).update(role=Role.OWNER))

    def test_the_owner_cannot_be_deleted_under_the_team(self, team):
        with pytest.raises(ProtectedError):
            team.owner.delete()


class TestMembership:
    def test_a_person_is_in_a_team_once(self, team):
        member = make_member(team, Role.VIEWER)
        refuses(lambda: Membership.objects.create(team=team, user=member, role=Role.ADMIN))

    def test_a_person_may_be_in_many_teams(self, team, other_team):
        member = make_member(team, Role.VIEWER)
        Membership.objects.create(team=other_team, user=member, role=Role.ADMIN)
        assert set(Team.objects.of_user(member)) == {team, other_team}

    @pytest.mark.parametrize("role", ["viewer", "", "Guest"])
    def test_an_unknown_role_is_refused(self, team, role):
        refuses(lambda: make_member(team, role))


class TestEmail:
    @pytest.mark.parametrize("email", ["olga@example.org", "OLGA@example.org", "Olga@EXAMPLE.org"])
    def test_one_address_is_one_person_whatever_its_case(self, db, email):
        make_user("olga@example.org")
        refuses(lambda: User.objects.create(email=email))
        refuses(lambda: make_user(email))

    def test_it_is_kept_in_lower_case(self, db):
        assert make_user("Olga@Example.ORG").email == "olga@example.org"


class TestTeam:
    def test_an_unknown_plan_is_refused(self, team):
        refuses(lambda: Team.objects.update(plan="gold"))

    def test_two_teams_of_one_name_have_two_slugs(self, owner, other_team):
        slugs = {make_team(owner=owner, name="Kiosk").slug for _ in range(3)}
        assert len(slugs) == 3

    def test_a_new_team_has_the_installations_plan(self, owner, settings):
        assert create_team(name="x", owner=owner).plan == "pro"
        settings.DEFAULT_PLAN = "free"
        assert create_team(name="y", owner=owner).plan == "free"
