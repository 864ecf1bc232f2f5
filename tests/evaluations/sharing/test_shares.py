"""Shares: granting, changing, revoking."""

import pytest

from api import ids
from evaluations.models import AccessRequest, Evaluation, Share, SharePermission
from evaluations.sharing import services
from tests.conftest import make_user
from tests.evaluations.sharing.shared import make_invite, make_share


@pytest.fixture
def person(db):
    return make_user("holder@example.org")


@pytest.fixture
def study(evaluation):
    return Evaluation.objects.get(pk=evaluation["id"])


class TestGranting:
    def test_a_second_grant_replaces_the_first(self, study, person, owner):
        for permission in (SharePermission.OWNER, SharePermission.VIEWER):
            services.grant_share(evaluation=study, user=person, permission=permission, by=owner)

        assert Share.objects.get().permission == "VIEWER"

    def test_it_takes_the_place_of_an_invite_and_answers_a_request(self, study, person, owner):
        make_invite(study.pk, person.email)
        AccessRequest.objects.create(evaluation=study, requester=person)

        services.grant_share(
            evaluation=study, user=person, permission=SharePermission.EDITOR, by=owner
        )

        assert Share.objects.get().user == person
        assert AccessRequest.objects.get().status == "approved"


class TestFinding:
    def test_a_share_of_another_evaluation_is_none(self, api, study, person):
        other = api.post("/api/v1/evaluations", {"name": "Other"}).json()["id"]
        share = make_share(other, person)

        for id in (share.pk, ids.cuid(), "x"):
            with pytest.raises(services.ShareNotFound) as refused:
                services.find_share(study, id)
            assert refused.value.code == "share_not_found"
