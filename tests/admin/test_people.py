"""What an operator does to teams and keys."""

import pytest
from django.contrib.admin.models import LogEntry

from teams.models import ApiKey, Membership
from tests.admin.conftest import form_data, list_of, path_of, run_action
from tests.clients import ApiClient
from tests.conftest import make_key, make_user

pytestmark = pytest.mark.slow


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


class TestKeys:
    def test_revoking_ends_a_key_at_once(self, admin, team, root):
        client = ApiClient(make_key(team))
        key = ApiKey.objects.get()
        assert client.get("/api/v1/evaluations").status_code == 200

        assert messages_of(run_action(admin, "revoke", key)) == ["Revoked: 1."]

        assert client.get("/api/v1/evaluations").status_code == 401
        assert LogEntry.objects.get(user=root).get_change_message() == "Revoked."
        key.refresh_from_db()
        first = key.revoked_at
        assert messages_of(run_action(admin, "revoke", key)) == [
            "Revoked: 0.",
            "Revoked before: 1.",
        ]
        key.refresh_from_db()
        assert key.revoked_at == first

    def test_it_has_a_permission_of_its_own(self, operator, team):
        make_key(team)
        key = ApiKey.objects.get()

        run_action(operator("view_apikey", "change_apikey"), "revoke", key)

        key.refresh_from_db()
        assert key.revoked_at is None

    def test_keys_are_not_made_or_altered_here(self, admin, team):
        make_key(team)
        key = ApiKey.objects.get()

        assert admin.get(f"{list_of(key)}add/").status_code == 403
        assert admin.post(path_of(key), {"scopes": '["*"]'}).status_code == 403

    def test_they_are_found_by_prefix_and_by_maker(self, admin, team):
        make_key(team)
        key = ApiKey.objects.get()

        for term in (key.prefix, "owner@EXAMPLE", "test", team.pk, f"team_{team.pk}"):
            assert admin.get(list_of(key), {"q": term}).context["cl"].result_list == [key], term


class TestTeams:
    def test_owner_and_plan_can_be_changed(self, admin, team):
        heir = make_user("heir@example.org")
        page = admin.get(path_of(team))

        response = admin.post(path_of(team), form_data(page, owner=heir.pk, plan="free"))

        assert response.status_code == 302, response.context["adminform"].form.errors
        team.refresh_from_db()
        assert (team.owner, team.plan) == (heir, "free")

    def test_members_stand_on_its_page(self, admin, team):
        member = make_user("member@example.org")
        Membership.objects.create(team=team, user=member, role="Viewer")
        page = admin.get(path_of(team))

        response = admin.post(path_of(team), form_data(page, **{"memberships-0-role": "Admin"}))

        assert response.status_code == 302
        assert Membership.objects.get().role == "Admin"

    def test_deleting_one_is_not_for_a_web_page(self, admin, team):
        assert admin.post(path_of(team, "delete"), {"post": "yes"}).status_code == 403

    @pytest.mark.parametrize("term", ["Kiosk cr", "kiosk-crew", "owner@example.org"])
    def test_it_is_found_by_name_slug_and_owner(self, admin, team, other_team, term):
        assert admin.get(list_of(team), {"q": term}).context["cl"].result_list == [team]

    def test_people_are_offered_by_the_beginning_of_their_address(self, admin, team, owner):
        query = {"app_label": "teams", "model_name": "team", "field_name": "owner"}

        response = admin.get("/admin/autocomplete/", {**query, "term": "own"})

        assert response.json()["results"] == [{"id": owner.pk, "text": owner.email}]
