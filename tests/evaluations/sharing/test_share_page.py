"""The share page: the link and its rules, people, invitations and requests; asking for access."""

import pytest
from django.test import Client

from evaluations.models import AccessRequest, AccessRequestStatus, Evaluation, Share
from evaluations.sharing.access_requests import REQUESTS_PER_DAY
from teams.models import Role
from tests.conftest import make_member, make_team, make_user
from tests.pages import errors_at, opened, read, typed, words
from tests.ratings.rating import create

MOST_QUERIES = 12
RULES = "//form[.//button[@value='rules']]"


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def study(api):
    return Evaluation.objects.get(pk=create(api)["id"])


@pytest.fixture
def address(study):
    return f"/evaluations/{study.pk}/share"


@pytest.fixture
def browser(owner):
    return signed_in(owner)


@pytest.fixture
def editor(team):
    return signed_in(make_member(team, Role.EDITOR, "editor@example.org"))


@pytest.fixture
def outsider(db):
    person = make_user("outsider@example.org", name="Ola Outsider")
    make_team(owner=person, name="Elsewhere")
    return person


class TestTheLink:
    def test_a_team_only_study_has_no_link(self, browser, address):
        assert "There is no link for others" in words(opened(browser, address))

    def test_its_rules_are_saved_and_the_link_is_shown(self, browser, address, study):
        form = typed(opened(browser, address), RULES)
        form |= {"shareAccess": "PASSWORD_PROTECTED", "sharePassword": "harbour", "do": "rules"}
        form |= {"shareExpiry": "2099-12-04T18:00", "shareRequireName": "on"}
        assert browser.post(address, form).status_code == 302
        study.refresh_from_db()
        assert study.has_share_password("harbour")
        assert study.share_expiry.isoformat() == "2099-12-04T18:00:00+00:00"
        assert study.share_require_name
        page = words(opened(browser, address))
        assert f"/share/{study.share_token}" in page
        assert "It is open now" in page
        assert "harbour" not in page

    def test_a_refusal_stands_at_its_field(self, browser, address, study):
        form = typed(opened(browser, address), RULES)
        form |= {"shareAccess": "PASSWORD_PROTECTED", "do": "rules"}
        response = browser.post(address, form)
        assert response.status_code == 400
        assert errors_at(read(response), "sharePassword")
        study.refresh_from_db()
        assert study.share_access == "TEAM_ONLY"

    def test_a_change_of_somebody_else_stops_it(self, browser, api, address, study):
        form = typed(opened(browser, address), RULES)
        api.patch(f"/api/v1/evaluations/{study.pk}", {"shareAccess": "AUTOUSERS_LINK"})
        response = browser.post(address, {**form, "shareRequireName": "on", "do": "rules"})
        assert response.status_code == 409
        study.refresh_from_db()
        assert study.share_access == "AUTOUSERS_LINK"
        assert not study.share_require_name

    def test_editors_change_its_end_and_not_who_may_open_it(self, editor, address, study):
        form = typed(opened(editor, address), RULES)
        assert "shareAccess" not in form
        form |= {"shareExpiry": "2099-12-04T18:00", "do": "rules"}
        assert editor.post(address, form).status_code == 302
        form = typed(opened(editor, address), RULES)
        form |= {"section": ["link", "people"], "shareAccess": "ANYONE_WITH_LINK", "do": "rules"}
        assert editor.post(address, form).status_code == 403
        study.refresh_from_db()
        assert study.share_access == "TEAM_ONLY"


class TestPeople:
    def share(self, client, address, email, permission="VIEWER"):
        return client.post(address, {"do": "share", "email": email, "permission": permission})

    def test_somebody_known_gets_a_share_and_others_an_invitation(self, browser, address, team):
        make_member(team, Role.VIEWER, "viewer@example.org")
        self.share(browser, address, "Viewer@Example.org ", "EDITOR")
        self.share(browser, address, "new@example.org")
        page = words(opened(browser, address))
        assert "viewer@example.org" in page
        assert "The study is shared with viewer@example.org" in page
        assert "new@example.org was invited" in page
        granted, pending = Share.objects.order_by("created_at")
        assert (granted.permission, granted.is_pending) == ("EDITOR", False)
        assert (pending.permission, pending.is_pending) == ("VIEWER", True)

    @pytest.mark.parametrize(
        ("email", "permission", "field"),
        [
            ("", "VIEWER", "email"),
            ("nobody", "VIEWER", "email"),
            ("a\0@example.org", "VIEWER", "email"),
            ("new@example.org", "KING", "permission"),
            ("new@example.org", "", "permission"),
        ],
    )
    def test_a_refusal_stands_at_its_field(self, browser, address, email, permission, field):
        response = self.share(browser, address, email, permission)
        assert response.status_code == 400
        assert errors_at(read(response), field)
        assert not Share.objects.exists()

    def test_nobody_gives_more_than_they_have(self, editor, address):
        assert self.share(editor, address, "new@example.org", "OWNER").status_code == 403
        assert not Share.objects.exists()

    def test_shares_are_changed_and_ended(self, browser, address, study, outsider):
        share = Share.objects.create(evaluation=study, user=outsider, permission="VIEWER")
        browser.post(address, {"do": f"change.{share.pk}", "permission": "EDITOR"})
        share.refresh_from_db()
        assert share.permission == "EDITOR"
        browser.post(address, {"do": f"revoke.{share.pk}"})
        assert not Share.objects.exists()
        assert browser.post(address, {"do": f"revoke.{share.pk}"}).status_code == 302
        assert "no such share" in words(opened(browser, address))

    def test_editors_end_none(self, editor, address, study, outsider):
        share = Share.objects.create(evaluation=study, user=outsider, permission="VIEWER")
        assert editor.post(address, {"do": f"revoke.{share.pk}"}).status_code == 403
        assert Share.objects.exists()

    def test_the_page_is_for_those_who_may_share(self, editor, address, study, team, outsider):
        viewer = signed_in(make_member(team, Role.VIEWER, "viewer@example.org"))
        for client in (viewer, signed_in(outsider)):
            assert client.get(address).status_code == 403
            assert self.share(client, address, "new@example.org").status_code == 403
        assert editor.get(address).status_code == 200
        study.editors_can_share = False
        study.save(update_fields=["editors_can_share"])
        assert editor.get(address).status_code == 403
        assert self.share(editor, address, "new@example.org").status_code == 403
        assert not Share.objects.exists()

    def test_its_queries_do_not_grow(self, browser, address, study, django_assert_max_num_queries):
        for number in range(10):
            person = make_user(f"person{number}@example.org")
            Share.objects.create(evaluation=study, user=person, permission="VIEWER")
            AccessRequest.objects.create(
                evaluation=study, requester=make_user(f"asks{number}@example.org")
            )
        with django_assert_max_num_queries(MOST_QUERIES):
            browser.get(address)


class TestAskingForAccess:
    def ask(self, client, study, **form):
        return client.post(f"/evaluations/{study.pk}/request-access", form, follow=True)

    def test_a_request_is_made_approved_and_lets_in(self, browser, address, study, outsider):
        asking = signed_in(outsider)
        page = read(self.ask(asking, study, message="I rate checkouts."))
        assert "You asked to see it" in words(page)
        shown = opened(browser, address)
        assert "I rate checkouts." in words(shown)
        approve = shown.xpath("//button[starts-with(@value, 'approve.')]/@value")[0]
        browser.post(address, {"do": approve})
        assert asking.get(f"/evaluations/{study.pk}/results").status_code == 200
        assert self.ask(asking, study).status_code == 200
        assert AccessRequest.objects.get().status == AccessRequestStatus.APPROVED

    def test_it_is_declined_and_the_page_says_so(self, browser, address, study, outsider):
        asking = signed_in(outsider)
        self.ask(asking, study)
        browser.post(address, {"do": f"decline.{AccessRequest.objects.get().pk}"})
        page = words(opened(asking, f"/evaluations/{study.pk}", 403))
        assert "was declined" in page
        assert "Ask for access" in page

    def test_it_can_be_taken_back(self, study, outsider):
        asking = signed_in(outsider)
        self.ask(asking, study)
        assert "Or ask to see it" in words(read(self.ask(asking, study, do="withdraw")))
        assert AccessRequest.objects.get().status == AccessRequestStatus.WITHDRAWN

    def test_too_many_and_too_long_ones_are_refused(self, study, outsider):
        asking = signed_in(outsider)
        for _ in range(REQUESTS_PER_DAY):
            self.ask(asking, study)
            self.ask(asking, study, do="withdraw")
        assert "the most for one day" in words(read(self.ask(asking, study)))
        assert "at most 500" in words(read(self.ask(asking, study, message="x" * 501)))
        assert AccessRequest.objects.count() == REQUESTS_PER_DAY

    def test_editors_do_not_decide(self, editor, address, study, outsider):
        self.ask(signed_in(outsider), study)
        pk = AccessRequest.objects.get().pk
        assert "An Admin decides" in words(opened(editor, address))
        assert editor.post(address, {"do": f"approve.{pk}"}).status_code == 403
        assert not Share.objects.exists()

    def test_the_message_of_a_stranger_is_inert(self, browser, address, study, outsider):
        self.ask(signed_in(outsider), study, message="<script>alert(1)</script>")
        assert "<script>alert" not in browser.get(address).content.decode()


def test_studies_that_were_shared_are_listed_for_their_people(study, outsider):
    client = signed_in(outsider)
    assert "Ticket kiosk" not in words(opened(client, "/?shared"))
    Share.objects.create(evaluation=study, user=outsider, permission="VIEWER")
    assert "Ticket kiosk" in words(opened(client, "/?shared"))
    assert "Ticket kiosk" not in words(opened(client, "/"))
