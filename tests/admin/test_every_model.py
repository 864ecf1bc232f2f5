"""Every model has a list and a page that answer, show what they should, and never a secret."""

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.test import Client

from evaluations.models import Evaluation
from teams.models import ApiKey, User
from tests.admin.conftest import list_of, path_of
from tests.clients import UUID7
from webhooks.models import WebhookEndpoint

pytestmark = pytest.mark.slow

OUR_APPS = ("api", "teams", "evaluations", "ratings", "autousers", "webhooks")
LABELS = sorted(model._meta.label for model in django_admin.site._registry)


def test_every_model_of_ours_is_registered():
    ours = {
        model._meta.label for app in OUR_APPS for model in apps.get_app_config(app).get_models()
    }

    assert ours <= set(LABELS)


@pytest.fixture
def root(everything):
    return everything["teams.User"]


@pytest.fixture
def owner(everything):
    return everything["teams.Team"].owner


@pytest.mark.parametrize("label", LABELS)
class TestEveryModel:
    def test_its_list_and_its_page_answer(self, admin, everything, label):
        row = everything[label]

        listed = admin.get(list_of(row))
        page = admin.get(path_of(row))
        history = admin.get(path_of(row, "history"))

        assert [listed.status_code, page.status_code, history.status_code] == [200, 200, 200]
        assert path_of(row) in listed.content.decode()
        assert UUID7.fullmatch(listed["X-Request-Id"])
        assert UUID7.fullmatch(page["X-Request-Id"])

    def test_searching_for_its_id_finds_it_alone(self, admin, everything, label):
        row = everything[label]
        sought = row.name if label == "auth.Group" else row.pk
        if label == "admin.LogEntry":
            sought = row.object_id
        if label == "api.EncryptionKey":
            sought = row.fingerprint
        if label == "ratings.RatingScore":
            sought = row.rating_id
        if label == "autousers.RunTurn":
            sought = row.run_id

        found = admin.get(list_of(row), {"q": sought})
        missed = admin.get(list_of(row), {"q": "cnothinghasthisid00000000"})

        assert [one.pk for one in found.context["cl"].result_list] == [row.pk]
        assert not missed.context["cl"].result_list

    def test_no_page_shows_a_secret(self, admin, everything, label):
        row = everything[label]
        endpoint, evaluation = WebhookEndpoint.objects.get(), Evaluation.objects.get()
        secrets = [
            endpoint.secret,
            endpoint.encrypted_secret,
            evaluation.share_password,
            ApiKey.objects.get().digest,
            everything["api.IdempotencyRecord"].body,
            *User.objects.values_list("password", flat=True),
        ]

        pages = [
            admin.get(url).content.decode()
            for url in (list_of(row), path_of(row), path_of(row, "history"))
        ]

        for secret in secrets:
            assert secret
            assert not any(secret in page for page in pages)

    def test_a_person_without_permissions_sees_nothing(self, operator, everything, label):
        row = everything[label]
        client = operator()

        for url in (list_of(row), path_of(row)):
            response = client.get(url)
            assert response.status_code == 403
            assert str(row.pk) not in response.content.decode() or isinstance(row.pk, int)
        assert not client.get("/admin/").context["app_list"]

    def test_somebody_who_is_no_operator_must_sign_in(self, everything, label, owner):
        client = Client()
        client.force_login(owner)

        response = client.get(path_of(everything[label]))

        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    ("label", "column"),
    [
        ("teams.User", "password"),
        ("teams.ApiKey", "digest"),
        ("evaluations.Evaluation", "share_password"),
        ("webhooks.WebhookEndpoint", "encrypted_secret"),
        ("webhooks.WebhookEndpoint", "encrypted_previous_secret"),
        ("api.IdempotencyRecord", "body"),
    ],
)
def test_a_filter_cannot_spell_out_a_secret(admin, everything, label, column):
    response = admin.get(list_of(everything[label]), {f"{column}__startswith": "a"})

    assert response.status_code == 400
