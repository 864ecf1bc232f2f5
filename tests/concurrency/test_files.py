"""Files at once: two ends of an upload, two uploads on the last place, a study and the broom."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from evaluations.files import designs, removal
from evaluations.models import File, FileStatus
from teams.limits import plans
from tests.clients import ApiClient
from tests.concurrency.threads import at_once
from tests.conftest import make_key
from tests.files.samples import png
from tests.files.uploading import FILES, announce, finalize, put, uploaded

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_two_finalize_at_once_and_both_get_the_same(team):
    token = make_key(team)
    begun = announce(ApiClient(token), png())
    put(begun, png())

    first, second = at_once(
        [
            lambda: finalize(ApiClient(token), begun["fileId"]),
            lambda: finalize(ApiClient(token), begun["fileId"]),
        ]
    )

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert File.objects.get().status == FileStatus.READY


def test_two_that_send_the_same_file_leave_one_of_both(team):
    token = make_key(team)
    begun = announce(ApiClient(token), png())

    sent = at_once([lambda: put(begun, png())] * 2)

    assert [one.status_code for one in sent] == [204, 204]
    assert finalize(ApiClient(token), begun["fileId"]).status_code == 200


def test_two_uploads_never_exceed_the_plan(team, monkeypatch):
    token = make_key(team)
    few = plans.PlanLimits(None, None, None, None, files=1)
    monkeypatch.setitem(plans.PLAN_LIMITS, team.plan, few)
    body = {"filename": "a.png", "mimeType": "image/png", "sizeBytes": 5}

    answers = at_once(
        [
            lambda: ApiClient(token).post(f"{FILES}/init", body),
            lambda: ApiClient(token).post(f"{FILES}/init", body),
        ]
    )

    assert sorted(one.status_code for one in answers) == [201, 429]
    assert File.objects.count() == 1


def test_a_file_that_a_study_is_about_to_show_is_not_removed(team):
    pk = uploaded(ApiClient(make_key(team)))
    later = timezone.now() + timedelta(days=31)

    with transaction.atomic():
        designs.settle({"designUrls": [{"fileId": pk}]}, team)
        [removed] = at_once([lambda: removal.forget(later)])
        assert removed == 0

    assert removal.forget(later) == 1
