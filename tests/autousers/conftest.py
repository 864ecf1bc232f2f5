"""Runs are played by the scripted engine in these tests."""

from typing import Any

import pytest


@pytest.fixture
def fake_engine(settings: Any) -> None:
    settings.ENGINE = "fake"
