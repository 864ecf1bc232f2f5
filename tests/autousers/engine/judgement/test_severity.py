"""How bad a fact is, and where agents may differ about it."""

import pytest

from autousers.engine.judgement.severity import Agent, severity
from autousers.observation.facts import Conditions
from tests.autousers.engine.judgement.seeing import fact

AGENTS = [Agent(f"agent {number}") for number in range(40)]


def grades(one, conditions=None):
    return {severity(one, conditions or Conditions(), agent) for agent in AGENTS}


class TestScales:
    @pytest.mark.parametrize(
        ("one", "grade"),
        [
            (fact("fields-without-label", 0, of=5), 0),
            (fact("fields-without-label", 1, of=5), 3),
            (fact("fields-without-label", 5, of=5), 4),
            (fact("title-missing", 1), 2),
            (fact("low-contrast", 1, of=9, share=0.01, worst=4.0), 2),
            (fact("low-contrast", 1, of=9, share=0.01, worst=1.4), 3),
            (fact("low-contrast", 9, of=9, share=0.9, worst=4.0), 4),
            (fact("hard-to-read", 70), 0),
            (fact("hard-to-read", 3), 3),
            (fact("words", 0), 3),
            (fact("load-time", 60), 0),
        ],
    )
    def test_it_is_the_last_step_that_is_reached(self, one, grade):
        assert grades(one) == {grade}

    def test_nothing_there_is_no_fault(self):
        assert grades(fact("fields-without-label", 0, of=0)) == {0}

    def test_weight_counts_more_on_a_slow_network(self):
        heavy = fact("page-weight", 2_000_000)

        assert grades(heavy) == {0}
        assert grades(heavy, Conditions(network="slow")) == {3}


class TestBand:
    def test_within_a_tenth_of_a_step_agents_differ(self):
        assert grades(fact("fields-without-label", 50, of=100)) == {3, 4}

    @pytest.mark.parametrize(("number", "grade"), [(44, 3), (56, 4)])
    def test_beyond_it_they_agree(self, number, grade):
        assert grades(fact("fields-without-label", number, of=100)) == {grade}
