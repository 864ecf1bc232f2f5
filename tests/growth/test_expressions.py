"""Each expression meets texts that are made out of its own parts, and its work stays linear.

Expressions are found in the source: a new one is tested without a line here.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.growth.expressions import Expression, expressions, loose_calls, parts
from tests.growth.measuring import MOST, Make, growth, pumped, worst

pytestmark = pytest.mark.slow

#: Calls of `re` that build their expression from words of ours, with one such expression each.
BUILT = {
    "autousers.engine.judgement.dimensions: re.findall(f'\\\\b{re.escape(word)}', text)": (
        r"\bcolour"
    ),
    "autousers.engine.judgement.personas: re.search(f'\\\\b{re.escape(word)}', text)": r"\bcolour",
    "autousers.engine.judgement.personas: "
    "re.search(f'\\\\bignor\\\\w* (?:the |all )?{re.escape(word)}', told)": (
        r"\bignor\w* (?:the |all )?colour"
    ),
}

#: These read only files of the project.
OURS = {
    "autousers.drafting.documentation._MARKED",
    "autousers.engine.judgement.documentation._MARKED",
    "webhooks.documentation._MARKED",
}

ALL = [one for one in expressions() if one.where not in OURS] + [
    Expression(where, re.compile(pattern), frozenset({"findall"}))
    for where, pattern in BUILT.items()
]


def act_of(expression: Expression, method: str) -> Callable[[str], Any]:
    """A call of an expression as the project makes it."""
    bytes_wanted = isinstance(expression.pattern.pattern, bytes)
    call = getattr(expression.pattern, method)
    removing = b"" if bytes_wanted else ""

    def act(text: str) -> Any:
        given = text.encode() if bytes_wanted else text
        found = call(removing, given) if method in ("sub", "subn") else call(given)
        return list(found) if method == "finditer" else found

    return act


def texts_for(pattern: re.Pattern[Any]) -> Iterator[tuple[str, Make]]:
    found = parts(pattern)
    starts = list(dict.fromkeys(["", *found.starts, *found.others[:2]]))
    return pumped(found.others, starts, ["", "\0", "!"])


@pytest.mark.parametrize("expression", ALL, ids=lambda one: one.where)
def test_its_work_grows_with_the_text(expression):
    assert expression.methods, "It is not used, or in a way that this test does not see."
    for method in expression.methods:
        makers = texts_for(expression.pattern)
        problem = worst(act_of(expression, method), makers)
        assert problem is None, f"{method}, {problem}"


def test_all_expressions_are_found():
    assert sorted(loose_calls()) == sorted(BUILT), (
        "Compile it as a constant of its module, or name it here with an example."
    )


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?<=[?&;])[^=&?#\s]*(?:secret|key)[^=&?#\s]*=", ";key"),
        (r"\beyJ[\w-]{8,}\.[\w-]+", "eyJ-"),
        (r"(a+)+$", "a"),
        (r"\s*,", " "),
    ],
)
def test_it_notices_more(pattern, text):
    act = act_of(Expression("", re.compile(pattern), frozenset()), "search")
    assert growth(act, lambda length: text * (length // len(text)) + "\0") > MOST
    assert worst(act, texts_for(re.compile(pattern))) is not None


def test_it_lets_linear_work_pass():
    act = act_of(Expression("", re.compile(r"[^,]*,"), frozenset()), "match")
    assert worst(act, pumped(["a", ",", "ab"], ["", "a"], ["", "\0"])) is None
