"""The page of notifications, and the bell in the bar on top."""

import pytest
from django.test import Client

from teams.models import Notification, NotificationKind
from teams.people.notifications import notify
from tests.conftest import make_user
from tests.pages import opened, words

PATH = "/notifications"


@pytest.fixture
def browser(owner, team):
    client = Client()
    client.force_login(owner)
    return client


def told(user, team, text="Ana shared a study.", about="c" + "1" * 24):
    return notify(
        user=user,
        kind=NotificationKind.SHARED,
        team=team,
        about=about,
        text=text,
        link="/settings/members",
        by=None,
    )


def bell(page):
    return page.xpath("//a[@href='/notifications']/@aria-label")[0]


def test_without_any_it_says_so(browser):
    page = opened(browser, PATH)
    assert "You have no notifications" in words(page)
    assert bell(page) == "Notifications"


def test_opening_one_marks_it_as_read_and_goes_there(browser, owner, team):
    told(owner, team)
    page = opened(browser, PATH)
    assert bell(page) == "Notifications, 1 new"
    assert "Ana shared a study." in words(page)
    path = page.xpath("//main//form[.//button[text()='Open']]/@action")[0]
    assert browser.post(path)["Location"] == "/settings/members"
    assert Notification.objects.get().read_at is not None
    assert bell(opened(browser, "/")) == "Notifications"


def test_all_are_marked_at_once(browser, owner, team):
    for number in range(3):
        told(owner, team, about=f"c{number}" + "1" * 23)
    assert bell(opened(browser, PATH)) == "Notifications, 3 new"
    assert browser.post(PATH)["Location"] == PATH
    assert not Notification.objects.filter(read_at=None).exists()
    assert "Mark all as read" not in words(opened(browser, PATH))


def test_those_of_others_are_neither_shown_nor_read(browser, team):
    other = told(make_user("other@example.org"), team, text="For somebody else.")
    assert "For somebody else" not in words(opened(browser, PATH))
    assert browser.post(f"{PATH}/{other.pk}")["Location"] == PATH
    browser.post(PATH)
    assert browser.post(f"{PATH}/nonsense").status_code == 302
    assert Notification.objects.get().read_at is None


def test_strangers_sign_in_first(db):
    for response in (Client().get(PATH), Client().post(f"{PATH}/x")):
        assert response["Location"].startswith("/sign-in")


def test_what_is_told_is_inert(browser, owner, team):
    told(owner, team, text="<script>alert(1)</script>")
    assert "<script>alert" not in browser.get(PATH).content.decode()


def test_its_queries_do_not_grow(browser, owner, team, django_assert_max_num_queries):
    for number in range(20):
        told(owner, team, about=f"c{number:02}" + "1" * 22)
    with django_assert_max_num_queries(12):
        browser.get(PATH)
