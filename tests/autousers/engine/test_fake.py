"""The scripted engine, as other tests rely on it."""

from decimal import Decimal

import pytest

from autousers.engine import get_engine
from autousers.engine.protocol import (
    Dimension,
    EngineError,
    Persona,
    RunSpec,
    RunStopped,
    Stimulus,
)
from tests.autousers.engine.reporting import Recorder

DIMENSIONS = (Dimension("overall", "Overall"), Dimension("taste", "Taste", "", -3, 3))


def spec(query=""):
    stimulus = Stimulus("A", "URL", f"https://design.example/?{query}")
    return RunSpec("run", "seed", "SSE", (stimulus,), DIMENSIONS, Persona("novice", "Novice"))


def play(query="", **options):
    recorder = Recorder(**options)
    return get_engine("fake").run(spec(query), recorder), recorder


class TestScript:
    def test_it_rates_every_dimension_within_its_scale(self):
        result, recorder = play("score=9&steps=3")

        assert [(score.dimension_id, score.value) for score in result.scores] == [
            ("overall", 5),
            ("taste", 3),
        ]
        assert len(recorder.steps) == 3
        assert list(recorder.artifacts) == ["transcript.txt"]

    def test_without_a_script_it_takes_the_middle(self):
        result, _ = play()

        assert [score.value for score in result.scores] == [3, 0]

    def test_it_reports_turns(self):
        _, recorder = play("tokens=500")

        assert recorder.turns == [(500, 0, Decimal("0.0005"))] * 2

    def test_it_fails_with_the_message(self):
        with pytest.raises(EngineError, match=r"^HTTP 503 after 3 tries\.$") as caught:
            play("fail=HTTP+503+after+3+tries.&retryable=1")

        assert caught.value.retryable

    def test_it_crashes_like_a_bug(self):
        with pytest.raises(RuntimeError):
            play("crash=raise")

    def test_it_can_be_stopped_in_the_middle_of_a_step(self):
        with pytest.raises(RunStopped):
            play("delay=20", stop_at="heartbeat")
