"""The tables: complete, and understood by custom dimensions."""

import pytest

from autousers.engine.audit.personas import BUILT_IN, TRAITS
from autousers.engine.audit.rubric import DIMENSION_WORDS, DIMENSIONS, MEASURES, weights_of
from autousers.engine.protocol import Dimension


class TestTables:
    def test_every_measure_counts_somewhere_and_every_weight_is_of_a_measure(self):
        used = {measure for weights in DIMENSIONS.values() for measure in weights}

        assert used == set(MEASURES)
        assert set(DIMENSIONS["overall"]) == set(MEASURES)
        assert {m for trait in TRAITS.values() for m in trait.emphasis} <= set(MEASURES)
        assert {t for one in BUILT_IN.values() for t in one.traits} <= set(TRAITS)
        assert set(DIMENSION_WORDS) == set(DIMENSIONS) - {"overall"}

    def test_all_built_in_dimensions_and_personas_are_there(self):
        assert set(DIMENSIONS) == {
            "overall", "usability", "visual-design", "accessibility", "content", "helpfulness",
            "accuracy", "safety", "design-system", "trust", "clarity",
        }  # fmt: skip
        assert len(BUILT_IN) == 15


class TestCustomDimensions:
    @pytest.mark.parametrize(
        ("name", "guidance", "understood"),
        [
            ("Trustworthiness", "", ("trust",)),
            ("Taste", "", ("overall",)),
            ("Brand fit", "Does it look consistent?", ("visual-design", "design-system")),
            ("Ease of checkout", "", ("usability",)),
        ],
    )
    def test_they_are_understood_by_their_words(self, name, guidance, understood):
        _, as_ = weights_of(Dimension("cmxyz", name, guidance))

        assert as_ == understood

    def test_a_mixture_leans_to_what_is_said_most(self):
        weights, _ = weights_of(Dimension("x", "Trust", "clear"))

        assert weights["policies"] > weights["readability"] > 0
