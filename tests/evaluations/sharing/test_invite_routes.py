"""`…/invites`: inviting an address, its answer, and what an Admin changes meanwhile."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evaluations import tasks
from evaluations.models import AccessRequest, Evaluation, Share
from evaluations.sharing import invites
from teams.models import Membership, Notification, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member
from tests.evaluations.sharing.shared import make_invite, make_outsider, make_share

EVALUATIONS = "/api/v1/evaluations"
LATE = {"expires_at": timezone.now() - timedelta(seconds=1)}


@pytest.fixture
def path(evaluation):
    return f"{EVALUATIONS}/{evaluation['id']}/invites"


@pytest.fixture
def invited(db):
    return make_outsider("invited@example.org")


class TestInviting:
    def test_it_is_pending(self, api, path, evaluation):
        response = api.post(path, {"email": " New@Example.org"})

        share = Share.objects.get()
        assert response.status_code == 201
        assert response.json() == {
            "id": share.pk,
            "evaluationId": evaluation["id"],
            "email": "new@example.org",
            "permission": "VIEWER",
            "status": "pending",
            "createdAt": response.json()["createdAt"],
            "expiresAt": response.json()["expiresAt"],
        }
        assert share.expires_at - share.created_at == Share.GOOD_FOR
        assert api.get(path).json()["data"] == [response.json()]

    def test_again_it_is_the_same_with_more_time_and_a_mail(self, api, path, evaluation):
        earlier = make_invite(evaluation["id"], **LATE)
        reply = api.post(path, {"email": earlier.email, "permission": "editor"}).json()

        again = Share.objects.get()
        assert (again.pk, again.permission, again.mail_due) == (reply["id"], "EDITOR", True)
        assert again.expires_at > timezone.now()

    def test_who_holds_a_share_is_not_invited(self, api, path, evaluation):
        make_share(evaluation["id"], holder := make_outsider())
        assert_error(api.post(path, {"email": holder.email}), 400, "already_shared", "email")

    @pytest.mark.parametrize(
        ("body", "param"),
        [({}, "email"), ({"email": "a@example.org", "permission": "OWNER"}, "permission")],
    )
    def test_a_bad_body_is_refused(self, api, path, body, param):
        assert_error(api.post(path, body), 400, "validation_failed", param)

    def test_an_editor_takes_nothing_away_by_it(self, team, path, evaluation):
        make_invite(evaluation["id"], permission="EDITOR")
        editor = ApiClient(make_key(team, make_member(team, Role.EDITOR)))
        response = editor.post(path, {"email": "invited@example.org"})
        assert_error(response, 403, "insufficient_role", "permission")


class TestListing:
    def test_it_has_what_can_be_accepted(self, api, path, evaluation):
        made = [make_invite(evaluation["id"], f"{n}@example.org") for n in range(3)]
        make_invite(evaluation["id"], "owner2@example.org", "OWNER")  # among the shares alone
        make_invite(evaluation["id"], "late@example.org", **LATE)
        make_share(evaluation["id"], make_outsider())

        page = api.get(f"{path}?limit=2").json()
        rest = api.get(f"{path}?starting_after={page['next_cursor']}").json()

        assert [row["id"] for row in page["data"]] == [made[2].pk, made[1].pk]
        assert [row["id"] for row in rest["data"]] == [made[0].pk]


class TestAnswering:
    def test_accepting_makes_a_share_with_the_same_id(self, session, path, evaluation, invited):
        invite = make_invite(evaluation["id"], permission="EDITOR")
        client = session(invited)

        reply = client.patch(f"{path}/{invite.pk}", {"status": "accepted"})

        assert reply.status_code == 200, reply.content
        assert (reply.json()["id"], reply.json()["status"]) == (invite.pk, "accepted")
        invite.refresh_from_db()
        assert (invite.user, invite.email, invite.expires_at) == (invited, "", None)
        assert client.get(f"{EVALUATIONS}/{evaluation['id']}").json()["myPermission"] == "EDITOR"
        told = Notification.objects.get()
        assert (told.kind, told.user.email) == ("evaluation.invite_accepted", "owner@example.org")

    def test_accepting_twice_is_no_error(self, session, path, evaluation, invited):
        invite = make_invite(evaluation["id"])
        client, body = session(invited), {"status": "accepted"}
        replies = [client.patch(f"{path}/{invite.pk}", body) for _ in range(2)]
        assert [reply.json()["status"] for reply in replies] == ["accepted", "accepted"]
        assert Share.objects.count() == Notification.objects.count() == 1

    @pytest.mark.parametrize(
        ("held", "offered", "then"),
        [("VIEWER", "EDITOR", "EDITOR"), ("EDITOR", "VIEWER", "EDITOR")],
    )
    def test_the_higher_permission_stays(
        self, session, path, evaluation, invited, held, offered, then
    ):
        share = make_share(evaluation["id"], invited, held)
        invite = make_invite(evaluation["id"], permission=offered)

        session(invited).patch(f"{path}/{invite.pk}", {"status": "accepted"})

        assert list(Share.objects.values_list("pk", "permission")) == [(share.pk, then)]

    def test_it_answers_a_request_for_access(self, session, path, evaluation, invited):
        study = Evaluation.objects.get()
        AccessRequest.objects.create(evaluation=study, requester=invited)
        invite = make_invite(evaluation["id"])
        session(invited).patch(f"{path}/{invite.pk}", {"status": "accepted"})
        assert AccessRequest.objects.get().status == "approved"

    def test_declining_ends_it(self, session, path, evaluation, invited):
        invite = make_invite(evaluation["id"])
        reply = session(invited).patch(f"{path}/{invite.pk}", {"status": "declined"})
        assert reply.json()["status"] == "declined"
        assert not Share.objects.exists()

    def test_somebody_else_cannot(self, api, session, path, evaluation, owner):
        invite = make_invite(evaluation["id"])
        body = {"status": "accepted"}
        response = session(make_outsider()).patch(f"{path}/{invite.pk}", body)
        assert_error(response, 403, "evaluation_no_access")
        for admin in (api, session(owner)):
            response = admin.patch(f"{path}/{invite.pk}", body)
            assert_error(response, 400, "validation_failed", "status")
        assert Share.objects.get().user is None

    def test_a_key_accepts_nothing(self, path, evaluation, invited):
        invite = make_invite(evaluation["id"])
        key = ApiClient(make_key(invited.owned_teams.get()))
        response = key.patch(f"{path}/{invite.pk}", {"status": "accepted"})
        assert_error(response, 404, "evaluation_not_found")

    @pytest.mark.parametrize("over", ["late", "sender left", "sender lowered", "sender forbidden"])
    def test_it_gives_no_more_than_its_sender_may(
        self, api, session, team, path, evaluation, invited, over
    ):
        sender = make_member(team, Role.EDITOR)
        invite = make_invite(evaluation["id"], permission="EDITOR", granted_by=sender)
        if over == "late":
            Share.objects.update(**LATE)
        elif over == "sender left":
            Membership.objects.all().delete()
        elif over == "sender lowered":
            Membership.objects.update(role=Role.VIEWER)
        else:
            api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"editorsCanShare": False})

        response = session(invited).patch(f"{path}/{invite.pk}", {"status": "accepted"})

        assert response.status_code in (403, 404)
        assert response.json()["error"]["code"] in ("invite_not_found", "evaluation_no_access")
        assert Share.objects.get().user is None
        assert invites.pending_of(invited) == []


class TestChanging:
    def test_its_permission(self, api, path, evaluation):
        invite = make_invite(evaluation["id"])
        reply = api.patch(f"{path}/{invite.pk}", {"permission": "EDITOR"}).json()
        assert (reply["permission"], reply["status"]) == ("EDITOR", "pending")

    @pytest.mark.parametrize("how", ["delete", "patch"])
    def test_it_is_withdrawn(self, api, session, path, evaluation, invited, how):
        invite = make_invite(evaluation["id"])
        if how == "delete":
            reply = api.delete(f"{path}/{invite.pk}").json()
            assert reply == {"deleted": True, "id": invite.pk}
        else:
            reply = api.patch(f"{path}/{invite.pk}", {"status": "Withdrawn"}).json()
            assert reply["status"] == "withdrawn"

        assert not Share.objects.exists()
        assert_error(api.delete(f"{path}/{invite.pk}"), 404, "invite_not_found")
        response = session(invited).patch(f"{path}/{invite.pk}", {"status": "accepted"})
        assert_error(response, 403, "evaluation_no_access")

    def test_a_share_that_is_held_is_no_invite(self, api, path, evaluation):
        share = make_share(evaluation["id"], make_outsider())
        assert_error(api.delete(f"{path}/{share.pk}"), 404, "invite_not_found")

    def test_there_is_no_other_status(self, api, path, evaluation):
        invite = make_invite(evaluation["id"])
        response = api.patch(f"{path}/{invite.pk}", {"status": "lost"})
        assert_error(response, 400, "validation_failed", "status")


def test_it_is_forgotten_a_day_after_its_end(evaluation):
    for hours, email in ((23, "a@example.org"), (25, "b@example.org")):
        ended = timezone.now() - timedelta(hours=hours)
        make_invite(evaluation["id"], email, expires_at=ended)
    kept = [
        make_invite(evaluation["id"], "c@example.org"),
        make_share(evaluation["id"], make_outsider()),
    ]

    tasks.forget()

    assert set(Share.objects.exclude(email="a@example.org")) == set(kept)
    assert Share.objects.count() == 3
