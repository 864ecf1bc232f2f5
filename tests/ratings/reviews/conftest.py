"""Studies with share links. No design is asked whether it may stand in a frame."""

from collections.abc import Callable

import pytest

from ratings.designs import panes
from ratings.models import Framing
from tests.ratings.rating import Study, create


@pytest.fixture(autouse=True)
def every_design_allows_frames(monkeypatch):
    monkeypatch.setattr(panes, "framing_of", lambda *urls: [Framing.ALLOWED] * len(urls))


@pytest.fixture
def shared(api) -> Callable[..., Study]:
    """Create a Running study whose link lets guests in, anonymous ones too."""

    def make(**body) -> Study:
        defaults = {"shareAccess": "ANYONE_WITH_LINK", "shareAllowAnon": True}
        return create(api, **{**defaults, **body})

    return make
