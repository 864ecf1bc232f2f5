"""What the figures say of a study, or of one comparison, in sentences with their numbers.

Nothing is claimed that no figure bears: differences are named where intervals do not overlap, and
where raters are too few that is what is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ratings.insights.figures import Contrast, Figures
from ratings.insights.insight import Action, Content
from ratings.insights.verdict import Judged
from ratings.insights.words import (
    NO_AGREEMENT,
    agreement_sentence,
    counted,
    in_full,
    listed,
    raters,
    said,
)
from ratings.statistics.effects import OrderEffect, SideEffect
from ratings.statistics.groups import Group, are_apart
from ratings.statistics.histograms import FEWEST

#: Differences, contrasts and findings that are named; the page and the API have all.
MOST_NAMED = 3

SEVERITY = {1: "slight", 2: "moderate", 3: "serious", 4: "blocking"}

#: From this α on nothing is recommended about agreement: where "fair" ends.
AGREED = 0.4

#: Findings by the API's field names.
Findings = Sequence[Mapping[str, Any]]


def write(figures: Figures, findings: Findings) -> Content:
    """The insight about the figures and the findings of a study, or of one comparison.

    A fact that was found at several places of a design is told once.
    """
    findings = _each_fact(findings)
    effects = list(_effects(figures))
    points = [
        *_differences(figures),
        *_contrasts(figures),
        *_agreement(figures),
        *_recurring(figures, findings),
        *effects,
    ]
    actions = [*_more_raters(figures), *_mend(figures, findings), *_understand(figures)]
    verdict = figures.verdict
    summary = " ".join(part for part in (verdict.first, verdict.more, verdict.basis) if part)
    recommendation = actions[0].title if actions else _nothing_to_do(figures)
    return Content(summary, recommendation, points, actions, effects)


# --- differences ---------------------------------------------------------------------------------


def _differences(figures: Figures) -> Iterator[str]:
    """The largest differences of designs, or the preferences of pairs, by dimension."""
    yield from _preferences(figures) if figures.is_pair else _gaps(figures)


def _gaps(figures: Figures) -> Iterator[str]:
    found = []
    for dimension in figures.dimensions:
        judged = [one for one in figures.judged if one.dimensions[dimension.name].is_judged]
        if len(judged) < 2:
            continue
        low, high = _ends(judged, dimension.name)
        one, other = low.dimensions[dimension.name], high.dimensions[dimension.name]
        found.append(((other.mean or 0) - (one.mean or 0), dimension.name, low, high))
    found.sort(key=lambda each: -each[0])
    apart = [each for each in found if _are_apart(each[2], each[3], each[1])]
    for _, name, low, high in apart[:MOST_NAMED]:
        yield (
            f"{name}: {high.label} gets {in_full(high.dimensions[name])}, "
            f"{low.label} {in_full(low.dimensions[name])}. Their intervals do not overlap."
        )
    if found and not apart:
        yield (
            f"On none of {counted(len(found), 'dimension')} do the intervals of the best and the "
            "worst design lie apart."
        )


def _ends(judged: Sequence[Judged], name: str) -> tuple[Judged, Judged]:
    """The designs with the lowest and the highest mean on a dimension."""

    def mean(one: Judged) -> float:
        return one.dimensions[name].mean or 0.0

    return min(judged, key=mean), max(judged, key=mean)


def _are_apart(low: Judged, high: Judged, name: str) -> bool:
    return are_apart(low.dimensions[name], high.dimensions[name])


def _preferences(figures: Figures) -> Iterator[str]:
    for pair in figures.judged[:MOST_NAMED]:
        told = [(name, group) for name, group in pair.dimensions.items() if group.is_judged]
        clear = [f"{name} {in_full(group)}" for name, group in told if _is_clear(group)]
        rest = [name for name, group in told if not _is_clear(group)]
        if clear:
            yield f"{pair.label}: a side is preferred on {listed(clear)}."
        if rest:
            yield f"{pair.label}: no clear preference on {listed(rest)}."


def _is_clear(group: Group) -> bool:
    """Whether the whole interval lies on one side."""
    found = group.interval
    return found is not None and (found.upper < 0 or found.lower > 0)


# --- people and autousers ------------------------------------------------------------------------


def _contrasts(figures: Figures) -> Iterator[str]:
    if not (figures.people and figures.autousers):
        return
    both = figures.contrasts
    if not both:
        yield (
            "People and autousers cannot be compared: nothing was rated by "
            f"{FEWEST} of each on the same dimension."
        )
        return
    apart = [each for each in both if are_apart(each.people, each.autousers)]
    for each in apart[:MOST_NAMED]:
        yield contrast(each)
    if not apart:
        places = counted(len(both), "place", "places")
        yield (
            f"People and autousers do not differ beyond their intervals in {places} where "
            f"both have {FEWEST} raters."
        )


def contrast(each: Contrast) -> str:
    """One difference of people and autousers."""
    return (
        f"{each.comparison}, {each.dimension.name}: people say {in_full(each.people)}, autousers "
        f"{in_full(each.autousers)}. Their intervals do not overlap."
    )


def _agreement(figures: Figures) -> Iterator[str]:
    alpha, n = figures.alpha, figures.agreement["krippendorff"]["n_raters"]
    if alpha is None:
        yield f"Agreement of {raters(n)}: {NO_AGREEMENT[0].lower()}{NO_AGREEMENT[1:]}"
        return
    yield f"Agreement of {raters(n)}: α {alpha:.2f}. {agreement_sentence(alpha)}"


# --- findings ------------------------------------------------------------------------------------


def _each_fact(findings: Findings) -> Findings:
    """The first finding of each fact and design; others are about further places."""
    first: dict[tuple[Any, Any], Mapping[str, Any]] = {}
    for one in findings:
        first.setdefault((one["design"], one["says"]), one)
    return list(first.values())


def _recurring(figures: Figures, findings: Findings) -> Iterator[str]:
    """What several autousers met, the worst first."""
    shared = [one for one in findings if len(one["personas"]) > 1]
    for one in shared[:MOST_NAMED]:
        yield (
            f"{len(one['personas'])} of {counted(figures.autousers, 'autouser')} met on "
            f"{one['design']}: {one['says']} ({SEVERITY[one['severity']]})."
        )


# --- effects -------------------------------------------------------------------------------------


def _effects(figures: Figures) -> Iterator[str]:
    if figures.side is not None:
        yield side(figures.side)
    if figures.order is not None:
        yield order(figures.order)


def side(effect: SideEffect) -> str:
    """How often the left side was chosen."""
    low, high = 100 * effect.interval.lower, 100 * effect.interval.upper
    told = "The side has an effect" if effect.is_told else "No effect of the side can be told"
    return (
        f"{told}: people choose the left one in {100 * effect.share:.0f} % "
        f"({low:.0f} to {high:.0f} %, {counted(effect.raters, 'person', 'people')}, "
        f"{counted(effect.choices, 'choice')}); 50 % is none."
    )


def order(effect: OrderEffect) -> str:
    """By how much the first design is rated higher."""
    found = effect.interval
    told = "The order has an effect" if effect.is_told else "No effect of the order can be told"
    word = "higher" if effect.difference >= 0 else "lower"
    return (
        f"{told}: people rate what they see first {abs(effect.difference):.1f} {word} than what "
        f"follows ({found.lower:+.1f} to {found.upper:+.1f}, "
        f"{counted(effect.raters, 'person', 'people')}); 0 is none."
    )


# --- what to do ----------------------------------------------------------------------------------


def _more_raters(figures: Figures) -> Iterator[Action]:
    few = [one for one in figures.judged if not one.whole.is_judged]
    if not few:
        return
    fewest = min(one.whole.n for one in few)
    names = listed([one.label for one in few[:MOST_NAMED]])
    more = f" and {len(few) - MOST_NAMED} more" if len(few) > MOST_NAMED else ""
    yield Action(
        f"Ask at least {raters(FEWEST - fewest)} more for {names}{more}.",
        f"From {FEWEST} raters on a conclusion is drawn; the fewest so far are {fewest}.",
    )


def _mend(figures: Figures, findings: Findings) -> Iterator[Action]:
    """The weakest dimension of the worst design, and the worst findings."""
    yield from _weakest(figures)
    for one in findings[:MOST_NAMED]:
        met = counted(len(one["personas"]), "autouser")
        yield Action(
            f"Mend on {one['design']}: {one['says']}.",
            f"{SEVERITY[one['severity']].capitalize()}; {met} met it and rated low on "
            f"{listed([figures.name_of(id) for id in one['dimensions']])}.",
        )


def _weakest(figures: Figures) -> Iterator[Action]:
    judged = [one for one in figures.judged if one.whole.is_judged]
    if figures.is_pair or not judged:
        return
    worst = min(judged, key=lambda one: one.whole.mean or 0.0)
    known = {name: group for name, group in worst.dimensions.items() if group.is_judged}
    if not known:
        return
    name, group = min(known.items(), key=lambda item: item[1].mean or 0.0)
    yield Action(
        f"Look at {name} of {worst.label} first.",
        f"It has the lowest mean of that design, {in_full(group)}; as a whole the design gets "
        f"{said(worst.whole)}.",
    )


def _understand(figures: Figures) -> Iterator[Action]:
    alpha = figures.alpha
    if alpha is not None and alpha <= AGREED:
        yield Action(
            "Read what raters wrote before you rely on the means.",
            f"They agree little: α {alpha:.2f}, "
            f"{raters(figures.agreement['krippendorff']['n_raters'])}.",
        )


def _nothing_to_do(figures: Figures) -> str:
    return "The figures alone recommend nothing: read what raters wrote." + (
        "" if figures.is_pair else " No finding stands behind a low rating."
    )
