"""One box that takes any id: what it opens, lists, and hides."""

import pytest
from django.urls import reverse

from teams.models import ApiKey, Team, User
from tests.admin.conftest import path_of
from tests.conftest import make_key, make_team, make_user
from webhooks.models import WebhookAttempt, WebhookEvent

pytestmark = pytest.mark.slow

FIND = "/admin/find"


def find(browser, text):
    return browser.get(FIND, {"q": text})


class TestWhatItOpens:
    def test_every_id_on_the_way_of_a_delivery(self, admin, delivery, api, evaluation):
        event = WebhookEvent.objects.get(pk=delivery.event_id)
        attempt = WebhookAttempt.objects.filter(delivery_id=delivery.pk).first()
        for row in (delivery, event, attempt, delivery.endpoint, event.team):
            assert find(admin, row.pk)["Location"] == path_of(row)

    def test_an_evaluation_in_any_form_of_its_id(self, admin, evaluation):
        page = reverse("admin:evaluations_evaluation_change", args=[evaluation["id"]])
        for text in (evaluation["id"], f"eval_{evaluation['id']}", f"  {evaluation['id']} "):
            assert find(admin, text)["Location"] == page

    def test_an_address_in_any_form(self, admin, team):
        page = path_of(team.owner)
        assert find(admin, team.owner.email.upper())["Location"] == page

    def test_the_beginning_of_a_key_and_all_of_it(self, admin, team):
        token = make_key(team)
        key = ApiKey.objects.get(digest=ApiKey.digest_of(token))
        assert find(admin, key.prefix)["Location"] == path_of(key)
        assert find(admin, token)["Location"] == path_of(key)

    def test_a_request_leads_to_its_row_and_its_events(self, admin, api, evaluation, settings):
        event = WebhookEvent.objects.exclude(request_id=None).first()
        assert find(admin, event.request_id)["Location"] == path_of(event)


class TestWhatItLists:
    def test_several_matches(self, admin):
        user = make_user("same@example.org")
        team = make_team(owner=user)
        Team.objects.filter(pk=team.pk).update(id=user.pk)
        found = find(admin, user.pk).context["found"]
        assert {one.kind for one in found} == {"user", "team"}

    @pytest.mark.parametrize(
        "text", ["", " ", "none", "x" * 5_000, "ak_live_", "%", "<b>", "\u202e", "\0", "-1"]
    )
    def test_what_is_nowhere(self, admin, text):
        response = find(admin, text)
        assert response.status_code == 200
        assert response.context["found"] == []
        assert b"<b>" not in response.content.replace(b"<b></b>", b"")


class TestWhoFindsWhat:
    def test_only_rows_of_tables_that_one_may_see(self, operator, team):
        browser = operator("view_team")
        assert find(browser, team.owner.email).context["found"] == []
        assert find(browser, team.pk)["Location"] == path_of(team)

    def test_others_are_asked_to_sign_in(self, client, team):
        response = find(client, team.pk)
        assert response.status_code == 302
        assert path_of(team) not in response["Location"].split("?")[0]

    def test_customers_see_nothing(self, client, team):
        client.force_login(team.owner)
        assert path_of(team) not in find(client, team.pk).get("Location", "").split("?")[0]


def test_each_table_is_read_by_an_index(admin, team, django_assert_max_num_queries):
    from django.contrib import admin as registry

    with django_assert_max_num_queries(len(registry.site._registry) + 12):
        find(admin, User.objects.get(pk=team.owner_id).pk)
