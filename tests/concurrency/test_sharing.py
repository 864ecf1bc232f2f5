"""Sharing at once: the lock on the evaluation decides, and a share that is lost meanwhile."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connection, transaction

from evaluations.models import AccessRequest, Evaluation, Share
from evaluations.sharing import mails, services
from teams.models import Role
from tests.clients import assert_error
from tests.concurrency.test_rights import while_it_waits
from tests.concurrency.threads import PATIENCE, at_once, until_blocked
from tests.conftest import make_member
from tests.evaluations.sharing.shared import make_invite, make_outsider, make_share
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def holder(db):
    return make_outsider("holder@example.org")


class TestAChangeByAHolder:
    """It waits for the event counter, its last lock, long after the share was read."""

    LOSSES = {
        "revoked": (
            lambda share: Share.objects.filter(pk=share.pk).delete(),
            "evaluation_no_access",
        ),
        "lowered": (
            lambda share: Share.objects.filter(pk=share.pk).update(permission="VIEWER"),
            "insufficient_role",
        ),
    }

    @pytest.mark.parametrize("loss", LOSSES)
    def test_it_is_refused_when_the_share_is_lost(self, session, team, holder, evaluation, loss):
        lose, code = self.LOSSES[loss]
        share = make_share(evaluation["id"], holder, "EDITOR")
        browser, path = session(holder), f"/api/v1/evaluations/{evaluation['id']}"

        response = while_it_waits(
            team, lambda: browser.patch(path, {"status": "Running"}), lambda: lose(share)
        )

        assert_error(response, 403, code)
        assert Evaluation.objects.get().status == "Draft"
        assert WebhookEvent.objects.count() == 1

    def test_it_happens_when_the_share_still_allows_it(self, session, team, holder, evaluation):
        share = make_share(evaluation["id"], holder, "OWNER")
        browser, path = session(holder), f"/api/v1/evaluations/{evaluation['id']}"

        response = while_it_waits(
            team,
            lambda: browser.patch(path, {"status": "Running"}),
            lambda: Share.objects.filter(pk=share.pk).update(permission="EDITOR"),
        )

        assert response.json()["myPermission"] == "EDITOR"
        assert Evaluation.objects.get().status == "Running"


ROUNDS = 5


def statuses(replies):
    return sorted(reply.status_code for reply in replies)


class TestAtOnce:
    def test_many_grants_to_one_person_make_one_share(self, api, team, evaluation):
        person = make_member(team, Role.VIEWER)
        path = f"/api/v1/evaluations/{evaluation['id']}/shares"
        bodies = [
            {"userId": person.pk, "permission": permission}
            for permission in ("VIEWER", "EDITOR", "OWNER") * 2
        ]

        replies = at_once([lambda body=body: api.post(path, body) for body in bodies])

        assert statuses(replies) == [201] * 6
        assert Share.objects.get().permission in ("VIEWER", "EDITOR", "OWNER")
        assert {reply.json()["id"] for reply in replies} == {Share.objects.get().pk}

    def test_many_invites_of_one_address_make_one(self, api, evaluation):
        path = f"/api/v1/evaluations/{evaluation['id']}/invites"

        replies = at_once([lambda: api.post(path, {"email": "new@example.org"})] * 5)

        assert statuses(replies) == [201] * 3 + [429] * 2
        assert Share.objects.get().email == "new@example.org"

    def test_accepting_while_it_is_withdrawn_gives_all_or_nothing(self, api, session, evaluation):
        path = f"/api/v1/evaluations/{evaluation['id']}/invites"
        for number in range(ROUNDS):
            invited = make_outsider(f"{number}@example.org")
            invite = make_invite(evaluation["id"], invited.email)
            browser = session(invited)

            accepted, withdrawn = at_once(
                [
                    lambda b=browser, pk=invite.pk: b.patch(f"{path}/{pk}", {"status": "accepted"}),
                    lambda pk=invite.pk: api.delete(f"{path}/{pk}"),
                ]
            )

            held = Share.objects.filter(user=invited).exists()
            assert (accepted.status_code == 200) == held
            assert (withdrawn.status_code == 200) == (not held), withdrawn.content
            assert not Share.objects.filter(email=invited.email).exists()

    @pytest.mark.parametrize("change", ["accepted", "withdrawn"])
    def test_an_answer_waits_for_the_lock_and_reads_the_invite_again(
        self, api, session, evaluation, change
    ):
        invited = make_outsider("invited@example.org")
        invite = make_invite(evaluation["id"], invited.email)
        client = session(invited) if change == "accepted" else api
        path = f"/api/v1/evaluations/{evaluation['id']}/invites/{invite.pk}"

        def answer():
            try:
                return client.patch(path, {"status": change})
            finally:
                connection.close()

        with ThreadPoolExecutor(max_workers=1) as pool:
            with transaction.atomic():
                Evaluation.objects.locked().get()
                waiting = pool.submit(answer)
                until_blocked(ended=waiting.done)
                services.revoke_share(Share.objects.get())
            response = waiting.result(PATIENCE)

        refused = {
            "accepted": (403, "evaluation_no_access"),
            "withdrawn": (404, "invite_not_found"),
        }
        assert_error(response, *refused[change])
        assert not Share.objects.exists()

    def test_a_request_is_decided_once(self, api, session, evaluation):
        path = f"/api/v1/evaluations/{evaluation['id']}/access-requests"
        for number in range(ROUNDS):
            browser = session(make_outsider(f"{number}@example.org"))
            asked = f"{path}/{browser.post(path).json()['id']}"

            replies = at_once(
                [
                    lambda asked=asked: api.post(f"{asked}/approve"),
                    lambda asked=asked: api.post(f"{asked}/decline"),
                    lambda b=browser, asked=asked: b.post(f"{asked}/withdraw"),
                ]
            )

            assert statuses(replies) == [200, 400, 400]
            approved = replies[0].status_code == 200
            assert Share.objects.filter(user__email=f"{number}@example.org").exists() == approved

    def test_asking_many_times_at_once_asks_once(self, session, evaluation):
        path = f"/api/v1/evaluations/{evaluation['id']}/access-requests"
        person = make_outsider()
        browsers = [session(person) for _ in range(4)]

        replies = at_once([lambda b=b: b.post(path) for b in browsers])

        assert statuses(replies) == [201] * 4
        assert len({reply.json()["id"] for reply in replies}) == 1
        assert AccessRequest.objects.count() == 1

    def test_a_transfer_while_it_is_deleted_is_one_or_the_other(self, api, team):
        person = make_member(team, Role.VIEWER)
        for number in range(ROUNDS):
            id = api.post("/api/v1/evaluations", {"name": f"#{number}"}).json()["id"]
            path = f"/api/v1/evaluations/{id}"

            transferred, deleted = at_once(
                [
                    lambda path=path: api.post(f"{path}/transfer", {"userId": person.pk}),
                    lambda path=path: api.delete(path),
                ]
            )

            assert deleted.status_code == 200
            assert transferred.status_code in (200, 404)
            assert not Share.objects.exists()

    def test_two_workers_send_a_mail_once(self, evaluation):
        for number in range(3):
            make_invite(evaluation["id"], f"{number}@example.org", mail_due=True)
        at_once([mails.send_due] * 4)
        assert sorted(message.to for message in mail.outbox) == [
            [f"{number}@example.org"] for number in range(3)
        ]
