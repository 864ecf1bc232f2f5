"""What the figures say of the agreement of a study's raters, in sentences with their numbers."""

from collections.abc import Iterator

from ratings.insights.figures import Figures
from ratings.insights.insight import Action, Content
from ratings.insights.results_insight import AGREED, MOST_NAMED, contrast
from ratings.insights.words import agreement_sentence, band, counted, raters
from ratings.statistics.groups import are_apart

#: The tone by α: from here on raters agree strongly, or moderately; below they are divided.
STRONG, MODERATE = 0.8, 0.6


def write(figures: Figures) -> Content:
    """The insight about agreement."""
    points = [*_by_dimension(figures), *_people_and_autousers(figures), *_not_compared(figures)]
    actions = list(_actions(figures))
    recommendation = actions[0].title if actions else _nothing_to_do(figures)
    return Content(_summary(figures), recommendation, points, actions)


def _summary(figures: Figures) -> str:
    alpha, measured = figures.alpha, figures.agreement["krippendorff"]
    shared = counted(figures.agreement["sampleSize"], "item")
    basis = f"{raters(measured['n_raters'])}, {shared} that two or more rated"
    if alpha is None:
        return f"Agreement is not defined: {basis}. {agreement_sentence(None)}"
    return f"{tone(alpha)} α {alpha:.2f} ({basis}). {agreement_sentence(alpha)}"


def tone(alpha: float) -> str:
    """How an agreement is introduced."""
    if alpha >= STRONG:
        return "Raters agree strongly."
    return "Raters agree moderately." if alpha >= MODERATE else "Raters are divided."


def _by_dimension(figures: Figures) -> Iterator[str]:
    known = sorted((alpha, name) for name, alpha in figures.alphas if alpha is not None)
    for alpha, name in known:
        yield f"{name}: α {alpha:.2f}, {band(alpha)}."
    missing = [name for name, alpha in figures.alphas if alpha is None]
    if missing:
        yield f"Not defined: {', '.join(missing)}."


def _people_and_autousers(figures: Figures) -> Iterator[str]:
    found = figures.agreement["peopleAndAutousers"]
    if found["kappa"] is not None:
        yield (
            f"People and autousers: κ {found['kappa']:.2f}, {band(found['kappa'])}, of "
            f"{counted(found['items'], 'item')} that both rated; medians, weighted by the square "
            "of the difference."
        )
    apart = [each for each in figures.contrasts if are_apart(each.people, each.autousers)]
    for each in apart[:MOST_NAMED]:
        yield contrast(each)


def _not_compared(figures: Figures) -> Iterator[str]:
    alone = len(figures.agreement["excludedRaters"])
    if alone:
        yield f"{raters(alone)} rated nothing that another one rated, so nothing is said of them."


def _actions(figures: Figures) -> Iterator[Action]:
    known = sorted((alpha, name) for name, alpha in figures.alphas if alpha is not None)
    for alpha, name in known[:MOST_NAMED]:
        if alpha <= AGREED:
            yield Action(
                f"Read what raters wrote on {name}.", f"α {alpha:.2f} there, {band(alpha)}."
            )
    for each in figures.contrasts[:1]:
        if are_apart(each.people, each.autousers):
            yield Action("Calibrate the autousers with what people gave.", contrast(each))


def _nothing_to_do(figures: Figures) -> str:
    if figures.alpha is None:
        return "Let two people or more rate the same designs: nothing can be compared yet."
    return "Nothing: no dimension is below a fair agreement."
