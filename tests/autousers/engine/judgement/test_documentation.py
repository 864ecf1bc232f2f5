"""The page says what the tables and limits are."""

from pathlib import Path

import pytest

from autousers.engine.fetch import Limits
from autousers.engine.judgement import dimensions, documentation, judge, personas
from autousers.engine.judgement.severity import POINTS
from autousers.engine.markup.tree import MOST_NODES
from autousers.observation.catalogue.kinds import BAND
from autousers.observation.facts import Conditions

PATH = Path(__file__).resolve().parents[4] / "docs" / documentation.PAGE

(BLOCKING, HEAVY, TWO), (_, LIGHT, THREE), (SERIOUS, ALSO_HEAVY, FOUR) = judge.CAPS


TRUST = dimensions.Question({"trust": 1.0})


class TestPage:
    def test_it_is_up_to_date(self):
        assert PATH.read_text() == documentation.page(PATH), "run: make docs"

    @pytest.mark.parametrize(
        "promise",
        [
            f"They cost {POINTS[1]:g}, {POINTS[2]:g}, {POINTS[3]:g} and {POINTS[4]:g} points",
            f"times {personas.MINDED:g} if the fact matters to the persona and {personas.OTHERS:g}",
            f"`overall` has {dimensions.OVERALL_PART:g} of a fact's highest weight",
            f"Each {judge.HALF_LIFE:g} points halve the way",
            f"whose weights have the sum of {judge.MUCH_ASKED:g}",
            f"by the power {judge.SHORTENED:g} of the part it asks for",
            f"for `trust` each {judge.half_life(TRUST):.1f} points halve the way",
            f"With a blocking fact of a weight from {HEAVY:g} the level is at most {1 + 4 * TWO:g}"
            f" of 5, with a weight from {LIGHT:g} at most {1 + 4 * THREE:g}. With a serious fact of"
            f" a weight from {ALSO_HEAVY:g} it is at most {1 + 4 * FOUR:g}.",
            f"If less than {judge.HALF_KNOWN[0]:.0%} of".replace("%", " %"),
            f"below {judge.LITTLE_KNOWN[0]:.0%} at".replace("%", " %"),
            f"From {judge.NOTICED:g} points on",
            f"from {judge.FULL_PREFERENCE:g} points on of all steps",
            "Negative prefers side A" if judge.PREFERS_A == -1 else "Positive prefers side A",
            f"within {BAND:.0%} of a step".replace("%", " %"),
            f"pages of {Limits().page_bytes >> 20} MB, {MOST_NODES:,} elements and texts,"
            f" {Limits().redirects} redirects, {Limits().request_seconds:g} seconds for a request"
            f" and {Limits().run_seconds:g} seconds for all of them",
            f"otherwise {Conditions().width}×{Conditions().height}",
            f"names counts {personas.MENTIONED:g} times",
        ],
    )
    def test_it_keeps_its_promises(self, promise):
        assert promise in " ".join(PATH.read_text().split())
