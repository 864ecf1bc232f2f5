"""The gate of a share link: whom it lets in, what it asks, and what it stores."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone

from evaluations.models import Evaluation, new_share_token
from ratings.guests import passwords
from ratings.models import Guest, Rating
from ratings.pages.share import SharePage
from teams.models import Role
from tests.conftest import make_member, make_user
from tests.ratings.rating import create, path_of, stored
from tests.ratings.reviews.rater import HIDDEN, Browser, link_of, page_of, text_of
from webhooks.models import WebhookEvent

SECRET = "correct horse"
PROTECTED = {"shareAccess": "PASSWORD_PROTECTED", "sharePassword": SECRET}


def signed_in(person, **options):
    browser = Browser(**options)
    browser.force_login(person)
    return browser


class TestWhoGetsIn:
    def test_a_link_that_is_for_the_team_looks_like_one_that_never_was(self, api, other_team):
        study = create(api)
        for browser in (Browser(), signed_in(other_team.owner)):
            hidden, missing = (
                browser.get(link_of(study)),
                browser.get(f"/share/{new_share_token()}"),
            )
            assert hidden.status_code == missing.status_code == 404
            words = [text_of(page).partition("Request id")[0] for page in (hidden, missing)]
            assert words[0] == words[1]

    @pytest.mark.parametrize("token", ["x", "shr_", "shr_%00", "shr_ü", "s" * 500])
    def test_a_token_that_cannot_be_one_is_404(self, db, token):
        assert Browser().get(f"/share/{token}").status_code == 404

    @pytest.mark.parametrize("access", ["TEAM_ONLY", "AUTOUSERS_LINK", "PASSWORD_PROTECTED"])
    def test_members_are_sent_to_their_own_page(self, api, team, access):
        study = create(api, shareAccess=access, sharePassword=SECRET)
        viewer = signed_in(make_member(team, Role.VIEWER))
        assert viewer.get(link_of(study))["Location"] == page_of(study)

    def test_one_for_accounts_asks_strangers_to_sign_in(self, shared, other_team):
        study = shared(shareAccess="AUTOUSERS_LINK")
        link = link_of(study)
        assert Browser().get(link)["Location"] == f"/sign-in?next={link}"
        page = signed_in(other_team.owner).get(link)
        assert page.status_code == 200
        assert "You rate as stranger@example.org" in text_of(page)
        assert not Guest.objects.exists()

    def test_one_for_anyone_lets_a_guest_in_after_a_press_of_a_button(self, shared):
        study = shared()
        guest = Browser()
        assert "Start" in text_of(guest.get(link_of(study)))
        assert not Guest.objects.exists()
        assert guest.start(study)["Location"] == link_of(study)
        assert "You rate as A guest" in text_of(guest.get(link_of(study)))

    def test_a_person_with_an_account_rates_as_themselves(self, shared, other_team):
        study = shared()
        browser = signed_in(other_team.owner)
        assert browser.send(link_of(study), overall=4).status_code == 302
        assert Rating.objects.get().rater == f"user:{other_team.owner_id}"


class TestWhatIsAsked:
    @pytest.mark.parametrize(
        ("settings", "said", "missing"),
        [
            ({}, {}, None),
            ({"shareAllowAnon": False}, {}, "name"),
            ({"shareAllowAnon": False}, {"name": "Priya"}, None),
            ({"shareRequireName": True}, {"email": "p@example.org"}, "name"),
            ({"shareRequireEmail": True}, {"name": "Priya"}, "email"),
            ({"shareRequireEmail": True}, {"email": "no address"}, "email"),
            ({"shareRequireEmail": True, "shareAllowAnon": False}, {"email": "p@e.org"}, None),
            ({"shareAllowAnon": True}, {"name": "two\nlines"}, "name"),
        ],
    )
    def test_it_stands_at_its_field_and_nothing_typed_is_lost(
        self, shared, settings, said, missing
    ):
        study = shared(**settings)
        response = Browser().start(study, **said)
        assert response.status_code == (400 if missing else 302)
        assert Guest.objects.count() == (0 if missing else 1)
        if missing:
            page = response.content.decode()
            assert f'id="id_{missing}_error"' in page
            assert all(value.split("\n")[0] in page for value in said.values())

    def test_the_guest_is_stored_as_typed_and_unchecked(self, shared, api):
        study = shared(shareRequireEmail=True)
        guest = Browser()
        guest.start(study, name="Priya", email="Priya@Example.org")
        guest.send(link_of(study), overall=4)

        row = Guest.objects.get()
        assert (row.name, row.email) == ("Priya", "priya@example.org")
        rating = api.get(path_of(study)).json()["data"][0]
        assert rating["publicRaterId"] == row.pk
        assert rating["userId"] is None
        assert rating["publicRater"] == {
            "name": "Priya",
            "email": "priya@example.org",
            "emailVerified": False,
        }

    def test_names_and_addresses_stay_out_of_events_and_of_pages_of_others(self, shared, endpoint):
        study = shared()
        first, second = Browser(), Browser()
        first.start(study, name="Priya Private", email="priya@example.org")
        first.send(link_of(study), overall=4)
        second.start(study)
        for page in (second.get(link_of(study)), second.send(link_of(study), overall=2)):
            assert "priya" not in page.content.decode().lower()
        for event in WebhookEvent.objects.all():
            assert "priya" not in bytes(event.payload).decode().lower()
        assert WebhookEvent.objects.filter(type="rating.created").count() == 2


class TestThePassword:
    def test_it_is_checked_once_and_then_a_cookie_stands_for_it(self, shared, monkeypatch):
        study = shared(**PROTECTED)
        checks = []
        real = Evaluation.has_share_password
        monkeypatch.setattr(
            Evaluation,
            "has_share_password",
            lambda self, password: (checks.append(password), real(self, password))[1],
        )
        guest = Browser()
        assert guest.start(study, password="wrong").status_code == 400
        assert "That is not the password." in text_of(guest.start(study, password="wrong"))
        assert guest.start(study, password=SECRET).status_code == 302
        guest.get(link_of(study))
        guest.send(link_of(study), overall=4)
        assert checks == ["wrong", "wrong", SECRET]

    def test_a_new_one_is_asked_of_the_same_guest(self, shared, api):
        study = shared(**PROTECTED, allowMultipleRatings=True)
        guest = Browser()
        guest.start(study, password=SECRET, name="Priya")
        changed = api.patch(f"/api/v1/evaluations/{study['id']}", {"sharePassword": "another"})
        assert changed.status_code == 200
        assert "Password" in text_of(guest.get(link_of(study)))
        assert guest.start(study, password=SECRET).status_code == 400
        assert guest.start(study, password="another").status_code == 302
        assert "You rate as Priya" in text_of(guest.get(link_of(study)))
        assert Guest.objects.count() == 1

    def test_answers_that_are_sent_after_the_change_are_kept(self, shared, api):
        study = shared(**PROTECTED)
        guest = Browser()
        guest.start(study, password=SECRET)
        sent = dict(HIDDEN.findall(guest.get(link_of(study)).content.decode()))
        api.patch(f"/api/v1/evaluations/{study['id']}", {"sharePassword": "another"})
        page = guest.post(link_of(study), {**sent, "score.overall": "4", "go": "submit"})
        assert page.status_code == 403
        assert 'name="password"' in page.content.decode()
        assert not Rating.objects.exists()
        guest.start(study, password="another")
        assert "1 of 1 answered" in text_of(guest.get(link_of(study)))

    def test_who_has_an_account_is_asked_for_it_and_for_nothing_else(self, shared, other_team):
        study = shared(**PROTECTED, shareRequireName=True)
        browser = signed_in(other_team.owner)
        page = browser.get(link_of(study)).content.decode()
        assert 'name="password"' in page
        assert 'name="name"' not in page
        browser.start(study, password=SECRET)
        assert browser.send(link_of(study), overall=3).status_code == 302
        assert not Guest.objects.exists()

    def test_an_address_has_five_tries_a_minute_per_study(self, shared):
        study, other = shared(**PROTECTED), shared(**PROTECTED)
        browser = Browser()
        for _ in range(5):
            assert browser.start(study, password="wrong").status_code == 400
        response = browser.start(study, password=SECRET, name="Priya")
        assert response.status_code == 429
        assert 1 <= int(response["Retry-After"]) <= 60
        assert "Priya" in response.content.decode()
        assert Browser().start(study, password=SECRET).status_code == 429
        assert browser.start(other, password=SECRET).status_code == 302
        assert Browser("203.0.113.8").start(study, password=SECRET).status_code == 302

    def test_behind_a_proxy_each_guest_has_their_own(self, shared, settings):
        settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
        study = shared(**PROTECTED)

        def start(forwarded: str, password: str) -> int:
            browser = Browser("10.0.0.1", headers={"X-Forwarded-For": forwarded})
            return browser.start(study, password=password).status_code

        for number in range(5):
            assert start(f"198.51.100.{number}, 203.0.113.7", "wrong") == 400
        assert start("198.51.100.9, 203.0.113.7", SECRET) == 429
        assert start("203.0.113.7, 203.0.113.8", SECRET) == 302

    def test_a_process_makes_two_checks_at_a_time_and_no_try_is_lost(self, shared):
        study = shared(**PROTECTED)
        for _ in range(passwords.AT_ONCE):
            assert passwords._turns.acquire(blocking=False)
        try:
            for _ in range(6):
                assert Browser().start(study, password=SECRET).status_code == 429
        finally:
            for _ in range(passwords.AT_ONCE):
                passwords._turns.release()
        assert Browser().start(study, password=SECRET).status_code == 302

    def test_a_check_that_fails_gives_its_turn_back(self, shared, monkeypatch):
        study = shared(**PROTECTED)

        def broken(*_args):
            raise RuntimeError("no hasher")

        with monkeypatch.context() as patch:
            patch.setattr(PBKDF2PasswordHasher, "verify", broken)
            patch.setattr(Evaluation, "has_share_password", broken)
            for _ in range(passwords.AT_ONCE + 1):
                with pytest.raises(RuntimeError):
                    Browser().start(study, password=SECRET)
        assert Browser("203.0.113.9").start(study, password=SECRET).status_code == 302


class TestTheCookie:
    def test_it_is_of_one_study_and_out_of_reach_of_scripts(self, shared):
        study = shared()
        guest = Browser()
        cookie = guest.start(study).cookies["guest"]
        assert cookie["path"] == link_of(study)
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"

    def test_one_of_another_study_or_a_forged_one_is_worth_nothing(self, shared):
        study, other = shared(), shared()
        guest = Browser()
        value = guest.start(study).cookies["guest"].value
        for text in (value, value[:-1] + "x", "x", ""):
            thief = Browser()
            thief.cookies["guest"] = text
            assert "Start" in text_of(thief.get(link_of(other)))

    def test_a_second_person_on_the_machine_is_not_the_first(self, shared):
        study = shared()
        browser = Browser()
        browser.start(study, name="Priya")
        browser.send(link_of(study), overall=4)
        assert "Thank you" in text_of(browser.get(link_of(study)))
        browser.post(link_of(study), {"go": "leave"})
        assert "Start" in text_of(browser.get(link_of(study)))
        browser.start(study, name="Amina")
        assert browser.send(link_of(study), overall=2).status_code == 302
        assert Rating.objects.values("rater").distinct().count() == 2


class TestWhenItIsClosed:
    def test_it_says_that_it_has_not_started(self, api, shared):
        study = shared(status="Draft")
        page = Browser().get(link_of(study))
        assert page.status_code == 403
        assert "This study has not started" in text_of(page)

    @pytest.mark.parametrize("status", ["Ended", "Archived"])
    def test_it_says_that_it_is_over(self, api, shared, status):
        study = shared()
        guest = Browser()
        guest.start(study)
        api.patch(f"/api/v1/evaluations/{study['id']}", {"status": status})
        page = guest.get(link_of(study))
        assert page.status_code == 403
        assert "This study is over" in text_of(page)
        assert guest.post(link_of(study), {"go": "submit"}).status_code == 403
        assert Browser().start(study).status_code == 403

    def test_it_says_until_when_the_link_was_open(self, shared, api):
        study = shared()
        Evaluation.objects.filter(pk=study["id"]).update(
            share_expiry=timezone.now() - timedelta(seconds=1)
        )
        assert "It was open until" in text_of(Browser().get(link_of(study)))
        assert stored(study).status == "Running"

    def test_a_member_still_rates_when_the_link_has_ended(self, shared, owner):
        study = shared()
        Evaluation.objects.filter(pk=study["id"]).update(
            share_expiry=timezone.now() - timedelta(seconds=1)
        )
        assert signed_in(owner).send(page_of(study), overall=4).status_code == 302

    @pytest.mark.parametrize(
        "change",
        [{"shareAccess": "TEAM_ONLY"}, {"shareAccess": "AUTOUSERS_LINK"}, {"status": "Ended"}],
    )
    def test_a_rule_that_changes_while_a_rating_is_sent_holds_for_it(
        self, shared, api, monkeypatch, change
    ):
        study = shared()
        guest = Browser()
        guest.start(study)
        real = SharePage.lock

        def changed_first(page):
            assert api.patch(f"/api/v1/evaluations/{study['id']}", change).status_code == 200
            return real(page)

        monkeypatch.setattr(SharePage, "lock", changed_first)
        assert guest.send(link_of(study), overall=4).status_code == 403
        assert not Rating.objects.exists()


def test_a_person_of_no_team_is_not_in_the_way(shared):
    """Such a person has an account, and no team to act on."""
    study = shared()
    browser = signed_in(make_user("alone@example.org"))
    assert browser.send(link_of(study), overall=5).status_code == 302
