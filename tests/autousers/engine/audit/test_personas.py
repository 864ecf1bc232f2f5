"""How personas see, built-in and custom; whatever is stored with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autousers.engine.audit.page import Viewport
from autousers.engine.audit.personas import BUILT_IN, DESKTOP, PHONE, lens_of
from autousers.engine.protocol import Persona


def lens(prompt="", *, id="cmcustom", rubric=None, config=None, **capabilities):
    return lens_of(Persona(id, "N", prompt, capabilities, config or {}, rubric))


class TestBuiltIn:
    @pytest.mark.parametrize("id", BUILT_IN)
    def test_each_minds_something(self, id):
        assert any(factor > 1 for factor in lens(id=id).emphasis.values())

    def test_windows_and_networks(self):
        assert lens(id="mobile-user").viewport == PHONE
        assert lens(id="novice").viewport == DESKTOP
        assert lens(id="slow-network").slow_network
        assert lens(id="screen-reader").emphasis["text-contrast"] < 1

    def test_the_sceptic_is_stricter_than_the_senior(self):
        assert lens(id="sceptical-evaluator").strictness > lens(id="senior-user").strictness

    def test_of_two_traits_the_one_that_minds_more_decides(self):
        assert lens(id="accessibility-first-user").emphasis["text-contrast"] == 2.5


class TestConfiguration:
    def test_it_counts_for_all(self):
        made = lens(
            id="novice",
            config={
                "viewport": {"width": 800, "height": 600},
                "keyboardOnly": True,
                "screenReader": True,
                "networkCondition": "3g",
            },
        )

        assert made.viewport == Viewport(800, 600)
        assert made.slow_network
        assert set(made.traits) == {"novice", "keyboard", "screen-reader", "slow-network"}

    def test_absurd_windows_are_brought_within_bounds(self):
        assert lens(config={"viewport": {"width": 1e9, "height": 1}}).viewport == Viewport(
            8000, 200
        )


class TestCustom:
    @pytest.mark.parametrize(
        ("prompt", "trait"),
        [
            ("You navigate with the keyboard alone.", "keyboard"),
            ("You are blind and use VoiceOver.", "screen-reader"),
            ("A commuter on her phone.", "touch"),
            ("You are a retired teacher.", "low-vision"),
            ("You are sceptical of offers.", "sceptic"),
            ("A senior art director", "design"),
            ("Shopper in a hurry", "skimmer"),
        ],
    )
    def test_traits_come_from_words(self, prompt, trait):
        assert trait in lens(prompt).traits

    def test_traits_come_from_capabilities(self):
        made = lens(
            behaviorProfile={"patience": 1, "techSavviness": 9, "style": "", "shortcuts": ""},
            environmentInfo={
                "device": "Android phone",
                "network": "slow network",
                "input": "touch",
            },
            focusAreas=["contrast"],
        )

        assert set(made.traits) == {"touch", "slow-network", "expert"}
        assert made.viewport == PHONE
        assert made.slow_network
        assert made.emphasis["text-contrast"] == 1.5
        assert made.strictness > 1

    def test_strict_and_lenient_words(self):
        assert lens("demanding").strictness > lens("").strictness > lens("forgiving").strictness


class TestRubric:
    def test_it_names_measures(self):
        made = lens(id="novice", rubric="Contrast matters. Ignore the headings.")

        assert made.emphasis["text-contrast"] == 1.5
        assert made.emphasis["heading-order"] == 0

    @pytest.mark.parametrize(
        ("rubric", "expected"),
        [
            ("Adjust accessibility: -0.5", {"accessibility": -0.5}),
            ("text\n- adjust: 0.25\n* Adjust trust: +1", {"": 0.25, "trust": 1.0}),
            ("Adjust content: 9", {"content": 2.0}),
            ("Adjust nothing\nDo adjust: 1 thing", {}),
        ],
    )
    def test_it_adjusts(self, rubric, expected):
        assert lens(rubric=rubric).adjustments == expected


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
_NAMES = ["behaviorProfile", "environmentInfo", "focusAreas", "persona", "criteria", "viewport",
          "detailedDescription", "keyboardOnly", "networkCondition", "language"]  # fmt: skip


class TestWhateverIsStored:
    @given(st.dictionaries(st.sampled_from(_NAMES), _JSON), st.text(max_size=200))
    def test_it_never_fails(self, stored, text):
        made = lens_of(Persona("x", "N", text, stored, stored, text))

        assert made.language.isascii()
        assert 200 <= made.viewport.width <= 8000
