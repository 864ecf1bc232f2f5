"""Ratings as a whole: justification, refusals and findings."""

import pytest

from autousers.engine.judgement.personas import lens_of
from autousers.engine.judgement.rating import rate
from autousers.engine.judgement.sentences import NO_BROWSER
from autousers.engine.protocol import (
    Dimension,
    EngineError,
    Finding,
    FoundAt,
    Persona,
    RunSpec,
    Stimulus,
)
from autousers.observation.facts import Picture, Wall
from tests.autousers.engine.judgement.seeing import fact, seen

UNLABELLED = fact("fields-without-label", 1, of=1, text="Email")


def rated(*sides, dimensions=("accessibility",), scale=(1, 5)):
    stimuli = tuple(Stimulus(side, "URL", "x") for side, _ in zip("AB", sides, strict=False))
    spec = RunSpec(
        "run",
        "seed",
        "SSE" if len(sides) == 1 else "SxS",
        stimuli,
        tuple(Dimension(one, one.title(), "", *scale) for one in dimensions),
        Persona("novice", "Ann\x00"),
    )
    result, _ = rate(spec, dict(zip("AB", sides, strict=False)), lens_of(spec.persona))
    return result


class TestJustification:
    def test_it_says_who_met_what(self):
        said = rated(seen(UNLABELLED)).justification

        assert said.startswith("Ann: 1 of 1 form field without a label, for example “Email”")

    def test_without_a_browser_the_first_sentence_says_so(self):
        assert rated(seen(UNLABELLED, observer="markup")).justification.startswith(NO_BROWSER)

    def test_each_dimension_has_its_own(self):
        said = rated(seen(UNLABELLED), dimensions=("accessibility", "trust")).justification

        assert "Accessibility: 1 of 1" in said
        assert "Trust: " in said

    def test_walls_that_can_be_passed_are_told(self):
        wall = Wall("consent", "A consent dialog covers the page.")

        assert rated(seen(walls=(wall,))).justification.endswith(wall.text)


class TestUnseen:
    LOGIN = seen(walls=(Wall("login", "Only a login can be seen.", blocks=True),))

    def test_it_is_not_rated_and_the_reason_is_told(self):
        with pytest.raises(EngineError, match=r"^Only a login can be seen\.$") as caught:
            rated(self.LOGIN)
        assert not caught.value.retryable

    def test_of_two_the_side_is_named(self):
        with pytest.raises(EngineError, match=r"^Side B: Only a login can be seen\.$"):
            rated(seen(), self.LOGIN, scale=(-3, 3))

    def test_nothing_measured_is_nothing_seen(self):
        with pytest.raises(EngineError, match="Nothing of the design could be measured"):
            rated(seen(base=[]))


class TestFindings:
    def test_faults_behind_a_low_rating(self):
        picture = Picture("labels.png", "worst place", fact="fields-without-label")
        (look,) = rated(
            seen(UNLABELLED, pictures=(picture,)), dimensions=("accessibility", "trust")
        ).looks

        assert look.design == "https://kiosk.example/"
        assert look.conditions["width"] == 1280
        assert "low-contrast" in look.measured
        assert look.findings == (
            Finding(
                "fields-without-label",
                4,
                "1 of 1 form field without a label",
                ("accessibility",),
                (FoundAt("#fields-without-label", "Email", "labels.png"),),
            ),
        )

    def test_of_a_pair_those_of_the_side_that_loses(self):
        one, other = rated(
            seen(UNLABELLED), seen(fact("vague-links", 1, of=9)), scale=(-3, 3)
        ).looks

        assert one.findings[0].dimensions == ("accessibility",)
        assert other.findings[0].dimensions == ()

    def test_it_says_when_there_are_more_places(self):
        (look,) = rated(seen(fact("fields-without-label", 9, of=9))).looks

        assert not look.findings[0].complete
