"""Shares that are lost while their holder changes something: the change is refused."""

import pytest

from evaluations.models import Evaluation, Share
from tests.clients import assert_error
from tests.concurrency.test_rights import while_it_waits
from tests.evaluations.sharing import make_outsider, make_share
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
