"""Dated changes: one that only the tests know proves both shapes, in replies and in webhooks.

Two invented changes: on 2026-08-01 the `title` of an evaluation became its
`name`; on 2027-01-01 its `status` became a word instead of a number.
"""

import copy
import json
import time

import pytest

from api.rest import versioning
from api.rest.versioning import Change
from tests.clients import ApiClient, assert_error
from tests.webhooks.delivering import deliver_due, make_due, receiving
from webhooks.http import signing
from webhooks.models import WebhookDelivery, WebhookEvent

EVALUATIONS = "/api/v1/evaluations"
OLDEST, MIDDLE, NEWEST = "2026-05-04", "2026-08-01", "2027-01-01"
NUMBERS = {"Draft": 0, "Running": 1, "Ended": 2, "Archived": 3}
OPERATIONS = ("GET evaluations", "POST evaluations", "GET evaluation", "PATCH evaluation")
EVENTS = ("evaluation.created", "evaluation.status_changed")


def with_title(evaluation):
    return {("title" if key == "name" else key): value for key, value in evaluation.items()}


def with_number(evaluation):
    return {**evaluation, "status": NUMBERS[evaluation["status"]]}


def change(date, older):
    return Change(
        date=date,
        summary="Only in tests.",
        replies=dict.fromkeys(OPERATIONS, older),
        events=dict.fromkeys(EVENTS, older),
    )


@pytest.fixture(autouse=True)
def changes(monkeypatch):
    monkeypatch.setattr(
        versioning, "CHANGES", (change(MIDDLE, with_title), change(NEWEST, with_number))
    )


def speaking(version):
    return {"Autousers-Version": version}


#: What of an evaluation named Kiosk, a Draft, each version says.
SHAPES = [
    (OLDEST, {"title": "Kiosk", "status": 0}),
    (MIDDLE, {"name": "Kiosk", "status": 0}),
    (NEWEST, {"name": "Kiosk", "status": "Draft"}),
]


def seen(evaluation):
    return {key: evaluation[key] for key in ("title", "name", "status") if key in evaluation}


@pytest.mark.parametrize(("version", "shape"), SHAPES, ids=[OLDEST, MIDDLE, NEWEST])
class TestReplies:
    @pytest.fixture
    def kiosk(self, api):
        return api.post(EVALUATIONS, {"name": "Kiosk"}).json()

    def test_each_verb_answers_in_the_version_asked_for(self, api, kiosk, version, shape):
        path, headers = f"{EVALUATIONS}/{kiosk['id']}", speaking(version)
        created = api.post(EVALUATIONS, {"name": "Kiosk"}, headers=headers)

        assert seen(created.json()) == shape
        assert seen(api.get(path, headers=headers).json()) == shape
        assert seen(api.patch(path, {}, headers=headers).json()) == shape
        page = api.get(EVALUATIONS, headers=headers)
        assert [seen(row) for row in page.json()["data"]] == [shape, shape]
        assert page["Autousers-Version"] == created["Autousers-Version"] == version

    def test_what_did_not_change_is_the_same(self, api, kiosk, version, shape):
        old = api.get(f"{EVALUATIONS}/{kiosk['id']}", headers=speaking(version)).json()
        for key in ("title", "name", "status"):
            old.pop(key, None)
            kiosk.pop(key, None)
        assert old == kiosk

    def test_a_replay_is_in_the_version_it_is_asked_for_in(self, api, version, shape):
        key = {"Idempotency-Key": "k"}
        first = api.post(EVALUATIONS, {"name": "Kiosk"}, headers=key).json()
        again = api.post(EVALUATIONS, {"name": "Kiosk"}, headers=key | speaking(version)).json()
        assert (seen(again), again["id"]) == (shape, first["id"])

    def test_the_mirror_of_one_client_has_it_too(self, api, version, shape):
        headers = speaking(version) | {"User-Agent": "autousers-cli/1.0"}
        reply = api.post(EVALUATIONS, {"name": "Kiosk"}, headers=headers).json()
        assert seen(reply) == seen(reply["data"]) == shape

    def test_refusals_and_deletions_have_one_shape(self, api, kiosk, version, shape):
        path, headers = f"{EVALUATIONS}/{kiosk['id']}", speaking(version)
        assert_error(
            api.patch(path, {"name": ""}, headers=headers), 400, "validation_failed", "name"
        )
        assert api.delete(path, headers=headers).json() == {"deleted": True, "id": kiosk["id"]}


class TestWithoutAVersion:
    def test_it_is_the_newest(self, api):
        response = api.post(EVALUATIONS, {"name": "Kiosk"})
        assert seen(response.json()) == SHAPES[2][1]
        assert response["Autousers-Version"] == NEWEST

    @pytest.mark.parametrize("version", ["2026-13-99", "2026-08-02", "2026-08-01, 2027-01-01"])
    def test_one_that_is_not_served_is_told_which_are(self, api, version):
        error = assert_error(
            api.get(EVALUATIONS, headers=speaking(version)),
            400,
            "unsupported_version",
            "Autousers-Version",
        )
        assert error["message"].endswith(f"Served: {OLDEST}, {MIDDLE}, {NEWEST}.")


class TestWebhooks:
    @pytest.fixture
    def inboxes(self, api):
        """A receiver for each version, and one that is pinned to none."""
        with receiving() as oldest, receiving() as middle, receiving() as newest, receiving() as no:
            boxes = {OLDEST: oldest, MIDDLE: middle, NEWEST: newest, None: no}
            for version, box in boxes.items():
                body = {"url": box.url, "enabled_events": ["*"]}
                created = api.post(
                    "/api/v1/webhooks", body | ({"api_version": version} if version else {})
                )
                assert created.status_code == 201, created.content
                box.secret = created.json()["secret"]
            yield boxes

    def test_each_endpoint_gets_the_version_it_is_pinned_to(self, api, inboxes):
        api.post(EVALUATIONS, {"name": "Kiosk"})
        deliver_due()

        expected = dict(SHAPES) | {None: SHAPES[2][1]}
        for version, box in inboxes.items():
            [received] = box
            event = json.loads(received.body)
            assert seen(event["data"]["object"]) == expected[version]
            assert event["api_version"] == (version or NEWEST)
            signing.verify(  # what was sent is what was signed
                secret=box.secret,
                header=received.headers["Autousers-Signature"],
                body=received.body,
                now=int(time.time()),
            )
        assert inboxes[NEWEST][0].body == inboxes[None][0].body

    def test_a_retry_sends_the_same_bytes(self, api):
        answers = iter([500, 200])
        with receiving(lambda _: next(answers)) as box:
            api.post(
                "/api/v1/webhooks",
                {"url": box.url, "enabled_events": ["*"], "api_version": OLDEST},
            )
            api.post(EVALUATIONS, {"name": "Kiosk"})
            deliver_due()
            make_due()
            deliver_due()
        first, second = box
        assert first.body == second.body
        assert b'"title":"Kiosk"' in first.body

    def test_what_is_stored_stays_the_newest(self, api, inboxes):
        api.post(EVALUATIONS, {"name": "Kiosk"})
        before = bytes(WebhookEvent.objects.get().payload)
        deliver_due()
        assert bytes(WebhookEvent.objects.get().payload) == before
        assert json.loads(before)["api_version"] == NEWEST

    def test_a_delivery_keeps_the_version_of_when_it_was_queued(self, api, inboxes):
        api.post(EVALUATIONS, {"name": "Kiosk"})
        pinned = WebhookDelivery.objects.get(api_version=OLDEST)
        api.patch(f"/api/v1/webhooks/{pinned.endpoint_id}", {"api_version": NEWEST})
        deliver_due()
        [received] = inboxes[OLDEST]
        assert seen(json.loads(received.body)["data"]["object"]) == SHAPES[0][1]

    def test_a_test_event_has_it_too(self, api, inboxes):
        pinned = api.get("/api/v1/webhooks").json()["data"][-1]
        assert pinned["api_version"] == OLDEST
        api.post(f"/api/v1/webhooks/{pinned['id']}/test", {"type": "evaluation.created"})
        deliver_due()
        [received] = inboxes[OLDEST]
        event = json.loads(received.body)
        assert (event["api_version"], "title" in event["data"]["object"]) == (OLDEST, True)

    def test_the_event_log_shows_what_such_an_endpoint_is_sent(self, api, inboxes):
        api.post(EVALUATIONS, {"name": "Kiosk"})
        deliver_due()
        for version, _shape in SHAPES:
            [row] = api.get("/api/v1/events", headers=speaking(version)).json()["data"]
            one = api.get(f"/api/v1/events/{row['id']}", headers=speaking(version)).json()
            sent = json.loads(inboxes[version][0].body)
            assert row == one == sent | {"object_id": sent["data"]["object"]["id"]}


class TestEventsFromBefore:
    """Recorded when the server was older: they have no newer shape."""

    @pytest.fixture
    def event(self, api, monkeypatch):
        with monkeypatch.context() as earlier:
            earlier.setattr(versioning, "CHANGES", (change(MIDDLE, with_title),))
            api.post(EVALUATIONS, {"name": "Kiosk"})
        return json.loads(bytes(WebhookEvent.objects.get().payload))

    def test_what_changed_later_is_not_undone(self, event):
        assert event["api_version"] == MIDDLE
        older = versioning.event_as_of(OLDEST, event)
        assert seen(older["data"]["object"]) == {"title": "Kiosk", "status": "Draft"}

    def test_a_newer_version_gets_what_there_is(self, event):
        for version in (MIDDLE, NEWEST):
            assert versioning.event_as_of(version, event) == event

    def test_nothing_it_is_given_is_altered(self, event):
        before = copy.deepcopy(event)
        versioning.event_as_of(OLDEST, event)
        assert event == before


def test_an_endpoint_is_pinned_to_served_versions_only(api: ApiClient):
    body = {"url": "https://hooks.example.com/in", "enabled_events": ["*"]}
    assert api.post("/api/v1/webhooks", body | {"api_version": MIDDLE}).status_code == 201
    error = assert_error(
        api.post("/api/v1/webhooks", body | {"api_version": "2026-13-99"}),
        400,
        "unsupported_version",
        "api_version",
    )
    assert NEWEST in error["message"]


def test_the_changes_that_are_served_are_in_order(monkeypatch):
    monkeypatch.undo()
    assert list(versioning.served()) == sorted(set(versioning.served()))
