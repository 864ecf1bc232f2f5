"""Who sees the pages about webhooks, and who changes anything by them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from api.writes import rights
from teams.models import Membership, Plan, Role
from tests.conftest import make_member, make_team, make_user
from tests.webhooks.delivering import make_event
from tests.webhooks.pages.conftest import client_of
from webhooks.models import EndpointStatus, WebhookDelivery, WebhookEndpoint
from webhooks.pages.urls import urlpatterns

FORM = {"url": "https://new.example.com/in", "which": "all"}

#: Every address that answers a POST, with a form that would change something.
CHANGES = {
    "settings-webhook-new": FORM,
    "settings-webhook-edit": FORM,
    "settings-webhook-status": {"to": "disabled"},
    "settings-webhook-rotate": {},
    "settings-webhook-delete": {},
    "settings-webhook-test": {},
    "settings-webhook-retry": {"per_second": "10"},
    "settings-webhook-catch-up": {"per_second": "10"},
    "settings-webhook-again": {},
}


@pytest.fixture
def delivery(team: Any, hook: WebhookEndpoint) -> WebhookDelivery:
    event = make_event(team)
    WebhookDelivery.objects.filter(event=event).update(status="abandoned", next_attempt_at=None)
    return WebhookDelivery.objects.get()


def address_of(name: str, delivery: WebhookDelivery) -> str:
    ids = {
        "settings-webhook-delivery": delivery.pk,
        "settings-webhook-again": delivery.pk,
        "settings-event": delivery.event_id,
    }
    if name in ("settings-webhooks", "settings-webhook-new", "settings-events"):
        return reverse(name)
    return reverse(name, args=[ids.get(name, delivery.endpoint_id)])


def state() -> list[Any]:
    """What the forms change."""
    fields = ("pk", "url", "status", "encrypted_secret", "deleted_at", "updated_at")
    return [
        list(WebhookEndpoint.objects.order_by("pk").values_list(*fields)),
        list(WebhookDelivery.objects.order_by("pk").values_list("pk", "status")),
    ]


NAMES = [str(pattern.name) for pattern in urlpatterns]
READ = [name for name in NAMES if name not in ("settings-webhook-status", "settings-webhook-again")]


def with_version(name: str, fields: dict[str, str], delivery: WebhookDelivery) -> dict[str, str]:
    if name != "settings-webhook-edit":
        return fields
    return fields | {"version": delivery.endpoint.updated_at.isoformat()}


@pytest.mark.parametrize("name", READ)
class TestLooking:
    def test_an_admin_may(self, team, delivery, name):
        admin = client_of(make_member(team, Role.ADMIN))
        response = admin.get(address_of(name, delivery))
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
    def test_others_of_the_team_are_told_who_may(self, team, delivery, name, role):
        response = client_of(make_member(team, role)).get(address_of(name, delivery))
        assert response.status_code == 403
        assert "needs the role Admin" in response.content.decode()
        assert delivery.endpoint.url not in response.content.decode()

    def test_strangers_sign_in_first(self, delivery, name):
        response = Client().get(address_of(name, delivery))
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in?next=/settings/")

    def test_a_small_plan_is_explained(self, browser, team, delivery, name):
        team.plan = Plan.FREE
        team.save()
        response = browser.get(address_of(name, delivery))
        assert response.status_code == 403
        assert "this team is on the Free plan" in response.content.decode()

    def test_while_webhooks_are_switched_off_nobody_may(self, browser, delivery, name, settings):
        settings.WEBHOOKS_ENABLED = False
        assert browser.get(address_of(name, delivery)).status_code == 503


@pytest.mark.parametrize("name", [name for name in READ if name not in (
    "settings-webhooks", "settings-webhook-new", "settings-events")])  # fmt: skip
def test_what_belongs_to_another_team_is_not_there(delivery, other_team, name):
    response = client_of(other_team.owner).get(address_of(name, delivery))
    assert response.status_code == 404
    assert delivery.endpoint.url not in response.content.decode()


@pytest.mark.parametrize("id", ["whe_nonsense", "x", "whe_" + "c" * 25, "%00", "..%2f", "a" * 500])
def test_ids_that_are_none_are_not_there(browser, id):
    for path in ("webhooks", "webhooks/deliveries", "events"):
        assert browser.get(f"/settings/{path}/{id}").status_code == 404


def test_the_link_of_a_mail_leads_to_the_endpoint_whichever_team_one_acts_on(owner, hook):
    make_team(owner=owner, name="Another")
    browser = client_of(owner)
    browser.post("/settings/team", {"team": owner.owned_teams.get(name="Another").pk})
    page = browser.get(f"/settings/webhooks/{hook.pk}").content.decode()
    assert hook.url in page
    assert "Kiosk crew" in page


def test_all_changes_are_tried_here(delivery):
    takes_posts = {
        str(pattern.name) for pattern in urlpatterns if hasattr(pattern.callback.view_class, "post")
    }
    assert takes_posts == set(CHANGES)


@pytest.mark.parametrize("name", CHANGES)
class TestChanging:
    def test_an_admin_may(self, team, delivery, name):
        admin = client_of(make_member(team, Role.ADMIN))
        before = state()
        fields = with_version(name, CHANGES[name], delivery)
        assert admin.post(address_of(name, delivery), fields).status_code in (200, 302)
        assert (state() != before) == (name != "settings-webhook-catch-up")

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
    def test_others_of_the_team_may_not(self, team, delivery, name, role):
        before = state()
        fields = with_version(name, CHANGES[name], delivery)
        visitor = client_of(make_member(team, role))
        response = visitor.post(address_of(name, delivery), fields)
        assert response.status_code == 403
        assert state() == before

    def test_other_teams_may_not(self, delivery, other_team, name):
        if name == "settings-webhook-new":
            return
        before = state()
        fields = with_version(name, CHANGES[name], delivery)
        stranger = client_of(other_team.owner)
        assert stranger.post(address_of(name, delivery), fields).status_code == 404
        assert state() == before

    def test_a_small_plan_changes_nothing(self, browser, team, delivery, name):
        team.plan = Plan.TEAM
        team.save()
        before = state()
        fields = with_version(name, CHANGES[name], delivery)
        assert browser.post(address_of(name, delivery), fields).status_code == 403
        assert state() == before

    def test_a_form_of_another_site_is_refused(self, owner, delivery, name):
        client = Client(enforce_csrf_checks=True)
        client.force_login(owner)
        before = state()
        fields = with_version(name, CHANGES[name], delivery)
        assert client.post(address_of(name, delivery), fields).status_code == 403
        assert state() == before

    def test_a_role_that_is_lost_meanwhile_undoes_it(self, team, delivery, name, monkeypatch):
        admin = make_member(team, Role.ADMIN)
        real = rights.confirm

        def confirm(caller: Any) -> None:
            Membership.objects.filter(user=admin).update(role=Role.VIEWER)
            real(caller)

        monkeypatch.setattr(rights, "confirm", confirm)
        before = state()
        fields = with_version(name, CHANGES[name], delivery)

        response = client_of(admin).post(address_of(name, delivery), fields)

        assert response.status_code == 403
        assert "Nothing was changed" in response.content.decode()
        assert "whsec_" not in response.content.decode()
        assert state() == before


def test_the_tabs_are_for_admins(team, browser):
    assert "/settings/webhooks" in browser.get("/settings/members").content.decode()
    viewer = client_of(make_member(team, Role.VIEWER))
    assert "/settings/webhooks" not in viewer.get("/settings/members").content.decode()


def test_somebody_without_a_team_is_told(db):
    loner = client_of(make_user("loner@example.org"))
    assert loner.get("/settings/webhooks").status_code == 400


def test_nothing_of_a_deleted_endpoint_but_its_deliveries_can_be_read(browser, delivery):
    browser.post(f"/settings/webhooks/{delivery.endpoint_id}/delete")
    assert WebhookEndpoint.objects.get().status == EndpointStatus.DISABLED
    assert browser.get(f"/settings/webhooks/{delivery.endpoint_id}").status_code == 404
    page = browser.get(f"/settings/webhooks/deliveries/{delivery.pk}").content.decode()
    assert "deleted" in page
    assert "Send again now" not in page
    answer = browser.post(f"/settings/webhooks/deliveries/{delivery.pk}/again", follow=True)
    assert "was deleted, so it cannot be sent again" in answer.content.decode()
