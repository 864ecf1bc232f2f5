"""How personas look and judge, built-in and custom; whatever is stored with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autousers.engine.judgement.personas import lens_of
from autousers.engine.judgement.traits import BUILT_IN, TRAIT_WORDS
from autousers.engine.protocol import Persona
from autousers.observation.catalogue import CATALOGUE


def lens(prompt="", *, id="cmcustom", rubric=None, config=None, **capabilities):
    return lens_of(Persona(id, "N", prompt, capabilities, config or {}, rubric))


class TestBuiltIn:
    @pytest.mark.parametrize("id", BUILT_IN)
    def test_each_minds_some_facts_more_than_others(self, id):
        minded = [kind for kind in CATALOGUE.values() if lens(id=id).minds(kind)]

        assert 3 <= len(minded) < len(CATALOGUE)

    def test_they_visit_under_their_own_conditions(self):
        phone = lens(id="mobile-user").conditions

        assert (phone.width, phone.height) == (390, 844)
        assert phone.touch
        assert phone.network == "slow"
        assert lens(id="senior-user").conditions.zoom == 2.0
        assert lens(id="slow-network").conditions.network == "slow"
        assert lens(id="keyboard-navigator").conditions.keyboard
        assert lens(id="accessibility-first-user").conditions.motion == "reduced"
        assert lens(id="novice").conditions.width == 1280

    def test_the_screen_reader_meets_nothing_that_only_eyes_meet(self):
        blind = lens(id="screen-reader")

        assert blind.care(CATALOGUE["small-targets"]) == 0
        assert blind.care(CATALOGUE["low-contrast"]) == 0
        assert blind.care(CATALOGUE["fields-without-label"]) > 0

    def test_the_sceptic_is_stricter_than_the_senior(self):
        assert lens(id="sceptical-evaluator").strictness > lens(id="senior-user").strictness


def test_every_trait_of_the_catalogue_can_be_had():
    used = {trait for kind in CATALOGUE.values() for trait in kind.traits} - {"eyes"}

    assert used <= set(TRAIT_WORDS)


class TestConfiguration:
    def test_it_counts_for_all(self):
        made = lens(
            id="novice",
            config={
                "viewport": {"width": 800, "height": 600},
                "keyboardOnly": True,
                "screenReader": True,
                "networkCondition": "3g",
                "language": "zh-CN",
            },
        )

        assert (made.conditions.width, made.conditions.height) == (800, 600)
        assert made.conditions.network == "slow"
        assert made.conditions.language == "zh-CN"
        assert set(made.traits) == {"novice", "keyboard", "screen-reader", "slow-network"}

    def test_absurd_windows_are_brought_within_bounds(self):
        made = lens(config={"viewport": {"width": 1e9, "height": 1}}).conditions

        assert (made.width, made.height) == (8000, 200)


class TestCustom:
    def test_a_copy_of_a_built_in_one_with_a_mouse_uses_neither_keyboard_nor_touch_screen(self):
        """Their input is "mouse and keyboard"; the novice reads before they "touch" something."""
        made = lens(
            "You read everything before you touch it.",
            environmentInfo={"device": "laptop", "input": "mouse and keyboard"},
        )

        assert not made.conditions.keyboard
        assert not made.conditions.touch

    @pytest.mark.parametrize(
        "told", [{"input": "touch"}, {"device": "Tablet with touchscreen"}, {"device": "phone"}]
    )
    def test_touch_in_what_it_holds_is_a_screen(self, told):
        assert lens(environmentInfo=told).conditions.touch

    @pytest.mark.parametrize(
        ("prompt", "trait"),
        [
            ("You navigate with the keyboard alone.", "keyboard"),
            ("You are blind and use NVDA.", "screen-reader"),
            ("You hold your phone in one hand.", "touch"),
            ("A retired teacher with poor eyesight.", "low-vision"),
            ("You live in a rural area.", "slow-network"),
            ("An art director.", "design"),
            ("You are suspicious of every offer.", "sceptic"),
            ("You care about privacy and hate trackers.", "privacy"),
            ("Animations make you dizzy.", "motion"),
            ("You are deaf.", "captions"),
        ],
    )
    def test_words_of_the_prompt_give_traits(self, prompt, trait):
        assert trait in lens(prompt).traits

    def test_who_is_blind_sees_nothing(self):
        assert lens("You are blind.").blind
        assert not lens("You are blinded by ads.").blind

    def test_without_traits_everything_counts_alike(self):
        assert {lens("A person.").care(kind) for kind in CATALOGUE.values()} == {1.0}

    def test_skill_gives_traits(self):
        assert "novice" in lens(behaviorProfile={"techSavviness": 2}).traits
        assert "expert" in lens(behaviorProfile={"techSavviness": 9}).traits

    @given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=20),
                        lambda inner: st.lists(inner, max_size=3)
                        | st.dictionaries(st.text(max_size=10), inner, max_size=3)))  # fmt: skip
    def test_whatever_is_stored_makes_a_lens(self, junk):
        lens(config={"viewport": junk, "language": junk}, behaviorProfile=junk, focusAreas=junk)


class TestRubric:
    def test_a_word_of_it_makes_a_fact_count_more(self):
        assert lens(rubric="Look at contrast.").factors["low-contrast"] == 1.5

    def test_what_it_ignores_does_not_count(self):
        told = lens(rubric="Ignore contrast.")

        assert told.care(CATALOGUE["low-contrast"]) == 0

    def test_strict_and_lenient(self):
        assert lens(rubric="Be strict.").strictness > lens(rubric="Be lenient.").strictness

    def test_adjustments(self):
        text = "Adjust: +0.3\nAdjust accessibility: -9"

        assert lens(rubric=text).adjustments == {"": 0.3, "accessibility": -2.0}
