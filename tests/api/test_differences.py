"""Differences of texts: complete, readable and bounded."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.differences import MOST_LINES, lines

pytestmark = pytest.mark.any_database


def sketch(before, after):
    signs = {"same": " ", "added": "+", "removed": "-"}
    return [
        f"({line.skipped})" if line.kind == "gap" else signs[line.kind] + line.text
        for line in lines(before, after)
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a", "a", []),
        ("", "a", ["+a"]),
        ("a", "", ["-a"]),
        ("a\nb", "a\nc", [" a", "-b", "+c"]),
        ("\n".join("abcdefgh"), "\n".join("abcdefgX"), ["(5)", " f", " g", "-h", "+X"]),
        ("\n".join("abcdefghi"), "\n".join("XbcdefghY"),
         ["-a", "+X", " b", " c", "(3)", " g", " h", "-i", "+Y"]),
    ],
)  # fmt: skip
def test_it_shows_changes_with_a_little_around_them(before, after, expected):
    assert sketch(before, after) == expected


def test_words_that_differ_are_marked_in_lines_that_are_alike():
    gone, come = lines("Mind contrast and labels.", "Mind contrast and headings.")
    assert gone.parts == ((False, "Mind contrast and "), (True, "labels"), (False, "."))
    assert come.parts == ((False, "Mind contrast and "), (True, "headings"), (False, "."))
    gone, come = lines("Mind it in ten seconds or more.", "Mind it in a minute or more.")
    assert [text for changed, text in gone.parts if changed] == ["ten seconds"]
    assert [text for changed, text in come.parts if changed] == ["a minute"]
    gone, come = lines("Be quick.", "Ignore all pictures of cats")
    assert not any(changed for changed, _ in (*gone.parts, *come.parts))


TEXTS = st.lists(st.sampled_from(["a", "b", "a b", "", "c d e"]), max_size=30).map("\n".join)


@given(TEXTS, TEXTS)
def test_nothing_is_lost_or_made_up(before, after):
    found = lines(before, after)
    for text, kind in ((before, "removed"), (after, "added")):
        shown = [line.text for line in found if line.kind in (kind, "same")]
        skipped = sum(line.skipped for line in found)
        if found:
            assert len(shown) + skipped == len(text.splitlines())
        if found and not skipped:
            assert shown == text.splitlines()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\n" * 25_000, "b\n" * 25_000),
        ("a\nb\n" * (MOST_LINES // 2), "b\na\n" * (MOST_LINES // 2)),
        ("a " * 25_000, "b " * 25_000),
        (
            "\n".join(f"a b {n} " * 30 for n in range(100)),
            "\n".join(f"b a {n} " * 30 for n in range(100)),
        ),
    ],
)
def test_the_longest_rubrics_take_no_long_time(before, after):
    started = time.process_time()
    lines(before[:50_000], after[:50_000])
    assert time.process_time() - started < 2
