"""Propose a better rubric from the scores on which an autouser and people differ.

Plain arithmetic, the same for the same input: in which direction an autouser
leans on each dimension, by how much, and a note about it in the rubric. What
people wrote is quoted to whoever reads the proposal, and kept out of the
rubric: that is what a model is told to follow, and anybody may rate.
"""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import unified_diff

HEADING = "Calibration notes"
BULLET = "- "

#: The text of a first rubric, before any note.
FIRST_TEXT = (
    "Rate each dimension on its own scale, by what the design shows and lets one do.\n"
    "Give the reason for each score."
)

#: A mean difference below half a step counts as no bias.
LEANING_FROM = 0.5

#: Dimensions that get a note, the strongest leanings first, and quotes for each.
MOST_NOTES = 20
MOST_QUOTES = 3
QUOTE_LIMIT = 200
NAME_LIMIT = 100
FEW_SCORES = 5

#: Lines of a rubric beyond which a line-by-line comparison would take too long.
MOST_COMPARED_LINES = 1_000


@dataclass(frozen=True)
class Disagreement:
    """A score on which an autouser and people differ."""

    dimension_id: str
    autouser_score: float
    human_score: float
    reasoning: str = ""

    @property
    def difference(self) -> float:
        """The autouser's score minus the people's score."""
        return self.autouser_score - self.human_score


@dataclass(frozen=True)
class Leaning:
    """The bias of an autouser on one dimension."""

    dimension_id: str
    disagreements: Sequence[Disagreement]

    @property
    def mean(self) -> float:
        """The mean difference; positive where the autouser scores higher."""
        differences = [one.difference for one in self.disagreements]
        return math.fsum(differences) / len(differences)

    @property
    def leans(self) -> bool:
        """Whether the mean difference is large enough to count as bias."""
        return abs(self.mean) >= LEANING_FROM

    @property
    def step(self) -> int:
        """The whole steps by which the autouser's scores should change."""
        steps = math.floor(abs(self.mean) + 0.5)
        return -steps if self.mean > 0 else steps

    @property
    def sentence(self) -> str:
        """The bias as a sentence."""
        scores = _count(len(self.disagreements), "differing score")
        if not self.leans:
            return f"{self.dimension_id}: no leaning over {scores}."
        direction = "higher" if self.mean > 0 else "lower"
        return (
            f"{self.dimension_id}: the autouser scores {abs(self.mean):.1f} {direction} "
            f"than people, on average over {scores}."
        )

    @property
    def note(self) -> str:
        """The note for the rubric."""
        direction = "lower" if self.mean > 0 else "higher"
        return (
            f"{self.dimension_id}: people scored {abs(self.mean):.1f} {direction} than you on what "
            f"you differed about. Look again for reasons to go {direction} before you settle; "
            f"expect to end {_count(abs(self.step), 'step')} {direction}."
        )

    @property
    def helped(self) -> int:
        """The disagreements that would vanish if all scores changed by `step`."""
        return sum(abs(one.difference + self.step) <= LEANING_FROM for one in self.disagreements)


def leanings(disagreements: Iterable[Disagreement]) -> list[Leaning]:
    """Disagreements by dimension, largest bias first."""
    by_dimension: dict[str, list[Disagreement]] = {}
    for one in disagreements:
        by_dimension.setdefault(clean(one.dimension_id, NAME_LIMIT), []).append(one)
    found = [Leaning(name, ones) for name, ones in by_dimension.items()]
    return sorted(
        found, key=lambda one: (-abs(one.mean) * len(one.disagreements), one.dimension_id)
    )


def with_notes(text: str, found: Iterable[Leaning]) -> str:
    """A rubric with a note per bias; earlier notes are replaced."""
    notes = [BULLET + one.note for one in found if one.leans][:MOST_NOTES]
    if not notes:
        return text
    kept = _without_notes(text.splitlines())
    return "\n".join([*kept, *([""] if kept else []), HEADING, *notes])


def rationale(found: Iterable[Leaning]) -> list[str]:
    """A sentence per bias, with quotes of people."""
    lines = []
    for one in list(found)[:MOST_NOTES]:
        quotes = [_quote(disagreement) for disagreement in one.disagreements]
        lines.append(" ".join([one.sentence, *[quote for quote in quotes if quote][:MOST_QUOTES]]))
    return lines


def caveats(found: Sequence[Leaning]) -> list[str]:
    """The limits of a proposal, as sentences."""
    remarks = [
        "Only scores that differ were looked at; those that agree would move too. "
        "A new run and a new calibration tell whether it helped.",
        "What people wrote is quoted in the rationale only; the rubric holds none of it.",
    ]
    if thin := [one.dimension_id for one in found if len(one.disagreements) < FEW_SCORES]:
        remarks.append(f"Few scores to go by: {', '.join(thin[:MOST_NOTES])}.")
    if len(found) > MOST_NOTES:
        remarks.append(f"Only the {MOST_NOTES} heaviest leanings are noted.")
    return remarks


def improvement(found: Sequence[Leaning]) -> str:
    """The largest possible improvement, as a sentence."""
    leaning = [one for one in found if one.leans]
    total = sum(len(one.disagreements) for one in found)
    helped = sum(one.helped for one in leaning)
    return (
        f"At best {helped} of {_count(total, 'disagreement')} would go, if every score on "
        f"{_count(len(leaning), 'dimension')} moved as noted. That is arithmetic, not a forecast."
    )


def difference(before: str, after: str, *, names: tuple[str, str]) -> str:
    """The unified diff of two texts; empty if they are equal.

    Long texts are shown as replaced: a line-by-line diff of them could take minutes.
    """
    old, new = before.splitlines(), after.splitlines()
    if before == after:
        return ""
    if max(len(old), len(new)) > MOST_COMPARED_LINES:
        head = [f"--- {names[0]}", f"+++ {names[1]}", f"@@ -1,{len(old)} +1,{len(new)} @@"]
        return "\n".join([*head, *("-" + line for line in old), *("+" + line for line in new)])
    return "\n".join(unified_diff(old, new, *names, lineterm=""))


def clean(text: str, limit: int) -> str:
    """Untrusted text on one line, without control characters, cut to a limit."""
    printable = "".join(
        character if not unicodedata.category(character).startswith("C") else " "
        for character in text
    )
    words = " ".join(printable.split())
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


def _quote(one: Disagreement) -> str:
    words = clean(one.reasoning, QUOTE_LIMIT)
    if not words:
        return ""
    return f"“{words}” (people {one.human_score:g}, autouser {one.autouser_score:g})"


def _without_notes(lines: Sequence[str]) -> list[str]:
    """The lines of a rubric without the notes of an earlier proposal."""
    if HEADING not in lines:
        return list(lines)
    start = end = lines.index(HEADING)
    end += 1
    while end < len(lines) and lines[end].startswith(BULLET):
        end += 1
    kept = [*lines[:start], *lines[end:]]
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
