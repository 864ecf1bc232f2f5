"""Guests who rate at the same moment, on real transactions: none is lost, none counts twice."""

from threading import Event

import pytest
from django.db import transaction

from ratings.designs import panes
from ratings.guests import services as guests
from ratings.models import Framing, Guest, Rating, RatingDraft, RatingScore
from teams.limits import quotas
from teams.models import Meter
from tests.concurrency.threads import PATIENCE, at_once
from tests.ratings.rating import create, stored
from tests.ratings.reviews.rater import Browser, link_of
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

GUESTS = 200


@pytest.fixture(autouse=True)
def every_design_allows_frames(monkeypatch):
    monkeypatch.setattr(panes, "framing_of", lambda *urls: [Framing.ALLOWED] * len(urls))


@pytest.fixture
def study(api):
    return create(api, shareAccess="ANYONE_WITH_LINK", shareAllowAnon=True)


def sheet_of(study) -> dict[str, str]:
    """A sheet as its form sends it; the same for every guest of a study with one design."""
    comparison = study["comparisons"][0]["id"]
    return {"comparison": comparison, "given": "0", "score.overall": "4", "go": "submit"}


def come_and_rate(study, link: str, number: int) -> list[int]:
    """Pass the gate and send the sheet twice, as an impatient guest does."""
    guest = Browser(f"198.51.{number // 250}.{number % 250}")
    answers = [guest.post(link, {"name": f"Guest {number}"})]
    answers += [guest.post(link, sheet_of(study)) for _ in range(2)]
    return [answer.status_code for answer in answers]


def test_two_hundred_at_once_lose_nothing_and_none_counts_twice(api, team, study):
    link = link_of(study)

    replies = at_once(
        [lambda number=number: come_and_rate(study, link, number) for number in range(GUESTS)]
    )

    assert all(statuses == [302, 302, 302] for statuses in replies)
    assert Guest.objects.count() == GUESTS
    assert Rating.objects.values("rater").distinct().count() == GUESTS
    assert (Rating.objects.count(), RatingScore.objects.count()) == (GUESTS, GUESTS)
    events = WebhookEvent.objects.filter(type="rating.created")
    assert events.values("object_id").distinct().count() == events.count() == GUESTS
    counted = quotas.counts(team=team, period=quotas.Period.current())[Meter.HUMAN_RATINGS]
    assert counted.used == stored(study).ratings_count == GUESTS
    assert not RatingDraft.objects.exists()


def test_one_guest_in_many_tabs_counts_once(api, study):
    guest = Browser()
    guest.post(link_of(study), {})
    cookie = guest.cookies["guest"].value

    def send() -> int:
        tab = Browser()
        tab.cookies["guest"] = cookie
        return tab.post(link_of(study), sheet_of(study)).status_code

    assert set(at_once([send] * 20)) == {302}
    assert Rating.objects.count() == 1


def test_tabs_that_save_a_draft_at_once_keep_one(api, study):
    guest = Browser()
    guest.post(link_of(study), {})
    cookie = guest.cookies["guest"].value

    def save(score: int) -> int:
        tab = Browser()
        tab.cookies["guest"] = cookie
        sent = {**sheet_of(study), "score.overall": str(score), "go": "autosave"}
        return tab.post(link_of(study), sent).status_code

    jobs = [lambda score=score: save(score) for score in (1, 2, 3, 4, 5)] * 4
    assert set(at_once(jobs)) == {200}
    assert RatingDraft.objects.get().answers["scores"]["overall"] in {1, 2, 3, 4, 5}


def test_a_guest_who_is_rating_is_not_forgotten(api, study, monkeypatch):
    guest = Browser()
    guest.post(link_of(study), {})
    monkeypatch.setattr(guests, "KEPT", -guests.KEPT)  # everybody is old enough
    held = Event()

    forgotten = Event()

    def forget() -> int:
        assert held.wait(PATIENCE)
        try:
            return guests.forget()
        finally:
            forgotten.set()

    def rate() -> int:
        with transaction.atomic():
            pk = Guest.objects.get().pk
            assert guests.find(stored(study), pk, lock=True)
            held.set()
            assert forgotten.wait(PATIENCE)
            return 1

    assert at_once([rate, forget]) == [1, 0]
    assert Guest.objects.count() == 1
