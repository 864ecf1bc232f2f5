"""The retry schedule: the published table, and what it adds up to."""

from datetime import UTC, datetime, timedelta

import pytest

from webhooks.delivery.retry_schedule import MAX_ATTEMPTS, RETRY_DELAYS, next_attempt_at

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class TestRetryDelays:
    def test_it_spans_the_documented_three_days(self):
        assert sum(RETRY_DELAYS) == 290_160
        assert round(timedelta(seconds=sum(RETRY_DELAYS)) / timedelta(days=1), 2) == 3.36

    def test_it_has_one_delay_for_every_attempt_but_the_first(self):
        assert len(RETRY_DELAYS) == MAX_ATTEMPTS - 1


class TestNextAttemptAt:
    @pytest.mark.parametrize(
        ("attempt", "seconds"),
        [
            (1, 60),
            (2, 300),
            (3, 1_800),
            (4, 7_200),
            (5, 21_600),
            (6, 86_400),
            (7, 86_400),
            (8, 86_400),
        ],
    )
    def test_it_waits_as_documented(self, attempt, seconds):
        expected = NOON + timedelta(seconds=seconds)
        assert next_attempt_at(attempt=attempt, finished_at=NOON) == expected

    def test_it_abandons_after_the_ninth(self):
        assert next_attempt_at(attempt=9, finished_at=NOON) is None
        assert next_attempt_at(attempt=10, finished_at=NOON) is None

    def test_it_abandons_earlier_when_fewer_attempts_are_allowed(self):
        assert next_attempt_at(attempt=1, finished_at=NOON, max_attempts=1) is None
        assert next_attempt_at(attempt=2, finished_at=NOON, max_attempts=3) is not None
        assert next_attempt_at(attempt=3, finished_at=NOON, max_attempts=3) is None

    def test_it_repeats_the_last_delay_when_more_attempts_are_allowed(self):
        day = timedelta(days=1)
        assert next_attempt_at(attempt=9, finished_at=NOON, max_attempts=12) == NOON + day
        assert next_attempt_at(attempt=11, finished_at=NOON, max_attempts=12) == NOON + day
        assert next_attempt_at(attempt=12, finished_at=NOON, max_attempts=12) is None

    @pytest.mark.parametrize("attempt", [0, -1])
    def test_it_refuses_attempts_that_do_not_exist(self, attempt):
        with pytest.raises(ValueError, match="count from 1"):
            next_attempt_at(attempt=attempt, finished_at=NOON)
