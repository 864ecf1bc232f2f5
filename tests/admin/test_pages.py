"""Every page answers, shows what it should, and never a secret."""

import re

import pytest
from django.test import Client

from evaluations.models import Evaluation
from tests.admin.conftest import list_of, path_of
from tests.admin.everything import HOSTILE
from tests.conftest import PASSWORD

pytestmark = pytest.mark.slow


class TestSigningIn:
    def test_the_page_leads_to_the_first_page(self, root):
        client = Client()
        page = client.get("/admin/login/")
        response = client.post(
            "/admin/login/", {"username": "ROOT@example.org", "password": PASSWORD}
        )

        assert "Autousers" in page.content.decode()
        assert response.status_code == 302
        assert response["Location"] == "/admin/"
        assert client.get("/admin/").status_code == 200

    def test_a_wrong_password_is_an_error_on_the_page(self, root):
        response = Client().post("/admin/login/", {"username": root.email, "password": "no"})

        assert response.status_code == 400
        page = response.content.decode()
        assert "There is no account with this address and this password" in page


class TestTheFirstPage:
    def test_it_tells_how_deliveries_are_doing(self, admin, delivery):
        text = " ".join(re.sub(r"<[^>]+>", " ", admin.get("/admin/").content.decode()).split())

        assert "Oldest due delivery: none" in text
        assert "Failed, to be retried: 0" in text
        assert "Abandoned: 1" in text

    def test_the_menu_counts_failed_deliveries(self, admin, delivery):
        delivery.status = "failed"
        delivery.save(update_fields=["status"])

        menu = admin.get("/admin/").context["sidebar_navigation"]

        items = {item["title"]: item for group in menu for item in group["items"]}
        assert items["Deliveries"]["badge"] == "1"

    def test_it_tells_nothing_to_those_who_may_not_see_deliveries(self, operator, delivery):
        response = operator("view_team").get("/admin/")

        assert "Oldest due" not in response.content.decode()


class TestLinks:
    """Evaluation, events, deliveries and attempts lead to each other."""

    def test_an_evaluation_leads_to_its_events(self, admin, delivery):
        page = admin.get(path_of(Evaluation.objects.get())).content.decode()
        url = re.search(r'href="([^"]*webhookevent/\?object_id=[^"]*)"', page)

        assert url is not None
        events = admin.get(url[1]).context["cl"].result_list
        assert {event.type for event in events} == {
            "evaluation.created",
            "evaluation.status_changed",
        }

    def test_an_event_leads_to_its_object_and_its_deliveries(self, admin, delivery):
        page = admin.get(path_of(delivery.event)).content.decode()

        assert path_of(Evaluation.objects.get()) in page
        assert path_of(delivery) in page
        assert path_of(delivery.endpoint) in page

    def test_a_delivery_leads_to_event_endpoint_and_attempts(self, admin, delivery):
        page = admin.get(path_of(delivery)).content.decode()

        assert path_of(delivery.event) in page
        assert path_of(delivery.endpoint) in page
        for attempt in delivery.attempts.all():
            assert path_of(attempt) in page
        assert "500, 321 ms" in page

    def test_an_attempt_leads_back(self, admin, delivery):
        page = admin.get(path_of(delivery.attempts.first())).content.decode()

        assert path_of(delivery) in page
        assert path_of(delivery.event) in page

    def test_an_endpoint_leads_to_its_deliveries(self, admin, delivery):
        page = admin.get(path_of(delivery.endpoint)).content.decode()
        url = re.search(r'href="([^"]*webhookdelivery/\?endpoint[^"]*abandoned)"', page)

        assert url is not None
        listed = admin.get(url[1].replace("&amp;", "&")).context["cl"].result_list
        assert [one.pk for one in listed] == [delivery.pk]


class TestOtherPeoplesText:
    def test_answers_are_shown_as_text(self, admin, delivery):
        for row in (delivery, delivery.attempts.first()):
            page = admin.get(path_of(row)).content.decode()
            assert HOSTILE not in page
            assert "&lt;script&gt;alert(" in page

    def test_errors_are_cut_with_the_whole_in_the_title(self, admin, delivery):
        page = admin.get(list_of(delivery)).content.decode()

        assert f'title="{delivery.error}">The receiver answered 5…<' in page

    def test_the_payload_is_what_was_sent(self, admin, delivery):
        page = admin.get(path_of(delivery.event)).content.decode()

        assert "&quot;previous_status&quot;: &quot;Draft&quot;" in page


class TestFilters:
    @pytest.mark.parametrize("since", ["1h", "24h", "7d", "30d"])
    def test_time_is_a_range_of_ids(self, admin, delivery, since):
        for row in (delivery, delivery.event, delivery.endpoint.team):
            listed = admin.get(list_of(row), {"since": since}).context["cl"].result_list
            assert row.pk in [one.pk for one in listed]

    def test_type_status_endpoint_and_team(self, admin, delivery):
        wanted = {
            "type": "evaluation.status_changed",
            "status__exact": "abandoned",
            "endpoint__id__exact": delivery.endpoint_id,
        }

        assert len(admin.get(list_of(delivery), wanted).context["cl"].result_list) == 1
        for name, other in {"type": "rating.created", "status__exact": "pending"}.items():
            response = admin.get(list_of(delivery), {**wanted, name: other})
            assert not response.context["cl"].result_list
        by_team = {"team__id__exact": delivery.event.team_id}
        assert len(admin.get(list_of(delivery.event), by_team).context["cl"].result_list) == 2

    def test_tests_are_apart_but_can_be_searched(self, admin, delivery):
        type(delivery).objects.filter(pk=delivery.pk).update(synthetic=True)

        assert not admin.get(list_of(delivery)).context["cl"].result_list
        assert admin.get(list_of(delivery), {"origin": "test"}).context["cl"].result_list
        assert admin.get(list_of(delivery), {"q": delivery.pk}).context["cl"].result_list

    def test_a_search_for_nonsense_finds_nothing_and_one_with_a_nul_is_refused(
        self, admin, delivery
    ):
        for term in ("%", "x" * 500, "'\"", "🦊"):
            assert admin.get(list_of(delivery), {"q": term}).status_code in (200, 302)
        people = "/admin/autocomplete/"
        query = {"app_label": "teams", "model_name": "team", "field_name": "owner"}
        assert admin.get(people, {**query, "term": "nonsense"}).status_code == 200
        assert admin.get(people, {**query, "term": "a\0b"}).status_code == 400
        assert admin.get(list_of(delivery), {"q": "a\0b"}).status_code == 400
