"""How often passwords may be tried: one rule, at every door."""

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from api.email_addresses import normal_address
from api.security import security_limits
from teams import tasks
from teams.accounts import attempts, mails
from teams.models import KnownNetwork, User
from teams.people import services
from tests.conftest import PASSWORD, make_user

NORA = "nora@example.org"
DOORS = ("/sign-in", "/admin/login/")

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def person(db):
    """An operator, who may come in by both doors."""
    user = services.register_user(email=NORA, password=PASSWORD, name="Nora")
    user.is_staff = True
    user.save()
    return user


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-06-01T08:00:00Z", tick=False) as clock:
        yield clock


def knock(door, email=NORA, password="wrong", network="192.0.2.1"):
    """Try a password from a network, in a browser of its own."""
    client = Client(REMOTE_ADDR=network)
    return client.post(door, {"username": email, "password": password})


def statuses(door, times, **how):
    return [knock(door, **how).status_code for _ in range(times)]


class TestOneAccountFromOneNetwork:
    def test_it_can_be_tried_ten_times_a_minute(self, door, clock):
        assert statuses(door, 10) == [400] * 10
        refused = knock(door, password=PASSWORD)
        assert refused.status_code == 429
        assert 1 <= int(refused["Retry-After"]) <= 60
        assert "Too many attempts. Wait" in refused.content.decode()
        assert "/forgot-password" in refused.content.decode()
        clock.shift(61)
        assert knock(door, password=PASSWORD).status_code == 302

    def test_it_can_be_tried_sixty_times_an_hour(self, door, clock):
        for _ in range(6):
            assert statuses(door, 10) == [400] * 10
            clock.shift(61)
        refused = knock(door, password=PASSWORD)
        assert refused.status_code == 429
        assert int(refused["Retry-After"]) > 3000
        assert "minutes" in refused.content.decode()

    def test_the_doors_share_the_count(self):
        assert statuses(DOORS[0], 5) + statuses(DOORS[1], 5) == [400] * 10
        assert [knock(door).status_code for door in DOORS] == [429, 429]

    @pytest.mark.parametrize(
        "spelled", ["NORA@example.org", " nora@example.org ", "\uff4eora@example.org"]
    )
    def test_spelling_it_otherwise_is_no_other_account(self, door, spelled):
        assert statuses(door, 10, email=spelled) == [400] * 10
        assert knock(door, password=PASSWORD).status_code == 429
        assert knock(door, email=spelled, password=PASSWORD).status_code == 429

    def test_whether_there_is_such_an_account_makes_no_difference(self, door):
        assert statuses(door, 11, email="nobody@example.org") == [400] * 10 + [429]

    @pytest.mark.parametrize("way", ["log", "without Redis"])
    def test_nothing_switches_it_off(self, door, settings, monkeypatch, way):
        settings.RATE_LIMIT_MODE = "log"
        if way != "log":
            gone = security_limits.make_limiter(
                "redis://127.0.0.1:1/0", security_limits.make_limiter("")
            )
            monkeypatch.setattr(security_limits, "limiter", lambda: gone)
        assert statuses(door, 12) == [400] * 10 + [429] * 2


class TestStrangers:
    def test_they_lock_nobody_out_elsewhere(self, door):
        statuses(door, 12, network="198.51.100.7")
        assert knock(door, password=PASSWORD).status_code == 302

    def test_a_distributed_guess_is_bounded(self, door):
        tried = [
            knock(door, network=f"198.51.100.{number}").status_code
            for number in range(15)
            for _ in range(8)
        ]
        assert tried.count(400) == 100
        assert tried[100:] == [429] * 20
        assert knock(door, email="other@example.org").status_code == 400

    def test_it_locks_nobody_out_where_they_signed_in_before(self, door, clock):
        assert knock(door, password=PASSWORD).status_code == 302
        clock.shift(86400)
        for number in range(15):
            statuses(door, 8, network=f"198.51.100.{number}")
        assert knock(door, password=PASSWORD).status_code == 302
        assert knock(door, password=PASSWORD, network="203.0.113.9").status_code == 429

    def test_a_network_that_was_not_used_for_long_is_forgotten(self, person, clock):
        KnownNetwork.objects.remember(person, "192.0.2.1")
        assert KnownNetwork.objects.knows(NORA, "192.0.2.1")
        clock.shift(91 * 86400)
        assert not KnownNetwork.objects.knows(NORA, "192.0.2.1")
        KnownNetwork.objects.remember(person, "192.0.2.2")
        tasks.forget()
        assert [row.network for row in KnownNetwork.objects.all()] == ["192.0.2.2"]

    def test_an_account_of_ones_own_makes_a_network_known_for_no_other(self, door):
        make_user("mallory@example.org", is_staff=True)
        assert knock(door, email="mallory@example.org", password=PASSWORD).status_code == 302
        assert KnownNetwork.objects.knows("mallory@example.org", "192.0.2.1")
        assert not KnownNetwork.objects.knows(NORA, "192.0.2.1")


class TestManyAccountsFromOneNetwork:
    def test_thirty_attempts_a_minute_pass(self, door):
        for number in range(30):
            assert knock(door, email=f"{number}@example.org").status_code == 400
        assert knock(door, password=PASSWORD).status_code == 429
        assert knock(door, password=PASSWORD, network="192.0.2.7").status_code == 302

    def test_who_signed_in_from_there_before_is_not_affected(self, door):
        knock(door, password=PASSWORD)
        for number in range(35):
            knock(door, email=f"{number}@example.org")
        assert knock(door, password=PASSWORD).status_code == 302


class TestTheAdminsDoor:
    def test_it_leads_to_the_admin(self):
        client = Client()
        asked = client.get("/admin/", follow=True)
        assert asked.redirect_chain == [("/admin/login/?next=/admin/", 302)]
        form = {"username": NORA, "password": PASSWORD, "next": "/admin/"}
        assert client.post("/admin/login/", form)["Location"] == "/admin/"
        assert client.get("/admin/").status_code == 200
        assert client.get("/admin/login/?next=/admin/teams/")["Location"] == "/admin/teams/"

    def test_who_is_no_operator_is_told_so(self):
        make_user("guest@example.org")
        client = Client()
        client.post("/admin/login/", {"username": "guest@example.org", "password": PASSWORD})
        page = client.get("/admin/", follow=True).content.decode()
        assert "guest@example.org, who may not use the admin" in page

    def test_a_password_is_changed_by_mail_alone(self):
        admin_page = "/admin/password_change/"
        client = Client()
        client.force_login(User.objects.get())
        assert client.get(admin_page)["Location"] == "/forgot-password"
        assert client.post(admin_page, {"old_password": PASSWORD})["Location"] == "/forgot-password"


@given(st.text())
def test_the_form_of_an_address_does_not_change_again(text):
    assert normal_address(normal_address(text)) == normal_address(text)


@pytest.mark.parametrize(
    "spelled", ["edia@\uff45xample.org", "EDIA@example.org", " edia@example.org"]
)
def test_signing_up_keeps_the_form_that_signing_in_looks_up(settings, spelled):
    settings.SIGN_UP = "open"
    Client().post("/sign-up", {"name": "Edia", "email": spelled})
    mails.send_due()
    Client().post("/sign-up", {"name": "Edia", "email": "edia@example.org"})
    mails.send_due()
    assert User.objects.exclude(email=NORA).get().email == "edia@example.org"


def test_mails_to_an_account_are_counted_however_it_is_spelled():
    assert attempts.may_be_mailed("edia@example.org")
    assert not attempts.may_be_mailed("\uff45dia@example.org")
