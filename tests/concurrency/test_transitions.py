"""Many callers change one evaluation at the same moment: one change, one event."""

import json
from threading import Event

import pytest
from django.db import IntegrityError, transaction

from evaluations.models import Evaluation
from tests.clients import ApiClient
from tests.concurrency.threads import PATIENCE, at_once, until_blocked
from webhooks.models import WebhookDelivery, WebhookEvent
from webhooks.outbox import record_event

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


class TestOneHundredPatches:
    def test_it_moves_once_and_records_one_event_and_one_delivery(self, api, evaluation, endpoint):
        path = f"/api/v1/evaluations/{evaluation['id']}"

        def patch() -> tuple[int, str]:
            response = ApiClient(api.token).patch(path, {"status": "Running"})
            return response.status_code, response.json().get("status", "")

        results = at_once([patch] * 100)

        assert set(results) == {(200, "Running")}
        event = WebhookEvent.objects.get(type="evaluation.status_changed")
        assert WebhookDelivery.objects.filter(event=event).count() == 1
        assert Evaluation.objects.get(pk=evaluation["id"]).transition == 1

    def test_different_wishes_leave_an_unbroken_chain_of_events(self, api, evaluation, endpoint):
        path = f"/api/v1/evaluations/{evaluation['id']}"
        wishes = ["Running", "Ended", "Archived"] * 20

        statuses = at_once(
            [
                lambda wish=wish: ApiClient(api.token).patch(path, {"status": wish}).status_code
                for wish in wishes
            ]
        )

        assert set(statuses) <= {200, 400}
        events = WebhookEvent.objects.filter(type="evaluation.status_changed")
        objects = [
            json.loads(bytes(event.payload))["data"]["object"]
            for event in events.order_by("transition")
        ]
        previous = "Draft"
        for body in objects:
            assert body["previous_status"] == previous
            previous = body["status"]
        assert previous == Evaluation.objects.get(pk=evaluation["id"]).status


class TestTheGuardInTheDatabase:
    def test_a_second_event_for_one_change_violates_a_key_and_rolls_back(self, team):
        def record() -> str:
            try:
                with transaction.atomic():
                    record_event(
                        type="evaluation.status_changed",
                        team_id=team.pk,
                        object_id="c" + "0" * 24,
                        snapshot={},
                        transition=7,
                    )
            except IntegrityError:
                return "refused"
            return "recorded"

        results = at_once([record] * 10)

        assert sorted(results) == ["recorded"] + ["refused"] * 9
        assert WebhookEvent.objects.count() == 1


class TestTheSequence:
    def test_it_has_no_gaps_and_follows_commits_though_some_roll_back(self, team):
        class Abandoned(Exception):
            pass

        def record(number: int) -> None:
            try:
                with transaction.atomic():
                    record_event(
                        type="rating.created",
                        team_id=team.pk,
                        object_id=f"c{number:024d}",
                        snapshot={},
                    )
                    if number % 3 == 0:
                        raise Abandoned
            except Abandoned:
                pass

        at_once([lambda n=n: record(n) for n in range(60)])

        sequences = WebhookEvent.objects.order_by("sequence").values_list("sequence", flat=True)
        assert list(sequences) == list(range(1, 41))

    def test_a_cursor_never_steps_over_an_event_that_commits_late(self, team, api):
        """The second writer cannot take a number before the first one has ended."""
        order: list[str] = []
        held, seen = Event(), Event()

        def late() -> None:
            with transaction.atomic():
                record_event(
                    type="rating.created", team_id=team.pk, object_id="c" + "1" * 24, snapshot={}
                )
                held.set()
                until_blocked()
                assert seen.wait(PATIENCE)
                order.append("late")

        def early() -> None:
            assert held.wait(PATIENCE)
            with transaction.atomic():
                record_event(
                    type="rating.created", team_id=team.pk, object_id="c" + "2" * 24, snapshot={}
                )
                order.append("early")

        def read() -> list[int]:
            assert held.wait(PATIENCE)
            body = ApiClient(api.token).get("/api/v1/events").json()
            seen.set()
            return [event["sequence"] for event in body["data"]]

        *_, seen_meanwhile = at_once([late, early, read])

        assert seen_meanwhile == []
        assert order == ["late", "early"]
        body = api.get("/api/v1/events").json()
        assert [event["sequence"] for event in body["data"]] == [2, 1]
