"""Addresses of studies: where each leads, and what the wrong account reads."""

import pytest
from django.test import Client

from evaluations.models import Evaluation, Share
from teams.models import Role
from tests.conftest import make_member, make_team, make_user
from tests.pages import opened, typed, words
from tests.ratings.rating import create


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def stranger(db):
    person = make_user("stranger@example.org")
    make_team(owner=person, name="Elsewhere")
    return signed_in(person)


class TestTheAddressOfAStudy:
    @pytest.mark.parametrize(
        ("status", "role", "page"),
        [
            ("Draft", Role.EDITOR, "edit"),
            ("Draft", Role.VIEWER, "preview"),
            ("Running", Role.EDITOR, "results"),
            ("Ended", Role.VIEWER, "results"),
            ("Archived", Role.EDITOR, "results"),
        ],
    )
    def test_it_leads_to_the_page_that_its_status_calls_for(self, api, team, status, role, page):
        study = create(api, status="Draft" if status == "Draft" else "Running")
        Evaluation.objects.get().move_to(status)
        member = signed_in(make_member(team, role))
        response = member.get(f"/evaluations/{study['id']}")
        assert response["Location"] == f"/evaluations/{study['id']}/{page}"
        assert member.get(response["Location"]).status_code == 200

    @pytest.mark.parametrize(
        ("status", "permission", "page"),
        [
            ("Draft", "VIEWER", "preview"),
            ("Running", "VIEWER", "review"),
            ("Running", "EDITOR", "results"),
            ("Ended", "VIEWER", "results"),
        ],
    )
    def test_people_from_outside_rate_what_runs(self, api, status, permission, page):
        study = create(api, status="Draft" if status == "Draft" else "Running")
        row = Evaluation.objects.get()
        row.move_to(status)
        person = make_user("outside@example.org")
        make_team(owner=person, name="Elsewhere")
        Share.objects.create(evaluation=row, user=person, permission=permission)
        response = signed_in(person).get(f"/evaluations/{study['id']}")
        assert response["Location"] == f"/evaluations/{study['id']}/{page}"

    @pytest.mark.parametrize(
        ("asked", "leads_to"),
        [
            ("/evals/{id}", "/evaluations/{id}"),
            ("/eval/{id}", "/evaluations/{id}"),
            ("/evals/{id}/results", "/evaluations/{id}/results"),
            (
                "/evals/{id}/results/autousers?inspectRun=r1",
                "/evaluations/{id}/results/autousers?inspectRun=r1",
            ),
        ],
    )
    def test_addresses_of_older_clients_lead_to_ours(self, db, asked, leads_to):
        response = Client().get(asked.format(id="abc"))
        assert response.status_code == 302
        assert response["Location"] == leads_to.format(id="abc")

    def test_they_lead_nowhere_else(self, db):
        for asked in ("/evals//evil.example/x", "/eval/%2F%2Fevil.example", "/evals/a%0d%0ab"):
            response = Client().get(asked)
            assert response.status_code in (302, 404)
            assert response.get("Location", "/evaluations/").startswith("/evaluations/")


class TestTheWrongAccount:
    @pytest.mark.parametrize("page", ["", "/edit", "/results"])
    def test_it_reads_whose_the_study_is_and_how_to_switch(self, api, stranger, page):
        path = f"/evaluations/{create(api)['id']}{page}"
        told = opened(stranger, path, 403)
        assert "This study belongs to Kiosk crew" in words(told)
        assert "stranger@example.org" in words(told)
        form = typed(told, "//main//form[@action='/sign-out']")
        response = stranger.post("/sign-out", form)
        assert response["Location"].endswith(f"?next={path.replace('/', '%2F')}")

    def test_what_does_not_exist_is_404(self, stranger):
        assert stranger.get("/evaluations/nowhere/results").status_code == 404

    def test_nobody_reads_more_than_where_to_sign_in(self, api):
        there = Client().get(f"/evaluations/{create(api)['id']}/results")
        gone = Client().get("/evaluations/nowhere/results")
        assert there.status_code == gone.status_code == 302
        assert there["Location"].startswith("/sign-in")
