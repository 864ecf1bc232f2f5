"""Links to results: whom they let in, what they show, and what they keep to themselves."""

import re
from datetime import timedelta

import pytest
from django.core.signing import Signer
from django.test import Client
from django.utils import timezone

from evaluations.models import Evaluation
from ratings import results_links
from ratings.models import ResultsLink
from ratings.pages.results import shared
from teams.models import Role
from tests.conftest import make_member, make_user
from tests.ratings.rating import create, stored
from tests.ratings.test_results_pages import address, guest_says, signed_in, text_of


@pytest.fixture
def study(api):
    """A study with words of two guests, that anyone with a link may open."""
    made = create(api, shareAccess="ANYONE_WITH_LINK", stimuli=2)
    for name in ("Priya Natarajan", "Lena Fischer", "Tom Okafor"):
        guest_says(made, name, justification=f"{name} wrote this.")
    return made


@pytest.fixture
def link(study, owner):
    return results_links.make(evaluation=stored(study), days=7, by=owner)


def opened(link, client=None, status=200):
    response = (client or Client()).get(f"/results/{link.token}")
    assert response.status_code == status, response.content.decode()[:500]
    return response


class TestWhatItShows:
    def test_the_figures_without_names_and_words_of_people(self, link):
        response = opened(link)
        text = text_of(response)
        assert "Design 1 gets 3.0 of 5." in text
        assert "A person" in text
        for name in ("Priya", "Lena", "Tom", "wrote this"):
            assert name not in response.content.decode()

    def test_it_leads_nowhere_into_the_team(self, link, study):
        page = opened(link).content.decode()
        for hidden in ("/export", "/raters", "/edit", "inspectRun", "/api/v1/", study["id"]):
            assert hidden not in page.partition("<main")[2]

    def test_it_is_not_for_robots_and_tells_no_other_site(self, link):
        response = opened(link)
        assert response["X-Robots-Tag"] == "noindex"
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]

    @pytest.mark.parametrize("query", ["?design=x", "?before=x", "?design=" + "a" * 500])
    def test_any_query_is_answered(self, link, query):
        assert Client().get(f"/results/{link.token}{query}").status_code == 200

    def test_nothing_can_be_changed_by_it(self, link, study):
        assert Client().post(f"/results/{link.token}", {"do": "exclude"}).status_code == 302
        assert Client().delete(f"/results/{link.token}").status_code == 405
        assert not stored(study).rater_exclusions.exists()


class TestWhomItLetsIn:
    def test_a_forged_token_looks_like_nothing(self, link, study):
        other = ResultsLink(evaluation=stored(study), expires_at=timezone.now())
        forged = [
            link.pk,
            f"{link.pk}:",
            link.token[:-1],
            link.token[:-1] + ("A" if link.token[-1] != "A" else "B"),
            link.token.replace(link.pk, other.pk),
            Signer(salt="evaluations.invites").sign(link.pk),
            Signer(salt="ratings.results_links", key="x" * 50).sign(link.pk),
            other.token,
            "é",
            "x" * 3_000,
        ]
        for token in forged:
            assert Client().get(f"/results/{token}").status_code == 404, token

    def test_a_withdrawn_one_shows_nothing(self, link, study, owner):
        results_links.withdraw(evaluation=stored(study), link_id=link.pk, by=owner)
        response = opened(link, status=410)
        assert "The team has withdrawn this link." in text_of(response)
        assert "Ticket kiosk" not in text_of(response)

    def test_one_that_has_ended_shows_nothing(self, link):
        ResultsLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert "This link was good until" in text_of(opened(link, status=410))

    def test_a_study_for_its_team_alone_shows_nothing(self, link, study):
        Evaluation.objects.filter(pk=study["id"]).update(share_access="TEAM_ONLY")
        assert "to nobody else at present" in text_of(opened(link, status=410))

    def test_one_of_a_deleted_study_is_nothing(self, api, link, study):
        token = link.token
        assert api.delete(f"/api/v1/evaluations/{study['id']}").status_code < 300
        assert Client().get(f"/results/{token}").status_code == 404

    def test_each_link_shows_its_own_study(self, api, link, owner):
        other = create(api, name="Another one", shareAccess="ANYONE_WITH_LINK")
        second = results_links.make(evaluation=stored(other), days=7, by=owner)
        assert "Another one" not in text_of(opened(link))
        assert "Ticket kiosk" not in text_of(opened(second))

    def test_with_accounts_strangers_sign_in_first(self, link, study, db):
        Evaluation.objects.filter(pk=study["id"]).update(share_access="AUTOUSERS_LINK")
        response = opened(link, status=302)
        assert response["Location"].startswith("/sign-in?next=/results/")
        opened(link, signed_in(make_user("stranger@example.org")))

    def test_a_few_openings_a_minute_are_enough(self, link, monkeypatch):
        monkeypatch.setattr(shared, "OPENINGS", 2)
        for _ in range(2):
            opened(link)
        assert "Retry-After" in opened(link, status=429).headers


class TestThePassword:
    @pytest.fixture
    def locked(self, study):
        row = stored(study)
        row.share_access = "PASSWORD_PROTECTED"
        row.set_share_password("harbour lights")
        row.save(update_fields=["share_access", "share_password"])
        return row

    def test_it_is_asked_once(self, link, locked):
        client = Client()
        assert "asks for a password" in text_of(opened(link, client))
        assert "Ticket kiosk" not in text_of(opened(link, client))
        wrong = client.post(f"/results/{link.token}", {"password": "x"})
        assert wrong.status_code == 400
        assert "That is not the password." in text_of(wrong)
        right = client.post(f"/results/{link.token}", {"password": "harbour lights"})
        assert right.status_code == 302
        assert right.cookies["results"]["path"] == f"/results/{link.token}"
        assert right.cookies["results"]["httponly"]
        assert "Design 1 gets" in text_of(opened(link, client))

    def test_a_new_password_asks_again(self, link, locked):
        client = Client()
        client.post(f"/results/{link.token}", {"password": "harbour lights"})
        locked.set_share_password("other lights")
        locked.save(update_fields=["share_password"])
        assert "asks for a password" in text_of(opened(link, client))

    def test_guesses_are_counted(self, link, locked):
        client = Client()
        statuses = [
            client.post(f"/results/{link.token}", {"password": "x"}).status_code for _ in range(6)
        ]
        assert statuses == [400] * 5 + [429]

    def test_a_cookie_of_another_study_opens_nothing(self, api, link, locked, owner):
        body = {"shareAccess": "PASSWORD_PROTECTED", "sharePassword": "harbour lights"}
        other = stored(create(api, **body))
        own = results_links.make(evaluation=other, days=7, by=owner)
        client = Client()
        client.post(f"/results/{own.token}", {"password": "harbour lights"})
        stolen = client.cookies["results"].value
        thief = Client()
        thief.cookies["results"] = stolen
        assert "asks for a password" in text_of(opened(link, thief))


class TestMakingAndWithdrawing:
    def test_it_is_made_shown_and_withdrawn(self, owner, study):
        browser = signed_in(owner)
        browser.post(address(study, "/link"), {"do": "make", "days": "90"})
        made = ResultsLink.objects.get()
        assert made.created_by == owner
        assert abs(made.expires_at - timezone.now() - timedelta(days=90)) < timedelta(minutes=1)
        page = browser.get(address(study, "/link")).content.decode()
        assert made.token in page
        browser.post(address(study, "/link"), {"do": f"withdraw.{made.pk}"})
        made.refresh_from_db()
        assert made.revoked_by == owner
        assert made.token not in browser.get(address(study, "/link")).content.decode()

    @pytest.mark.parametrize("days", ["", "x", "-1", "400", "99999999"])
    def test_a_time_that_is_not_offered_is_the_shortest(self, owner, study, days):
        signed_in(owner).post(address(study, "/link"), {"do": "make", "days": days})
        [made] = ResultsLink.objects.all()
        assert made.expires_at - timezone.now() < timedelta(days=7)

    def test_not_for_a_study_of_the_team_alone(self, owner, api):
        study = create(api)
        browser = signed_in(owner)
        response = browser.post(address(study, "/link"), {"do": "make"}, follow=True)
        assert "This study is for its team alone." in text_of(response)
        assert not ResultsLink.objects.exists()

    def test_there_is_a_bound(self, owner, study, monkeypatch):
        monkeypatch.setattr(results_links, "MOST_LIVE", 1)
        browser = signed_in(owner)
        browser.post(address(study, "/link"), {"do": "make"})
        response = browser.post(address(study, "/link"), {"do": "make"}, follow=True)
        assert "Withdraw one first." in text_of(response)

    @pytest.mark.parametrize(
        ("role", "editors_can_share", "status"),
        [(Role.VIEWER, True, 403), (Role.EDITOR, True, 302), (Role.EDITOR, False, 403)],
    )
    def test_it_takes_who_may_share(self, team, study, role, editors_can_share, status):
        Evaluation.objects.filter(pk=study["id"]).update(editors_can_share=editors_can_share)
        client = signed_in(make_member(team, role, "member@example.org"))
        assert client.post(address(study, "/link"), {"do": "make"}).status_code == status
        assert client.get(address(study, "/link")).status_code == (403 if status == 403 else 200)
        assert ResultsLink.objects.exists() == (status == 302)

    def test_that_of_another_study_is_not_withdrawn(self, owner, api, link):
        other = create(api, shareAccess="ANYONE_WITH_LINK")
        signed_in(owner).post(address(other, "/link"), {"do": f"withdraw.{link.pk}"})
        opened(link)

    def test_its_secret_is_in_no_other_reply(self, api, link, study):
        for page in ("", "/results", "/ratings"):
            body = api.get(f"/api/v1/evaluations/{study['id']}{page}").content.decode()
            assert not re.search(re.escape(link.pk), body)
