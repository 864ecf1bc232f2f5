"""From measures to ratings: scales, signs, bounds, and the same each time."""

import pytest

from autousers.engine.audit.judge import MAX_VARIATION, Agent, judge
from autousers.engine.audit.measure import Measure
from autousers.engine.audit.personas import Lens, lens_of
from autousers.engine.audit.rubric import DIMENSIONS, MEASURES
from autousers.engine.protocol import Dimension, Persona

SSE = Dimension("overall", "Overall", "", 1, 5)
SXS = Dimension("overall", "Overall", "", -3, 3)


def measures(quality, **others):
    made = {name: Measure(1, "x", quality, f"{name} says") for name in MEASURES}
    for name, one in others.items():
        name = name.replace("_", "-")
        made[name] = Measure(1, "x", one, f"{name} says")
    return made


def value(dimension, sides, lens=None, seed="s"):
    return judge(dimension, sides, lens or Lens(), Agent(seed)).score.value


class TestSSE:
    @pytest.mark.parametrize(("quality", "expected"), [(1, 5), (0.5, 3), (0.0, 1)])
    def test_levels_are_spread_over_the_scale(self, quality, expected):
        assert value(SSE, {"A": measures(quality, text_amount=1)}) == pytest.approx(expected, abs=1)
        assert value(SSE, {"A": measures(1)}) == 5

    @pytest.mark.parametrize(("low", "high"), [(1, 7), (0, 10), (1, 3), (-3, 3)])
    def test_other_scales_are_kept(self, low, high):
        dimension = Dimension("overall", "O", "", low, high)

        assert value(dimension, {"A": measures(1)}) == high
        assert value(dimension, {"A": measures(0)}) == low

    def test_a_page_of_nothing_is_not_good_for_having_no_faults(self):
        assert value(SSE, {"A": measures(1, text_amount=0)}) <= 2

    def test_what_could_not_be_measured_does_not_count(self):
        partly = measures(None, text_contrast=1.0, text_amount=1.0)

        assert value(SSE, {"A": partly}) == 5

    def test_a_rubric_adjusts_its_dimension(self):
        sides = {"A": measures(0.6, text_amount=1)}
        base = value(SSE, sides)

        assert value(SSE, sides, Lens(adjustments={"overall": -1.0})) == base - 1
        assert value(SSE, sides, Lens(adjustments={"": 1.0})) == base + 1
        assert value(SSE, sides, Lens(adjustments={"": 1.0, "overall": -1.0})) == base - 1
        assert value(SSE, sides, Lens(adjustments={"trust": -1.0})) == base


class TestSxS:
    def test_negative_prefers_side_a(self):
        good, bad = measures(1), measures(0.2, text_amount=1)

        assert value(SXS, {"A": good, "B": bad}) == -3
        assert value(SXS, {"A": bad, "B": good}) == 3

    @pytest.mark.parametrize("seed", range(30))
    def test_the_same_on_both_sides_is_a_tie(self, seed):
        assert value(SXS, {"A": measures(0.7), "B": measures(0.7)}, seed=str(seed)) == 0

    def test_little_difference_is_a_little_preference(self):
        sides = {"A": measures(0.9), "B": measures(0.75, text_amount=0.9)}

        assert value(SXS, sides) == -1

    def test_a_rubric_does_not_move_preferences(self):
        sides = {"A": measures(0.7), "B": measures(0.7)}

        assert value(SXS, sides, Lens(adjustments={"": 2.0})) == 0

    def test_it_quotes_both_sides_of_what_sets_them_apart(self):
        sides = {"A": measures(1), "B": measures(1, page_language=0)}
        score = judge(SXS, sides, Lens(), Agent("s")).score

        assert score.justification == "Side A: Page-language says. Side B: Page-language says."
        assert score.factors == ("page-language",)


class TestAgents:
    def test_the_same_agent_says_the_same(self):
        sides = {"A": measures(0.6, field_labels=0, contact=1)}

        assert judge(SSE, sides, Lens(), Agent("s")) == judge(SSE, sides, Lens(), Agent("s"))

    def test_draws_are_spread_and_bounded(self):
        drawn = [Agent(str(number)).draw("x") for number in range(2000)]

        assert -1 <= min(drawn) < -0.9
        assert 0.9 < max(drawn) < 1
        assert abs(sum(drawn)) / 2000 < 0.05

    @pytest.mark.parametrize("quality", [0.3, 0.55, 0.8])
    def test_they_stay_within_the_bound(self, quality):
        wide = Dimension("overall", "O", "", 0, 1000)
        sides = {"A": measures(quality, field_labels=1, text_contrast=0, text_amount=1)}
        values = [value(wide, sides, seed=str(number)) for number in range(200)]

        assert max(values) - min(values) <= 2 * MAX_VARIATION * 1000 + 1
        assert len(set(values)) > 50

    def test_they_agree_on_clear_pages_and_differ_on_mixed_ones(self):
        half = {name.replace("-", "_"): 0.25 for name in list(MEASURES)[::2]}
        mixed = measures(1, **{**half, "text_amount": 1})
        clear = {value(SSE, {"A": measures(1)}, seed=str(n)) for n in range(50)}
        differing = {value(SSE, {"A": mixed}, seed=str(n)) for n in range(50)}

        assert clear == {5}
        assert len(differing) > 1


class TestPersonas:
    def test_they_weigh_differently(self):
        unreadable = {"A": measures(1, text_contrast=0, text_size=0)}
        wide = Dimension("accessibility", "A", "", 0, 100)
        blind = lens_of(Persona("screen-reader", "S"))
        senior = lens_of(Persona("senior-user", "S"))

        assert value(wide, unreadable, blind) > value(wide, unreadable, senior) + 20

    def test_strictness_lowers(self):
        wide = Dimension("overall", "A", "", 0, 100)
        sides = {"A": measures(0.6, text_amount=1)}

        assert value(wide, sides, Lens(strictness=1.3)) < value(wide, sides, Lens(strictness=0.8))

    def test_who_ignores_all_of_a_dimension_judges_it_all_the_same(self):
        emphasis = dict.fromkeys(DIMENSIONS["trust"], 0.0)

        dimension = Dimension("trust", "T", "", 1, 5)

        assert value(dimension, {"A": measures(1)}, Lens(emphasis=emphasis)) == 5


class TestJustification:
    def test_faults_come_first_then_what_is_sound(self):
        sides = {"A": measures(1, field_labels=0)}
        text = judge(Dimension("usability", "U"), sides, Lens(), Agent("s")).score.justification

        assert text.startswith("Field-labels says. In its favour: ")

    def test_patience_quotes_more(self):
        sides = {"A": measures(0.2, text_amount=1)}
        short = judge(SSE, sides, Lens(patience=1), Agent("s")).score
        long = judge(SSE, sides, Lens(patience=10), Agent("s")).score

        assert len(short.factors) < len(long.factors)
