"""How dimensions are understood."""

from autousers.engine.judgement.dimensions import question_of
from autousers.engine.protocol import Dimension
from autousers.observation.catalogue import CATALOGUE

LABELS = CATALOGUE["fields-without-label"]


def test_a_built_in_one_by_its_id():
    question = question_of(Dimension("accessibility", "Whatever"))

    assert question.understood_as == ("accessibility",)
    assert question.weight(LABELS) == 1


def test_overall_asks_for_everything_and_for_each_less():
    question = question_of(Dimension("overall", "Overall"))

    assert question.weight(LABELS) == 0.6
    assert all(question.weight(kind) > 0 for kind in CATALOGUE.values() if kind.weights)


def test_another_by_its_words_as_a_mixture():
    question = question_of(Dimension("cm1", "Trust", "Is the wording clear?"))

    assert question.shares == {"content": 0.2, "trust": 0.6, "clarity": 0.2}


def test_one_that_says_nothing_known_is_overall():
    assert question_of(Dimension("cm1", "Zing")).understood_as == ("overall",)
