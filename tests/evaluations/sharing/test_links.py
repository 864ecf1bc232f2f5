"""Every address in `links`, in every status, for everybody: a page, or a page that says why not.

One table: a row for each link, a column for each person. A cell has the status of the reply at
the end of all redirects, and words that stand on that page.
"""

import pytest
from django.test import Client

from evaluations.models import Evaluation, EvaluationStatus, Share
from ratings.designs import panes
from ratings.models import Framing
from teams.models import Role
from tests.conftest import make_member, make_team, make_user
from tests.pages import read, words
from tests.ratings.rating import create

SIGN_IN = (200, "Forgot your password?")
FOREIGN = (403, "This study belongs to Kiosk crew")
ROLE = (403, "needs the role")

#: What the person reads who may see the page, by link and status.
EDIT = {
    "Draft": "Start the study",
    "Running": "Fixed while the study is running",
    "Ended": "Reopen",
    "Archived": "Restore",
}
RATE = {
    "Draft": (403, "This study has not started"),
    "Running": "What made you decide?",
    "Ended": (403, "This study is over"),
    "Archived": (403, "This study is over"),
}
GATE = {**RATE, "Running": "asks for your opinion"}
PREVIEW = dict.fromkeys(EvaluationStatus.values, "Preview: nothing is stored")
RESULTS = dict.fromkeys(EvaluationStatus.values, "No ratings yet")
WEB = {**RESULTS, "Draft": "Start the study"}
WEB_OF_VIEWERS = {**RESULTS, "Draft": PREVIEW["Draft"]}
WEB_OF_HOLDERS = {**WEB_OF_VIEWERS, "Running": RATE["Running"]}

PEOPLE = ("owner", "viewer", "holder", "stranger", "guest")

#: By link: what each of PEOPLE gets. Words without a code are those of a page that is there.
TABLE = {
    "preview": (PREVIEW, PREVIEW, PREVIEW, FOREIGN, SIGN_IN),
    "review": (RATE, RATE, RATE, FOREIGN, SIGN_IN),
    "edit": (EDIT, ROLE, ROLE, FOREIGN, SIGN_IN),
    "results": (RESULTS, RESULTS, RESULTS, FOREIGN, SIGN_IN),
    "web": (WEB, WEB_OF_VIEWERS, WEB_OF_HOLDERS, FOREIGN, SIGN_IN),
    "share": (RATE, RATE, RATE, RATE, GATE),
}


@pytest.fixture(autouse=True)
def no_design_is_asked(monkeypatch):
    monkeypatch.setattr(panes, "framing_of", lambda *urls: [Framing.ALLOWED] * len(urls))


@pytest.fixture
def people(team, owner):
    """A browser of each of PEOPLE."""
    holder, stranger = make_user("holder@example.org"), make_user("stranger@example.org")
    for person in (holder, stranger):
        make_team(owner=person, name="Elsewhere")
    viewer = make_member(team, Role.VIEWER, "viewer@example.org")
    browsers = {"guest": Client()}
    known = {"owner": owner, "viewer": viewer, "holder": holder, "stranger": stranger}
    for name, person in known.items():
        browsers[name] = Client()
        browsers[name].force_login(person)
    return known, browsers


@pytest.mark.parametrize("status", EvaluationStatus.values)
def test_each_link_leads_to_a_page(api, people, status):
    known, browsers = people
    made = create(
        api,
        status="Draft" if status == "Draft" else "Running",
        shareAccess="ANYONE_WITH_LINK",
        shareAllowAnon=True,
    )
    study = Evaluation.objects.get()
    Share.objects.create(evaluation=study, user=known["holder"], permission="VIEWER")
    study.move_to(status)
    links = api.get(f"/api/v1/evaluations/{made['id']}").json()["links"]
    assert links.keys() == TABLE.keys()
    for link, cells in TABLE.items():
        for name, cell in zip(PEOPLE, cells, strict=True):
            found = cell[status] if isinstance(cell, dict) else cell
            code, said = (200, found) if isinstance(found, str) else found
            path = links[link].removeprefix("http://testserver")
            response = browsers[name].get(path, follow=True)
            assert response.status_code == code, (link, name)
            assert response["Content-Type"].startswith("text/html"), (link, name)
            text = words(read(response))
            assert said in text, (link, name, text[:600])


@pytest.mark.parametrize("name", PEOPLE)
def test_the_link_of_a_team_only_study_is_there_for_its_people_alone(api, people, name):
    known, browsers = people
    study = Evaluation.objects.get(pk=create(api)["id"])
    Share.objects.create(evaluation=study, user=known["holder"], permission="VIEWER")
    assert "share" not in api.get(f"/api/v1/evaluations/{study.pk}").json()["links"]
    there = browsers[name].get(f"/share/{study.share_token}", follow=True)
    gone = browsers[name].get("/share/shr_0123456789abcdef", follow=True)
    assert gone.status_code == 404
    assert there.status_code == (404 if name in ("stranger", "guest") else 200)
