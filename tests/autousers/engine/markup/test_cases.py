"""Of pieces with a known right verdict, markup says the right thing or nothing."""

import pytest

from autousers.engine.markup.observer import observe
from autousers.observation.facts import Conditions
from tests.autousers.engine import cases

EVERY = [one for kind in ("names", "contrast", "focus", "trap") for one in cases.every(kind)]
NOT_SETTLED = {"closed-field", "shadow-part", "listener", "pointed"}
"""Pieces that scripts put at fault: there is nothing of the kind in the markup."""


@pytest.mark.any_database
@pytest.mark.parametrize("piece", EVERY, ids=lambda one: f"{one.name}-{one.at_fault}")
def test_the_right_verdict_or_none(piece):
    url = "https://kiosk.example/"
    seen = observe(cases.page(piece), design=url, address=url, conditions=Conditions())

    fact = seen.fact(piece.fact)
    if piece.name in NOT_SETTLED:
        assert fact is None or fact.nothing_there
    else:
        assert fact is None or fact.value == piece.at_fault
