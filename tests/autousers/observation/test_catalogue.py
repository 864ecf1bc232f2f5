"""The catalogue: every entry can be measured, judged and said."""

import string

import pytest

from autousers.observation.catalogue import AXE_RULES, CATALOGUE, SUBJECTS
from autousers.observation.catalogue.kinds import AXE, FactKind

KINDS = list(CATALOGUE.values())


def each(kinds: list[FactKind]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kind", kinds, ids=lambda kind: kind.id)


def test_every_id_stands_in_it_once():
    assert len(CATALOGUE) == sum(len(kinds) for kinds in SUBJECTS.values())


def test_no_rule_of_axe_counts_twice():
    assert len(AXE_RULES) == sum(len(kind.axe) for kind in KINDS)


@pytest.mark.any_database
@each(KINDS)
def test_an_entry_is_complete(kind: FactKind):
    used = {name for _, name, _, _ in string.Formatter().parse(kind.fault + kind.sound) if name}
    severities = [severity for scale in kind.scales for _, severity in scale.steps]
    places = [scale for scale in kind.scales if scale.by == "worst"]

    assert used <= {"n", "of", "units", "worst"}
    assert kind.about.endswith(".")
    assert kind.traits
    assert all(1 <= severity <= 4 for severity in severities)
    assert all(0 < weight <= 1 for weight in kind.weights.values())
    assert bool(kind.scales) == bool(kind.weights), "what has a severity counts for a dimension"
    assert bool(kind.place_unit) or not (places or "worst" in used)
    assert (AXE in kind.bases) or not kind.axe


@pytest.mark.any_database
@each(KINDS)
def test_steps_of_a_scale_get_worse(kind: FactKind):
    for scale in kind.scales:
        assert list(scale.steps) == sorted(
            scale.steps, key=lambda step: (-step[0] if scale.falling else step[0], step[1])
        )
        assert [severity for _, severity in scale.steps] == sorted(
            severity for _, severity in scale.steps
        )
