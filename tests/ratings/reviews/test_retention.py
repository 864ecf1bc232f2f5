"""What raters leave behind goes after 30 days, and nothing that counts goes with it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ratings import tasks
from ratings.models import FrameAnswer, Guest, Rating, RatingDraft
from tests.ratings.reviews.rater import Browser, link_of, text_of

OLD = timedelta(days=30, seconds=1)


@pytest.fixture
def study(shared):
    return shared()


def make_guest(study, name: str) -> Browser:
    guest = Browser()
    guest.start(study, name=name)
    return guest


def age(rows, **ages: timedelta) -> None:
    rows.update(**{name: timezone.now() - age for name, age in ages.items()})


def test_old_drafts_go_and_younger_ones_stay(study):
    for name in ("old", "young"):
        make_guest(study, name).send(link_of(study), go="save", overall=4)
    first = RatingDraft.objects.order_by("pk")[:1].values("pk")
    age(RatingDraft.objects.filter(pk__in=list(first.values_list("pk", flat=True))), updated_at=OLD)
    for _ in range(2):
        tasks.forget()
    assert RatingDraft.objects.count() == 1


def test_guests_who_never_rated_go_with_what_they_typed(study):
    make_guest(study, "rated").send(link_of(study), overall=4)
    left = make_guest(study, "left")
    age(Guest.objects.all(), created_at=OLD)
    make_guest(study, "new")
    for _ in range(2):
        tasks.forget()
    assert sorted(Guest.objects.values_list("name", flat=True)) == ["new", "rated"]
    assert Rating.objects.count() == 1
    assert "Start" in text_of(left.get(link_of(study)))


def test_many_guests_go_in_several_steps(study, monkeypatch):
    monkeypatch.setattr("ratings.guests.services.BATCH", 2)
    for number in range(5):
        make_guest(study, f"g{number}")
    age(Guest.objects.all(), created_at=OLD)
    tasks.forget()
    assert not Guest.objects.exists()


def test_answers_about_frames_go(db):
    FrameAnswer.objects.create(
        digest="f" * 64, framing="allowed", asked_at=timezone.now() - timedelta(hours=2)
    )
    tasks.forget()
    assert not FrameAnswer.objects.exists()
