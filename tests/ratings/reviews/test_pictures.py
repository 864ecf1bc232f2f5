"""The picture in the place of a design that cannot stand in a frame."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from autousers.models import Observation, ObservationStatus
from autousers.observation.facts import FIRST_SCREEN
from autousers.runs import artifacts
from ratings.designs import asking, panes
from ratings.models import Framing
from tests.ratings.rating import DESIGN, create
from tests.ratings.reviews.rater import Browser, link_of, page_of
from tests.ratings.reviews.test_review import MOST_QUERIES

JPEG = b"\xff\xd8 a picture"


@pytest.fixture
def forbidden(monkeypatch):
    """No design allows frames."""
    monkeypatch.setattr(panes, "framing_of", asking.framing_of)
    monkeypatch.setattr(asking, "_ask", lambda _url: Framing.FORBIDDEN)


@pytest.fixture
def member(team):
    browser = Browser()
    browser.force_login(team.owner)
    return browser


def see(study, url: str, *, width: int = 1280, files=(FIRST_SCREEN,), content=JPEG) -> str:
    """An observation of a design, with a picture."""
    made = Observation.objects.create(
        evaluation_id=study["id"],
        key=f"{url} {width} {len(files)}"[-64:],
        design=url,
        observer="browser",
        conditions={"width": width},
        status=ObservationStatus.DONE,
        files=list(files),
        ended_at=timezone.now(),
    )
    if files:
        artifacts.keep(made.pk, FIRST_SCREEN, content, of=artifacts.OBSERVATIONS)
    return made.pk


def shown(page) -> list[str]:
    return re.findall(r'<img src="([^"]+)"', page.content.decode())


def test_a_design_that_forbids_frames_is_a_picture_where_a_browser_saw_it(api, member, forbidden):
    study = create(api)
    url = DESIGN["url"]
    assert shown(member.get(page_of(study))) == []

    see(study, url, width=390)
    widest = see(study, url)
    see(study, url, width=800, files=())
    [address] = shown(member.get(page_of(study)))

    assert address == f"{page_of(study)}?picture={widest}"
    answer = member.get(address)
    assert (answer["Content-Type"], answer.content) == ("image/jpeg", JPEG)
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_design_that_allows_frames_stays_a_frame(api, member):
    study = create(api)
    see(study, DESIGN["url"])

    assert shown(member.get(page_of(study))) == []


def test_the_preview_shows_it_too(api, member, forbidden):
    study = create(api)
    see(study, DESIGN["url"])
    [address] = shown(member.get(f"/evaluations/{study['id']}/preview"))

    assert member.get(address).content == JPEG


def test_guests_get_it_behind_their_gate_and_strangers_do_not(shared, forbidden):
    study = shared(shareAccess="PASSWORD_PROTECTED", sharePassword="bell-tower")
    seen = see(study, DESIGN["url"])
    address = f"{link_of(study)}?picture={seen}"
    guest = Browser()
    assert guest.get(address)["Content-Type"].startswith("text/html")  # the gate
    guest.post(link_of(study), {"password": "bell-tower"})

    assert shown(guest.get(link_of(study))) == [address]
    assert guest.get(address).content == JPEG


@pytest.mark.parametrize("id", ["nonsense", "\0", "cm00000000000000000000000", ""])
def test_what_is_no_picture_of_the_study_is_not_found(api, member, id):
    assert member.get(page_of(create(api)), {"picture": id}).status_code == 404


def test_neither_is_a_picture_of_another_study_nor_a_lost_file(api, member):
    study, other = create(api), create(api)
    seen = see(other, DESIGN["url"])
    assert member.get(page_of(study), {"picture": seen}).status_code == 404

    artifacts.remove(seen, of=artifacts.OBSERVATIONS)
    assert member.get(page_of(other), {"picture": seen}).status_code == 404


def test_a_pair_takes_no_more_queries_than_other_pages(api, member, forbidden):
    study = create(api, type="SxS", stimuli=3)
    member.get(page_of(study))
    with CaptureQueriesContext(connection) as queries:
        assert member.get(page_of(study)).status_code == 200

    assert len(queries) <= MOST_QUERIES, "\n".join(query["sql"][:160] for query in queries)
