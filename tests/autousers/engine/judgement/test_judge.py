"""From facts to levels, caps, preferences and quotes."""

import statistics
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autousers.engine.judgement.dimensions import DIMENSION_WORDS, question_of
from autousers.engine.judgement.judge import half_life, judge
from autousers.engine.judgement.personas import lens_of
from autousers.engine.judgement.severity import Agent
from autousers.engine.judgement.traits import BUILT_IN
from autousers.engine.protocol import Dimension, Persona
from autousers.observation.catalogue import CATALOGUE
from tests.autousers.engine.judgement.seeing import clean, fact, seen

DIMENSIONS = ["overall", *DIMENSION_WORDS]
UNLABELLED = fact("fields-without-label", 13, of=13, text="Email")


def rate(*sides, dimension="accessibility", persona="novice", seed="seed", scale=(1, 5)):
    lens = lens_of(Persona(persona, persona))
    by_side = dict(zip("AB", sides, strict=False))
    question = Dimension(dimension, dimension, "", *scale)
    return judge(question, by_side, lens, Agent(seed)).score


def every(observation, dimension="accessibility"):
    return [rate(observation, dimension=dimension, persona=one).value for one in BUILT_IN]


class TestLevels:
    @pytest.mark.parametrize("dimension", DIMENSIONS)
    def test_nothing_wrong_is_the_high_end(self, dimension):
        sighted = [one for one in BUILT_IN if one != "screen-reader"]

        assert {rate(seen(), dimension=dimension, persona=one).value for one in sighted} == {5}

    def test_who_is_blind_cannot_praise_looks(self):
        assert rate(seen(), dimension="visual-design", persona="screen-reader").value == 3

    def test_many_severe_faults_are_the_low_end(self):
        bad = [
            fact(name, 20, of=20)
            for name, kind in CATALOGUE.items()
            if kind.weights.get("accessibility") and "{of}" in kind.fault
        ]

        assert set(every(seen(*bad))) == {1}

    def test_faults_add_up(self):
        faults = [
            fact("page-language-missing"),
            fact("images-without-alternative", 2, of=20),
            fact("aria-faults", 3),
            fact("low-contrast", 3, of=40, share=0.02, worst=4.0),
            fact("mouse-only", 1, of=8),
            fact("zoom-blocked"),
        ]
        levels = [rate(seen(*faults[:number])).value for number in range(len(faults) + 1)]

        assert levels == sorted(levels, reverse=True)
        assert len(set(levels)) >= 4

    def test_of_a_dimension_that_asks_for_less_a_fault_costs_more(self):
        clarity, accessibility = (
            half_life(question_of(Dimension(one, one))) for one in ("clarity", "accessibility")
        )
        assert clarity < 0.5 * accessibility

    def test_no_labels_on_a_form_cap_accessibility_at_two(self):
        assert sum(level <= 2 for level in every(seen(UNLABELLED))) == len(BUILT_IN)

    def test_the_repaired_form_is_rated_well(self):
        assert min(every(seen(fact("fields-without-label", 0, of=13)))) >= 4

    def test_what_only_eyes_meet_is_nothing_to_a_screen_reader(self):
        tiny = seen(fact("small-targets", 20, of=20, worst=8))

        assert rate(tiny, persona="screen-reader").value == 5
        assert rate(tiny, persona="mobile-user").value < 5


class TestNotMeasured:
    def test_it_is_never_good(self):
        contrast_only = seen(fact("low-contrast", 0, of=9), base=[])

        assert rate(contrast_only).value == 3
        assert "contrast" not in rate(contrast_only, persona="screen-reader").factors

    def test_the_rating_says_so_with_the_reason(self):
        base = [one for one in clean() if one.id != "low-contrast"]
        half = seen(base=base, not_measured={"low-contrast": "all text lies on a picture"})

        assert "Not measured: low contrast (all text lies on a picture)." in (
            rate(half, persona="senior-user").justification
        )

    def test_it_stands_even_if_a_part_was_measured(self):
        part = seen(not_measured={"low-contrast": "2 texts lie on a picture"})

        assert "low contrast (2 texts lie on a picture)" in rate(part).justification

    @given(st.sets(st.sampled_from(sorted(CATALOGUE))), st.sampled_from(sorted(BUILT_IN)))
    def test_no_claim_without_a_fact(self, measured, persona):
        one = seen(base=[fact for fact in clean() if fact.id in measured])

        for dimension in ("overall", "accessibility", "trust"):
            assert set(rate(one, dimension=dimension, persona=persona).factors) <= measured


class TestQuotes:
    def test_number_and_place_stand_in_it(self):
        text = rate(seen(UNLABELLED), persona="screen-reader").justification

        assert "13 of 13 form fields without a label" in text
        assert "for example “Email” (#fields-without-label)" in text

    def test_the_worst_comes_first(self):
        both = seen(UNLABELLED, fact("vague-links", 1, of=20), fact("hard-to-read", 45))

        assert rate(both).factors[0] == "fields-without-label"

    def test_a_persona_without_faults_of_its_own_quotes_the_worst_of_others(self):
        assert rate(seen(fact("zoom-blocked")), persona="novice").factors[0] == "zoom-blocked"

    def test_a_fault_that_blocks_is_quoted_by_everyone(self):
        both = seen(UNLABELLED, fact("zoom-blocked"))

        assert all("fields-without-label" in rate(both, persona=one).factors for one in BUILT_IN)


class TestAgents:
    FAULTS = (
        fact("fields-without-label", 2, of=9),
        fact("low-contrast", 3, of=40, share=0.02, worst=4.0),
        fact("vague-links", 8, of=12),
    )

    def test_ten_looks_of_one_seed_are_the_same(self):
        looks = {repr(rate(seen(*self.FAULTS), seed="same")) for _ in range(10)}

        assert len(looks) == 1

    def test_outside_of_the_bands_agents_give_the_same_level_for_the_same_facts(self):
        looks = [rate(seen(*self.FAULTS), seed=str(number)) for number in range(30)]

        assert len({one.value for one in looks}) == 1
        assert len({one.factors for one in looks}) == 1

    def test_within_a_band_they_may_differ(self):
        edge = seen(fact("fields-without-label", 10, of=20))

        assert len({rate(edge, seed=str(number)).value for number in range(30)}) == 2


class TestPreference:
    SCALES = ((-3, 3), (1, 7), (1, 5), (1, 4), (-2, 3))

    @pytest.mark.parametrize("scale", SCALES)
    @pytest.mark.parametrize("persona", BUILT_IN)
    def test_it_is_mirrored_when_sides_swap(self, scale, persona):
        one, other = seen(UNLABELLED), seen(fact("vague-links", 9, of=9))

        there = rate(one, other, dimension="overall", persona=persona, scale=scale).value
        back = rate(other, one, dimension="overall", persona=persona, scale=scale).value

        assert there - scale[0] == scale[1] - back

    @given(
        st.lists(st.sampled_from(sorted(CATALOGUE)), max_size=6),
        st.lists(st.sampled_from(sorted(CATALOGUE)), max_size=6),
        st.sampled_from(sorted(BUILT_IN)),
        st.integers(0, 9),
    )
    def test_it_is_mirrored_for_any_two(self, ours, theirs, persona, seed):
        one = seen(*(fact(name, 3, of=9) for name in set(ours)))
        other = seen(*(fact(name, 2, of=9) for name in set(theirs)))
        options = {"dimension": "overall", "persona": persona, "seed": str(seed)}

        there = rate(one, other, scale=(-3, 3), **options)
        back = rate(other, one, scale=(-3, 3), **options)

        assert there.value == -back.value
        assert there.factors == back.factors

    def test_the_faultless_side_is_preferred(self):
        assert rate(seen(), seen(UNLABELLED), scale=(-3, 3)).value < 0

    def test_two_that_are_alike_are_a_tie(self):
        assert rate(seen(UNLABELLED), seen(UNLABELLED), scale=(-3, 3)).value == 0

    def test_what_was_measured_on_one_side_only_does_not_count(self):
        blind = [one for one in clean() if one.id != "fields-without-label"]

        assert rate(seen(UNLABELLED), seen(base=blind), scale=(-3, 3)).value == 0


class TestPersonasDiffer:
    PAGE = (
        fact("images-without-alternative", 2, of=20),
        fact("heading-levels-skipped", 1, of=9),
        fact("focus-invisible", 6, of=20),
        fact("stops-before-content", 18),
        fact("small-touch-targets", 12, of=20, worst=20),
        fact("no-reflow", 180),
        fact("low-contrast", 5, of=60, share=0.1, worst=3.1),
        fact("small-text", 8, of=60, worst=10),
        fact("many-colours", 22),
        fact("many-typefaces", 5),
        fact("many-text-sizes", 14),
        fact("page-weight", 3_000_000),
        fact("many-requests", 90),
        fact("third-party-hosts", 12),
        fact("cookies-before-consent", 6),
        fact("pressure-words", 3),
        fact("no-contact"),
        fact("no-privacy-link"),
        fact("vague-links", 4, of=20),
        fact("hard-to-read", 40),
        fact("long-sentences", 27),
        fact("long-paragraphs", 5, of=9),
        fact("dead-links", 2, of=20),
        fact("script-errors", 3),
        fact("broken-parts", 1),
        fact("no-description"),
        fact("fields-without-autocomplete", 2, of=3),
        fact("moves-unstoppably", 1),
        fact("first-heading-missing"),
    )

    def quoted(self, persona):
        """The facts of a rating on four questions."""
        ids = ("overall", "accessibility", "usability", "trust")
        page = seen(*self.PAGE)
        found = [rate(page, dimension=one, persona=persona).factors for one in ids]
        faults = {one.id for one in self.PAGE}
        return {name for factors in found for name in factors} & faults

    def test_three_personas_quote_mostly_different_facts(self):
        quoted = {persona: self.quoted(persona) for persona in BUILT_IN}
        overlaps = [
            len(quoted[one] & quoted[other]) / len(quoted[one] | quoted[other])
            for one, other in combinations(quoted, 2)
        ]

        assert all(quoted.values())
        assert statistics.mean(overlaps) <= 0.35

    @pytest.mark.parametrize("persona", BUILT_IN)
    @pytest.mark.parametrize("dimension", ["overall", "accessibility", "usability", "trust"])
    def test_each_quotes_its_worst_fault_first(self, persona, dimension):
        lens, question = lens_of(Persona(persona, persona)), Dimension(dimension, dimension)
        verdict = judge(question, {"A": seen(*self.PAGE)}, lens, Agent("seed"))

        severities = {one.fact.id: one.severity for one in verdict.met["A"]}
        own = [one.severity for one in verdict.met["A"] if one.minded or not lens.traits]
        assert severities[verdict.score.factors[0]] >= max(own, default=0)

    def test_the_screen_reader_never_speaks_of_sizes_of_targets(self):
        tiny = seen(fact("small-targets", 20, of=20, worst=8), *self.PAGE)

        for dimension in DIMENSIONS:
            score = rate(tiny, dimension=dimension, persona="screen-reader")
            assert not any("target" in name for name in score.factors)
            assert "24 px" not in score.justification
