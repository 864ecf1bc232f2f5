"""`GET /evaluations/{id}`: what each caller sees of an evaluation."""

import pytest

from api.ids import cuid
from evaluations.models import Evaluation
from teams.models import Membership, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_user

EVALUATIONS = "/api/v1/evaluations"


@pytest.fixture
def path(evaluation):
    return f"{EVALUATIONS}/{evaluation['id']}"


class TestReading:
    def test_it_answers_what_the_creation_answered(self, api, evaluation, path):
        assert api.get(path).json() == evaluation

    def test_the_documented_prefix_is_accepted(self, api, evaluation):
        assert api.get(f"{EVALUATIONS}/eval_{evaluation['id']}").json() == evaluation

    @pytest.mark.parametrize(
        ("role", "permission"),
        [(Role.VIEWER, "VIEWER"), (Role.EDITOR, "EDITOR"), (Role.ADMIN, "OWNER")],
    )
    def test_every_role_reads_and_learns_its_permission(
        self, evaluation, team, path, role, permission
    ):
        client = ApiClient(make_key(team, make_member(team, role)))
        assert client.get(path).json() == evaluation | {"myPermission": permission}

    def test_a_session_reads_every_team_of_its_person(self, session, evaluation, path, team):
        person = make_user("both@example.org")
        Membership.objects.create(team=team, user=person, role=Role.VIEWER)
        assert session(person).get(path).json() == evaluation | {"myPermission": "VIEWER"}

    def test_an_owner_without_a_name_and_one_who_is_gone(self, api, evaluation, path, owner):
        owner.name = ""
        owner.save()
        assert api.get(path).json()["owner"] == {"name": None, "email": "owner@example.org"}

        Evaluation.objects.update(created_by=None)
        assert api.get(path).json()["owner"] is None

    def test_it_changes_nothing(self, api, evaluation, path):
        before = Evaluation.objects.values().get()
        api.get(path)
        assert Evaluation.objects.values().get() == before


class TestNotSeeing:
    def test_a_key_cannot_tell_a_foreign_one_from_none(self, other_api, path):
        answers = []
        for address in (path, f"{EVALUATIONS}/{cuid()}", f"{EVALUATIONS}/nonsense"):
            error = assert_error(other_api.get(address), 404, "evaluation_not_found")
            del error["request_id"]
            answers.append(error)
        assert answers[0] == answers[1] == answers[2]

    def test_a_session_with_a_team_is_told_whose_a_foreign_one_is(self, session, path, other_team):
        stranger = other_team.owner
        for method in ("get", "patch", "delete"):
            error = assert_error(
                getattr(session(stranger), method)(path), 403, "evaluation_no_access"
            )
            assert error["details"] == {"teamName": "Kiosk crew", "email": stranger.email}

    def test_a_session_asking_for_none_gets_404(self, session, team):
        for id in (cuid(), "nonsense"):
            response = session().get(f"{EVALUATIONS}/{id}")
            assert_error(response, 404, "evaluation_not_found")

    def test_a_session_of_a_person_in_no_team_gets_404(self, session, path):
        alone = make_user("alone@example.org")
        assert_error(session(alone).get(path), 404, "evaluation_not_found")

    def test_without_credential_it_is_401_either_way(self, anonymous, path):
        for address in (path, f"{EVALUATIONS}/{cuid()}"):
            assert_error(anonymous.get(address), 401, "invalid_credential")
