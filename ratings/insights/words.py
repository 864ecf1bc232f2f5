"""How values, groups and agreement are said. Every figure stands beside its number of raters."""

from collections.abc import Sequence

from ratings.statistics.agreement import interpretation
from ratings.statistics.groups import Group

#: What an agreement means, in a sentence; the words are those of Landis and Koch.
AGREEMENT_SENTENCES = {
    "poor": "Raters contradict each other more than by chance. Look at what each understood.",
    "slight": "Hardly. Knowing one rater says little about the next.",
    "fair": "A little. They often differ by more than a step.",
    "moderate": "Moderately. They give the same order, but are often a step apart.",
    "substantial": "Largely. Most are within a step.",
    "near_perfect": "Almost fully. They nearly always give the same step.",
}
NO_AGREEMENT = (
    "Not defined: it takes two designs that two raters have rated, and values that differ."
)


def agreement_sentence(alpha: float | None) -> str:
    """What an α means."""
    return AGREEMENT_SENTENCES.get(interpretation(alpha) or "", NO_AGREEMENT)


def band(value: float | None) -> str:
    """The word for an α or a κ; empty where it is not defined."""
    return (interpretation(value) or "").replace("_", " ")


def named(value: float, minimum: float) -> str:
    """A value with one decimal; on a scale of pairs with the side that it prefers."""
    number = f"{abs(value):.1f}"
    if minimum >= 0 or number == "0.0":
        return number
    return f"A {number}" if value < 0 else f"B {number}"


def said(group: Group) -> str:
    """The mean; empty without raters."""
    return "" if group.mean is None else named(group.mean, group.minimum)


def reach(group: Group) -> str:
    """The interval; empty for too few raters."""
    found = group.interval
    if found is None:
        return ""
    return f"{named(found.lower, group.minimum)} to {named(found.upper, group.minimum)}"


def raters(count: int) -> str:
    """A number of raters."""
    return counted(count, "rater")


def counted(count: int, word: str, plural: str = "") -> str:
    """A number and what it counts."""
    return f"{count:,} {word if count == 1 else plural or f'{word}s'}"


def in_full(group: Group) -> str:
    """The mean with all that it rests on, as in `2.6 (2.1 to 3.1, 11 raters)`."""
    interval = reach(group) or "too few for an interval"
    return f"{said(group)} ({interval}, {raters(group.n)})"


def listed(words: Sequence[str]) -> str:
    """Several words as one phrase."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
