"""What the demo makes of what arrives, right or wrong."""

import email.message
import json
from typing import Any

import pytest
from django.core.management import CommandError

from config.management.commands.demo import Announcement, judge, read, verify
from webhooks.listener import Received

CREATED = Announcement("evaluation.created", "req-1")
RAN = Announcement("evaluation.status_changed from Draft to Running", "req-2")


def received(type: str, data: dict[str, Any], request_id: str | None = "req-1") -> Received:
    """A webhook as it arrives."""
    event = {"type": type, "data": {"object": data}, "request": {"id": request_id}}
    return Received("/", email.message.Message(), json.dumps(event).encode())


class TestRead:
    def test_it_tells_what_happened_in_which_request(self):
        assert read(received("evaluation.created", {"id": "study"}), "study") == CREATED
        changed = {"id": "study", "previous_status": "Draft", "status": "Running"}
        assert read(received("evaluation.status_changed", changed, "req-2"), "study") == RAN

    def test_another_study_does_not_matter(self):
        assert read(received("evaluation.created", {"id": "other"}), "study") is None


class TestVerify:
    def test_a_missing_signature_is_a_failure(self):
        with pytest.raises(CommandError, match="not valid"):
            verify(received("evaluation.created", {"id": "study"}), "whsec_x")


class TestJudge:
    def test_exactly_the_expected_is_accepted_in_any_order(self):
        judge([CREATED, RAN], [RAN, CREATED])

    @pytest.mark.parametrize(
        ("arrived", "reason"),
        [
            ([CREATED], "missing: evaluation.status_changed"),
            ([CREATED, RAN, RAN], "unexpected: evaluation.status_changed"),
            ([CREATED, Announcement(RAN.what, "req-9")], "of request req-9"),
        ],
    )
    def test_anything_else_is_a_failure(self, arrived, reason):
        with pytest.raises(CommandError, match=reason):
            judge([CREATED, RAN], arrived)
