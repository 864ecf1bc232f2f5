"""Requests for access: asking, deciding, withdrawing, and who is told what."""

import pytest

from evaluations.models import AccessRequest, Share
from teams.models import Notification, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_user
from tests.evaluations.sharing.shared import make_outsider, make_share

EVALUATIONS = "/api/v1/evaluations"
INBOX = "/api/v1/access-requests/inbox"


@pytest.fixture
def path(evaluation):
    return f"{EVALUATIONS}/{evaluation['id']}/access-requests"


@pytest.fixture
def person(db):
    return make_outsider("asking@example.org", name="Asta Asking")


@pytest.fixture
def asked(session, path, person):
    """A pending request."""
    return session(person).post(path, {"message": "May I look?"}).json()


def told(kind):
    found = Notification.objects.filter(kind=f"evaluation.{kind}")
    return {one.user.email: one for one in found.select_related("user")}


class TestAsking:
    def test_it_is_pending_and_those_who_decide_are_told(
        self, session, team, path, person, evaluation
    ):
        make_member(team, Role.ADMIN, "admin@example.org")
        make_member(team, Role.EDITOR, "editor@example.org")
        make_share(evaluation["id"], make_outsider("co-owner@example.org"), "OWNER")
        client = session(person)

        response = client.post(path, {"message": "May I look?"})

        request = AccessRequest.objects.get()
        assert response.status_code == 201
        assert response.json() == {
            "id": request.pk,
            "evaluationId": evaluation["id"],
            "requesterId": person.pk,
            "status": "pending",
            "createdAt": response.json()["createdAt"],
            "message": "May I look?",
            "requester": {"name": "Asta Asking", "email": "asking@example.org"},
        }
        assert client.get(f"{path}/mine").json() == response.json()
        deciding = told("access_requested")
        assert set(deciding) == {"owner@example.org", "admin@example.org", "co-owner@example.org"}
        one = deciding["owner@example.org"]
        assert one.text == (
            "Asta Asking (asking@example.org) asks for access to the study “Ticket kiosk” of "
            "the team “Kiosk crew”. The message: “May I look?”"
        )
        assert one.link == f"/evaluations/{evaluation['id']}/share"

    @pytest.mark.parametrize("body", [None, {}, {"message": ""}, {"message": "x" * 500}])
    def test_a_message_may_be_missing(self, session, path, person, body):
        response = session(person).post(path, body)
        assert response.json()["message"] == ((body or {}).get("message") or None)

    def test_it_is_not_long(self, session, path, person):
        response = session(person).post(path, {"message": "x" * 501})
        assert_error(response, 400, "validation_failed", "message")

    def test_asking_again_gives_the_pending_one(self, session, path, person, asked):
        assert session(person).post(path, {"message": "Please!"}).json() == asked
        assert len(told("access_requested")) == 1

    def test_three_times_a_day_is_enough(self, session, path, person):
        client = session(person)
        for _ in range(3):
            id = client.post(path).json()["id"]
            client.post(f"{path}/{id}/withdraw")
        assert_error(client.post(path), 429, "access_request_limit_reached")

    def test_who_has_access_needs_none(self, api, session, path, person, evaluation):
        assert_error(api.post(path), 400, "already_has_access")
        make_share(evaluation["id"], person)
        assert_error(session(person).post(path), 400, "already_has_access")

    def test_what_a_key_may_not_know_of_it_cannot_ask_for(self, path, person):
        key = ApiClient(make_key(person.owned_teams.get()))
        assert_error(key.post(path), 404, "evaluation_not_found")

    def test_what_does_not_exist_and_what_is_not_told_are_alike(self, session, path, person):
        homeless = session(make_user("homeless@example.org"))
        assert_error(homeless.post(path), 404, "evaluation_not_found")
        for id in ("cnobody00000000000000000x", "x"):
            response = session(person).post(f"{EVALUATIONS}/{id}/access-requests")
            assert_error(response, 404, "evaluation_not_found")


class TestMine:
    def test_it_is_404_when_none_is_open(self, session, path, person):
        client = session(person)
        assert_error(client.get(f"{path}/mine"), 404, "access_request_not_found")
        id = client.post(path).json()["id"]
        client.post(f"{path}/{id}/withdraw")
        assert_error(client.get(f"{path}/mine"), 404, "access_request_not_found")

    def test_it_is_nobody_elses(self, api, asked, path):
        assert_error(api.get(f"{path}/mine"), 404, "access_request_not_found")


class TestDeciding:
    def test_approving_gives_a_viewer_share_and_tells(self, api, session, path, person, asked):
        reply = api.post(f"{path}/{asked['id']}/approve")

        assert reply.status_code == 200
        assert reply.json() == {**asked, "status": "approved"}
        share = Share.objects.get()
        assert (share.user, share.permission) == (person, "VIEWER")
        assert set(told("access_approved")) == {person.email}
        assert told("access_requested")["owner@example.org"].read_at is not None
        assert session(person).get(f"{EVALUATIONS}/{asked['evaluationId']}").status_code == 200

    def test_declining_gives_nothing_and_tells(self, api, path, person, asked):
        reply = api.post(f"{path}/{asked['id']}/decline")

        assert reply.json() == {**asked, "status": "declined"}
        assert not Share.objects.exists()
        assert set(told("access_declined")) == {person.email}

    @pytest.mark.parametrize("first", ["approve", "decline", "withdraw"])
    @pytest.mark.parametrize("second", ["approve", "decline", "withdraw"])
    def test_it_is_decided_once(self, api, session, path, person, asked, first, second):
        clients = {"withdraw": session(person)}
        assert clients.get(first, api).post(f"{path}/{asked['id']}/{first}").status_code == 200
        response = clients.get(second, api).post(f"{path}/{asked['id']}/{second}")
        assert_error(response, 400, "access_request_not_pending")
        assert Share.objects.count() == (first == "approve")

    def test_a_share_that_was_granted_meanwhile_stays_and_approves(self, api, path, person, asked):
        shares = path.replace("access-requests", "shares")
        assert api.post(shares, {"userId": person.pk, "permission": "OWNER"}).status_code == 201
        assert AccessRequest.objects.get().status == "approved"
        assert Share.objects.get().permission == "OWNER"

    def test_editors_decide_nothing(self, team, path, asked):
        editor = ApiClient(make_key(team, make_member(team, Role.EDITOR)))
        for verb in ("approve", "decline"):
            assert_error(editor.post(f"{path}/{asked['id']}/{verb}"), 403, "insufficient_role")

    def test_a_request_belongs_to_its_evaluation(self, api, asked):
        other = api.post(EVALUATIONS, {"name": "Other"}).json()["id"]
        for verb in ("approve", "decline"):
            response = api.post(f"{EVALUATIONS}/{other}/access-requests/{asked['id']}/{verb}")
            assert_error(response, 404, "access_request_not_found")

    def test_only_the_requester_withdraws(self, api, session, path, asked):
        for client in (api, session(make_outsider())):
            response = client.post(f"{path}/{asked['id']}/withdraw")
            assert_error(response, 404, "access_request_not_found")


class TestInbox:
    def rows(self, client, query=""):
        return [row["id"] for row in client.get(f"{INBOX}?{query}").json()["data"]]

    def test_it_has_what_the_caller_may_decide(
        self, api, other_api, session, team, path, asked, evaluation
    ):
        owner = make_outsider("co-owner@example.org")
        make_share(evaluation["id"], owner, "OWNER")
        admin = make_member(team, Role.ADMIN, "admin@example.org")
        editor = make_member(team, Role.EDITOR, "editor@example.org")
        for client in (api, session(owner), session(admin)):
            assert client.get(INBOX).json()["data"] == [asked]
        for client in (other_api, session(editor), ApiClient(make_key(owner.owned_teams.get()))):
            assert self.rows(client) == []

    def test_it_is_paged_over_what_is_decided_meanwhile(self, api, session, path):
        ids = []
        for n in range(4):
            client = session(make_outsider(f"{n}@example.org"))
            ids.insert(0, client.post(path).json()["id"])
        page = api.get(f"{INBOX}?limit=2").json()
        assert [row["id"] for row in page["data"]] == ids[:2]
        api.post(f"{path}/{ids[1]}/approve")
        assert self.rows(api, f"starting_after={page['next_cursor']}") == ids[2:]

    def test_a_deleted_evaluation_takes_its_requests_along(self, api, asked):
        api.delete(f"{EVALUATIONS}/{asked['evaluationId']}")
        assert self.rows(api) == []
        assert not AccessRequest.objects.exists()
