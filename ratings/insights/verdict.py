"""The verdict of a study in one sentence. Nothing is said that the figures do not bear."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ratings.insights.words import listed, raters, reach
from ratings.statistics.groups import Group, are_apart
from ratings.statistics.histograms import FEWEST

#: Pairs that are named one by one.
MOST_NAMED = 4


@dataclass(frozen=True)
class Verdict:
    """What is said first, what is added, and what it rests on."""

    first: str
    more: str = ""
    basis: str = ""


@dataclass(frozen=True)
class Judged:
    """A design or a pair: its name, its group as a whole, and its groups by dimension."""

    label: str
    whole: Group
    dimensions: Mapping[str, Group]


def of_designs(designs: Sequence[Judged]) -> Verdict:
    """The verdict on designs that were rated one by one."""
    rated = [design for design in designs if design.whole.n]
    if not rated:
        return Verdict("No ratings yet.")
    sure = [design for design in rated if design.whole.is_judged]
    if not sure:
        return Verdict(f"Too few raters to say: {max(d.whole.n for d in rated)}.", _at_least())
    best = max(sure, key=_mean)
    worst = min(sure, key=_mean)
    top = f"{best.whole.maximum:g}"
    basis = _basis(worst.whole)
    if len(sure) == 1:
        first = f"{best.label} gets {_mean(best):.1f} of {top}."
    elif are_apart(worst.whole, best.whole):
        first = (
            f"{best.label} is rated best, {_mean(best):.1f} of {top}, "
            f"{worst.label} worst, {_mean(worst):.1f}."
        )
    else:
        span = f"{_mean(worst):.1f} to {_mean(best):.1f}"
        first = f"The designs are rated about the same: {span} of {top}."
    if len(sure) > 1:
        basis = f"{worst.label}: {_basis(worst.whole)} {best.label}: {_basis(best.whole)}"
    return Verdict(first, _weakest(worst), basis)


def of_pairs(pairs: Sequence[Judged]) -> Verdict:
    """The verdict on pairs. Below 0 prefers side A, above it side B."""
    rated = [pair for pair in pairs if pair.whole.n]
    if not rated:
        return Verdict("No ratings yet.")
    sure = [pair for pair in rated if pair.whole.is_judged]
    if not sure:
        return Verdict(f"Too few raters to say: {max(p.whole.n for p in rated)}.", _at_least())
    said = [preference(pair.whole) for pair in sure]
    if len(sure) == 1:
        return Verdict(f"{said[0]}.", _by_how_much(sure[0].whole), _basis(sure[0].whole))
    least = min(pair.whole.n for pair in sure)
    return Verdict(_by_preference(sure, said), basis=f"At least {raters(least)} for each pair.")


def _by_preference(pairs: Sequence[Judged], said: Sequence[str]) -> str:
    """Each preference with the pairs that have it; of many pairs with their number."""
    found = []
    for word in dict.fromkeys(said):
        labels = [pair.label for pair, own in zip(pairs, said, strict=True) if own == word]
        many = len(pairs) > MOST_NAMED
        where = f"{len(labels)} of {len(pairs)} pairs" if many else listed(labels)
        found.append(f"{word} in {where}.")
    return " ".join(found)


def preference(group: Group) -> str:
    """The side that is preferred: only where the whole interval lies on it."""
    interval = group.interval
    if interval is None:
        return "Too few raters to say"
    if interval.upper < 0:
        return "A is preferred"
    return "B is preferred" if interval.lower > 0 else "No clear preference"


def _at_least() -> str:
    return f"From {FEWEST} raters on, this page draws conclusions."


def _mean(design: Judged) -> float:
    return design.whole.mean or 0.0


def _weakest(design: Judged) -> str:
    """The dimension with the lowest mean, where there are several and they differ."""
    means = {name: group.mean for name, group in design.dimensions.items() if group.is_judged}
    found = sorted((mean, name) for name, mean in means.items() if mean is not None)
    if len(found) < 2 or found[0][0] == found[-1][0]:
        return ""
    mean, name = found[0]
    return f"The lowest of {design.label} is {name}, {mean:.1f}."


def _by_how_much(group: Group) -> str:
    return f"By {abs(group.mean or 0):.1f} of {group.maximum:g} steps."


def _basis(group: Group) -> str:
    return f"{raters(group.n)}, 95 % interval {reach(group)}."
