"""How many SQL queries each route makes, compared with `query_counts.json`.

Beginning and ending transactions is not counted. A number that went up needs
a reason; one that went down needs a new file:
`QUERY_COUNTS=write pytest tests/api/test_query_counts.py`.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autousers.models import Autouser
from evaluations.models import AccessRequest
from evaluations.sharing import notices
from teams.models import Notification, Role, Team
from tests.autousers.studies import make_study, rate_all
from tests.clients import ApiClient
from tests.conftest import (
    make_endpoint,
    make_evaluation,
    make_key,
    make_member,
    make_team,
    make_user,
)
from tests.evaluations.sharing.shared import make_invite, make_outsider, make_share
from tests.files.samples import png
from tests.files.uploading import FILES, announce, put, uploaded
from tests.ratings.rating import rated
from webhooks.models import WebhookDelivery

pytestmark = pytest.mark.slow

FILE = Path(__file__).with_name("query_counts.json")
WRITE_COUNTS = (
    'QUERY_COUNTS=write make test TESTS="-n 0 tests/api/test_query_counts.py", and the same with'
    " test-services; then look at the diff"
)
NOT_COUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
World = dict[str, str]

KEY = {"Idempotency-Key": "k"}

EVALUATIONS = "/api/v1/evaluations"
EVALUATION = f"{EVALUATIONS}/{{evaluation}}"
UNSTARTED = f"{EVALUATIONS}/{{other}}"
SHARED = UNSTARTED
REQUEST = f"{SHARED}/access-requests/{{request}}"
AUTOUSERS = "/api/v1/autousers"
AUTOUSER = f"{AUTOUSERS}/{{autouser}}"
CALIBRATION = f"{AUTOUSER}/calibration"
RATINGS = f"{EVALUATION}/ratings"
RATING = {"comparisonId": "{comparison}", "dimensionRatings": {"overall": 4}}
TEAMS = "/api/v1/teams"
TEAM = f"{TEAMS}/{{team}}"
WEBHOOKS = "/api/v1/webhooks"
ENDPOINT = f"{WEBHOOKS}/{{endpoint}}"
DELIVERY = f"{WEBHOOKS}/deliveries/{{delivery}}"
TEMPLATES = "/api/v1/templates"
TEMPLATE = f"{TEMPLATES}/{{template}}"
SET = {"dimensions": [{"id": f"d{n}", "label": "D", "scale": "1-5"} for n in range(3)]}
RENAMED = {"dimensions": [{"id": f"d{n}", "label": "E", "scale": "1-5"} for n in range(3)]}
DRAFT = {
    "designUrls": [{"url": "https://example.org"}] * 3,
    "selectedDimensionIds": ["trust", "clarity"],
    "selectedAutousers": [{"autouserId": "novice", "agentCount": 1}],
}
NEW = {"name": "x", "designUrls": [{"url": "https://example.com"}] * 3}

FILE_BODY = {"filename": "a.png", "mimeType": "image/png", "sizeBytes": 5}
FOR_STUDY = {
    "evaluationId": "{evaluation}", "filename": "a.png", "contentType": "image/png", "size": 5,
}  # fmt: skip
SHOWING = {"name": "x", "designUrls": [{"fileId": "{file}"}]}

# (what is done, method, path, body, headers)
CASES = [
    ("GET evaluations", "GET", EVALUATIONS, None, {}),
    ("GET evaluations?starting_after", "GET", f"{EVALUATIONS}?starting_after={{other}}", None, {}),
    ("POST evaluations", "POST", EVALUATIONS, NEW, {}),
    ("POST evaluations, with a key", "POST", EVALUATIONS, NEW, KEY),
    ("GET evaluation", "GET", EVALUATION, None, {}),
    ("PATCH evaluation, nothing new", "PATCH", EVALUATION, {}, {}),
    ("PATCH evaluation, without an event", "PATCH", EVALUATION, {"name": "New"}, {}),
    ("PATCH evaluation, with an event", "PATCH", UNSTARTED, {"status": "Running"}, {}),
    ("PATCH evaluation, with an event and a key", "PATCH", UNSTARTED, {"status": "Running"}, KEY),
    ("PATCH evaluation, which completes it", "PATCH", EVALUATION, {"status": "Ended"}, {}),
    ("DELETE evaluation", "DELETE", EVALUATION, None, {}),
    ("PATCH evaluation draft", "PATCH", f"{EVALUATIONS}/{{other}}/draft", {"name": "New"}, {}),
    ("PATCH evaluation draft, all of it", "PATCH", f"{EVALUATIONS}/{{other}}/draft", DRAFT, {}),
    ("GET templates", "GET", TEMPLATES, None, {}),
    ("GET templates?starting_after", "GET", f"{TEMPLATES}?starting_after={{template}}", None, {}),
    ("POST templates", "POST", TEMPLATES, {"name": "x"}, {}),
    ("POST templates, a set", "POST", TEMPLATES, {"name": "x", **SET}, {}),
    ("GET template", "GET", TEMPLATE, None, {}),
    ("PATCH template, nothing new", "PATCH", TEMPLATE, {}, {}),
    ("PATCH template", "PATCH", TEMPLATE, {"name": "New"}, {}),
    ("PATCH template, a set", "PATCH", TEMPLATE, RENAMED, {}),
    ("POST template duplicate", "POST", f"{TEMPLATE}/duplicate", {}, {}),
    ("GET template versions", "GET", f"{TEMPLATE}/versions", None, {}),
    ("GET template version", "GET", f"{TEMPLATE}/versions/{{version}}", None, {}),
    ("POST template revert", "POST", f"{TEMPLATE}/revert", {"versionId": "{version}"}, {}),
    ("DELETE template", "DELETE", TEMPLATE, None, {}),
    ("GET autousers", "GET", AUTOUSERS, None, {}),
    ("GET autousers?starting_after", "GET", f"{AUTOUSERS}?starting_after={{autouser}}", None, {}),
    ("POST autousers", "POST", AUTOUSERS, {"name": "x", "systemPrompt": "y"}, {}),
    ("GET autouser", "GET", AUTOUSER, None, {}),
    ("PATCH autouser", "PATCH", AUTOUSER, {"name": "New"}, {}),
    ("DELETE autouser", "DELETE", AUTOUSER, None, {}),
    ("POST autouser duplicate", "POST", f"{AUTOUSER}/duplicate", {}, {}),
    ("GET rubrics", "GET", f"{AUTOUSER}/rubrics", None, {}),
    ("POST rubrics", "POST", f"{AUTOUSER}/rubrics", {"criteriaText": "x"}, {}),
    ("PATCH rubric", "PATCH", f"{AUTOUSER}/rubrics/{{rubric}}", {"name": "New"}, {}),
    ("GET calibration", "GET", f"{CALIBRATION}?include=evals", None, {}),
    ("POST calibration start", "POST", f"{CALIBRATION}/start", {}, {}),
    ("POST calibration optimize", "POST", f"{CALIBRATION}/optimize", {"apply": True}, {}),
    ("POST calibration freeze", "POST", f"{CALIBRATION}/freeze", {}, {}),
    ("POST transfer", "POST", f"{SHARED}/transfer", {"userId": "{colleague}"}, {}),
    ("GET shares", "GET", f"{SHARED}/shares", None, {}),
    ("POST shares", "POST", f"{SHARED}/shares", {"userId": "{colleague}"}, {}),
    ("POST shares, to an address", "POST", f"{SHARED}/shares", {"email": "n@b.org"}, {}),
    ("PATCH share", "PATCH", f"{SHARED}/shares/{{share}}", {"permission": "EDITOR"}, {}),
    ("DELETE share", "DELETE", f"{SHARED}/shares/{{share}}", None, {}),
    ("GET invites", "GET", f"{SHARED}/invites", None, {}),
    ("POST invites", "POST", f"{SHARED}/invites", {"email": "n@b.org"}, {}),
    ("PATCH invite", "PATCH", f"{SHARED}/invites/{{invite}}", {"permission": "EDITOR"}, {}),
    ("DELETE invite", "DELETE", f"{SHARED}/invites/{{invite}}", None, {}),
    ("GET access requests to decide", "GET", "/api/v1/access-requests/inbox", None, {}),
    ("POST access request approve", "POST", f"{REQUEST}/approve", {}, {}),
    ("POST access request decline", "POST", f"{REQUEST}/decline", {}, {}),
    ("GET notifications", "GET", "/api/v1/notifications", None, {}),
    ("POST notification read", "POST", "/api/v1/notifications/{notification}/read", {}, {}),
    ("GET ratings", "GET", RATINGS, None, {}),
    ("POST ratings", "POST", RATINGS, RATING, {}),
    ("POST ratings, with a key", "POST", RATINGS, RATING, KEY),
    ("DELETE ratings", "DELETE", RATINGS, {"ratingIds": ["{rating}"]}, {}),
    ("GET results", "GET", f"{EVALUATION}/results", None, {}),
    ("GET agreement", "GET", f"{EVALUATION}/agreement", None, {}),
    ("GET export as json", "GET", f"{EVALUATION}/export", None, {}),
    ("GET export as csv", "GET", f"{EVALUATION}/export?format=csv", None, {}),
    ("GET export as md", "GET", f"{EVALUATION}/export?format=md", None, {}),
    ("GET webhooks", "GET", WEBHOOKS, None, {}),
    ("POST webhooks", "POST", WEBHOOKS, {"url": "https://a.io", "enabled_events": ["*"]}, {}),
    ("GET webhook", "GET", ENDPOINT, None, {}),
    ("PATCH webhook", "PATCH", ENDPOINT, {"description": "New"}, {}),
    ("DELETE webhook", "DELETE", ENDPOINT, None, {}),
    ("POST webhook rotate-secret", "POST", f"{ENDPOINT}/rotate-secret", {}, {}),
    ("POST webhook test", "POST", f"{ENDPOINT}/test", {}, {}),
    ("POST webhook catch-up", "POST", f"{ENDPOINT}/catch-up", {}, {}),
    ("GET webhook deliveries", "GET", f"{ENDPOINT}/deliveries", None, {}),
    ("GET delivery", "GET", DELIVERY, None, {}),
    ("POST delivery retry", "POST", f"{DELIVERY}/retry", {}, {}),
    ("POST file init", "POST", f"{FILES}/init", FILE_BODY, {}),
    ("POST file init, with a key", "POST", f"{FILES}/init", FILE_BODY, KEY),
    ("POST file signed-url", "POST", f"{FILES}/signed-url", FOR_STUDY, {}),
    ("POST file finalize", "POST", f"{FILES}/{{sent_file}}/finalize", {}, {}),
    ("GET files doctor", "GET", f"{FILES}/doctor", None, {}),
    ("POST evaluations, with a file", "POST", EVALUATIONS, SHOWING, {}),
    ("GET whoami", "GET", "/api/v1/auth/whoami", None, {}),
    ("GET usage", "GET", "/api/v1/usage", None, {}),
    ("GET teams", "GET", TEAMS, None, {}),
    ("POST teams", "POST", TEAMS, {"name": "x"}, {}),
    ("GET team", "GET", TEAM, None, {}),
    ("PATCH team", "PATCH", TEAM, {"name": "New"}, {}),
    ("GET members", "GET", f"{TEAM}/members", None, {}),
    ("POST members", "POST", f"{TEAM}/members", {"email": "a@b.org", "role": "Viewer"}, {}),
    ("GET events", "GET", "/api/v1/events", None, {}),
    ("GET event", "GET", "/api/v1/events/{event}", None, {}),
]

#: Numbers that are promised, whatever the file says.
MOST = {
    "GET evaluation": 4,
    # One of these reads the rights of the caller again.
    "PATCH evaluation, with an event": 9,
    "PATCH evaluation, with an event and a key": 11,
}


def calibrate(api: ApiClient, team: Team) -> World:
    """An autouser that was measured on a few designs, and its rubric."""
    body = {"name": "Night-shift nurse", "systemPrompt": "You are tired."}
    id = api.post(AUTOUSERS, body).json()["id"]
    path = f"{AUTOUSERS}/{id}"
    rubric = api.post(f"{path}/rubrics", {"criteriaText": "Judge fairly."}).json()["id"]
    api.post(f"{path}/rubrics", {"criteriaText": "Judge harder."})
    autouser = Autouser.objects.get(pk=id)
    rate_all(make_study(team), autouser, ours=[5, 5, 5, 4], theirs=[3, 3, 2, 4])
    api.post(f"{path}/calibration/start")
    return {"autouser": id, "rubric": rubric}


def share_with_many(evaluation: str, team: Team) -> dict[str, str]:
    """Shares, invites, requests and notifications, several of each."""
    people = [make_outsider(f"outsider{number}@example.org") for number in range(6)]
    shares = [make_share(evaluation, person) for person in people[:3]]
    invites = [make_invite(evaluation, f"{number}@example.org") for number in range(3)]
    requests = [
        AccessRequest.objects.create(evaluation_id=evaluation, requester=person)
        for person in people[3:]
    ]
    for request in requests:
        notices.tell_requested(request)
    return {
        "share": shares[0].pk,
        "invite": invites[0].pk,
        "request": requests[0].pk,
        "notification": Notification.objects.first().pk,
        "colleague": make_member(team, Role.VIEWER, "colleague@example.com").pk,
    }


def make_world() -> World:
    """A key, and ids of a world whose lists have several rows: a query per row would show."""
    team = make_team(owner=make_user("counted@example.org"))
    key = make_key(team)
    api = ApiClient(key)
    evaluation, endpoint, calibrated = (
        make_evaluation(api),
        make_endpoint(api),
        calibrate(api, team),
    )
    others = [api.post(EVALUATIONS, NEW).json()["id"] for _ in range(4)]
    api.post(WEBHOOKS, {"url": "https://b.io", "enabled_events": ["*"]})
    api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"status": "Running"})
    template = api.post(TEMPLATES, {"name": "x", **SET}).json()["id"]
    api.patch(f"{TEMPLATES}/{template}", {"icon": "x"})
    versions = api.get(f"{TEMPLATES}/{template}/versions").json()["data"]
    people = share_with_many(others[0], team)
    raters = [make_member(team, Role.VIEWER, f"{name}@example.com") for name in "abc"]
    ratings = [rated(ApiClient(make_key(team, one)), evaluation, overall=3) for one in raters]
    delivery = WebhookDelivery.objects.filter(endpoint=endpoint["id"]).latest("id")
    sent = announce(api, png())
    put(sent, png())
    return {
        **calibrated,
        "file": uploaded(api),
        "sent_file": sent["fileId"],
        "key": key,
        **people,
        "team": team.pk,
        "evaluation": evaluation["id"],
        "other": others[0],
        "template": template,
        "version": versions[-1]["id"],
        "comparison": evaluation["comparisons"][0]["id"],
        "rating": ratings[0]["id"],
        "endpoint": endpoint["id"],
        "delivery": delivery.pk,
        "event": delivery.event_id,
    }


@pytest.fixture(scope="module")
def made(make_once: Any) -> World:
    return make_once(make_world)


@pytest.fixture
def world(db: None, made: World) -> World:
    """The same for every test here, with its rows as they were made."""
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_it_makes_as_many_as_the_file_says(world, case):
    name, method, path, body, headers = case
    path, sent = path.format(**world), json.dumps(body or {})
    for key, value in world.items():
        sent = sent.replace(f"{{{key}}}", value)

    api = ApiClient(world["key"])
    api.get(TEAMS)  # the first use of a key in a minute costs one more
    with CaptureQueriesContext(connection) as captured:
        response = api.generic(method, path, sent, headers=headers)

    assert response.status_code < 300, response.content
    queries = [query["sql"] for query in captured if not query["sql"].startswith(NOT_COUNTED)]
    counts = json.loads(FILE.read_text())
    if os.environ.get("QUERY_COUNTS") == "write":
        counts.setdefault(name, {})[connection.vendor] = len(queries)
        FILE.write_text(json.dumps(counts, indent=2) + "\n")
    assert name in counts, f"write it: {WRITE_COUNTS}"
    wanted = counts[name][connection.vendor]
    assert len(queries) == wanted, "\n".join(
        [f"{wanted} are written down; find what changed, or, if meant: {WRITE_COUNTS}", *queries]
    )
    most = MOST.get(name, len(queries))
    assert len(queries) <= most, f"no more than {most}: save one, the bound is a promise"


def test_the_file_has_every_case_and_no_other():
    assert list(json.loads(FILE.read_text())) == [case[0] for case in CASES], (
        f"strike out what is gone, in the order of CASES; what is new: {WRITE_COUNTS}"
    )


def test_the_first_use_of_a_key_in_a_minute_costs_one_more(team, evaluation):
    client, counts = ApiClient(make_key(team)), []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get(f"{EVALUATIONS}/{evaluation['id']}")
        counts.append(len(captured))
    assert counts[0] == counts[1] + 1
    assert team.api_keys.filter(last_used_at__isnull=False).count() == 2


def test_a_list_costs_the_same_however_long_it_is(api, evaluation):
    def count():
        with CaptureQueriesContext(connection) as captured:
            api.get(EVALUATIONS)
        return len(captured)

    before = count()
    for _ in range(10):
        api.post(EVALUATIONS, NEW)
    assert count() == before
