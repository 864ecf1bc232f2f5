"""Measure how right autousers are, on pages with known faults.

    python -m benchmarks.accuracy.run [--observer browser] [--write docs/develop/accuracy.md]

`make accuracy` does this with both observers. The pages are made by `corpora`, so anyone gets the
same ones. It needs Chromium for the browser, and no database.
"""

import argparse
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from autousers.engine.judgement.personas import lens_of
from autousers.engine.judgement.traits import BUILT_IN
from autousers.engine.protocol import Persona
from autousers.observation.facts import Conditions, Observation
from benchmarks.accuracy import corpora, measures
from benchmarks.accuracy.axe import failing_rules
from benchmarks.accuracy.corpora import Sample
from benchmarks.accuracy.observing import BROWSERS, Watcher

LOOKING = Conditions(keyboard=True)
"""The conditions of all visits, but where personas are compared."""

DIMENSIONS = (
    "overall", "accessibility", "usability", "visual-design", "content", "trust", "clarity",
    "helpfulness",
)  # fmt: skip
_AT_ONCE = f", {BROWSERS} at the same time"
OTHERS = [one for one in BUILT_IN if one != "screen-reader"]

INTRODUCTION = """# How right autousers are

For those who want to know how far to trust a rating. `make accuracy` writes this page.

It makes pages by code (`benchmarks/accuracy`), each with known faults, lets both observers look
at them, and compares what is said with what is true. Nobody else's pages are used. The pages are
small and their faults are of known kinds, so real pages are rated less rightly than these.

The author of the rubric made these pages. Each fault is planted in two or more ways. The rubric was
tuned on mixed pages with the first, third and fifth way, drawn with seed 7. Levels, correlation,
personas and pairs below are of other pages, with the second and fourth way, drawn with seed 2026.

`long-sentences` is a mean of all sentences of a page, so a few long ones among short ones, as in
the table, are not named.
"""


def main() -> int:
    """Measure, print, and write the page when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--observer", choices=("browser", "markup"), action="append")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    lines = [INTRODUCTION]
    for observer in options.observer or ("browser", "markup"):
        watcher = Watcher(observer)
        try:
            lines += [*_section(watcher), ""]
        finally:
            watcher.close()
    text = "\n".join(lines).rstrip() + "\n"
    print(text)
    if options.write:
        options.write.write_text(text)
    return 0


def _section(watcher: Watcher) -> Iterator[str]:
    yield f"## The observer `{watcher.observer}`"
    yield ""
    yield from _rules(watcher)
    if watcher.observer == "browser":
        yield from _unseen(watcher)
    yield from _levels(watcher)
    if watcher.observer == "browser":
        yield from _personas(watcher)
    yield from _pairs(watcher)
    yield from _form(watcher)
    seconds = sorted(watcher.seconds)
    yield (
        f"{len(seconds)} visits, {seconds[len(seconds) // 2]:.2f} s at the median"
        f"{_AT_ONCE if watcher.observer == 'browser' else ''}."
    )


def _looked(
    watcher: Watcher, samples: list[Sample], conditions: Conditions = LOOKING
) -> list[tuple[Sample, Observation]]:
    return list(zip(samples, watcher.look(samples, conditions), strict=True))


def _table(pairs: list[tuple[Sample, Observation]]) -> Iterator[str]:
    yield "| fact | named | missed | sound passed | sound accused | not measured |"
    yield "|---|---|---|---|---|---|"
    for fact, one in measures.confusion(pairs).items():
        cells = (one.named, one.missed, one.passed, one.accused, one.not_measured)
        yield f"| `{fact}` | {' | '.join(map(str, cells))} |"


def _rules(watcher: Watcher) -> Iterator[str]:
    yield (
        "**Rules.** For each, two or three pages with the fault, and as many sound ones that look "
        "like it."
    )
    yield ""
    yield from _table(_looked(watcher, list(corpora.of_rules())))
    yield ""


def _unseen(watcher: Watcher) -> Iterator[str]:
    pairs = _looked(watcher, list(corpora.unseen_by_axe()))
    table = measures.confusion(pairs).values()
    faulty = sum(sample.at_fault for sample, _ in pairs)
    named, accused = sum(one.named for one in table), sum(one.accused for one in table)
    yield (
        "**Faults that no rule of axe sees** (invisible focus, no reflow, faded text, traps, "
        f"movement): {faulty} pages with one and {len(pairs) - faulty} with none. "
        f"Named: {named} of {faulty} ({named / faulty:.0%}). "
        f"Falsely accused: {accused} of {len(pairs) - faulty}."
    )
    yield ""
    yield from _table(pairs)
    yield ""


def _levels(watcher: Watcher) -> Iterator[str]:
    pairs = _looked(watcher, list(corpora.mixed()))
    yield from _mix(len(pairs))
    yield "| dimension | 1 | 2 | 3 | 4 | 5 |"
    yield "|---|---|---|---|---|---|"
    for dimension in DIMENSIONS:
        given = measures.spread(
            measures.level(seen, dimension, persona) for _, seen in pairs for persona in OTHERS
        )
        yield f"| `{dimension}` | {' | '.join(f'{share:.0%}' for share in given.values())} |"
    rules = failing_rules(tuple(sample for sample, _ in pairs))
    given = [measures.level(seen, "accessibility") for _, seen in pairs]
    mean = [statistics.mean(measures.levels(seen, "accessibility").values()) for _, seen in pairs]
    yield ""
    yield (
        "Spearman's correlation of the level of `accessibility` with the number of WCAG rules of "
        f"axe-core that fail on a page (0 to {max(rules)}, counted by axe alone): "
        f"{measures.spearman(given, rules):.2f} for one persona, "
        f"{measures.spearman(mean, rules):.2f} for the mean of all."
    )
    yield ""


def _mix(number: int) -> Iterator[str]:
    shares = ", ".join(f"{part:.0%} of grade {grade}" for part, grade in corpora.MIX)
    counts = ", ".join(
        f"{few} to {most}" if few != most else f"{few}" for few, most in corpora.FAULTS_OF_GRADE
    )
    yield (
        f"**Levels** of {number} pages of five grades of neglect: {shares}. A page of grade 0 has "
        "no fault at all. On others each of five subjects (names and structure, operating, looks, "
        "words, trust) is as neglected as the page, or a grade more or less, and has, from grade 0 "
        f"to 4, {counts} faults. Each cell is the share of one level, of {len(OTHERS)} personas."
    )
    yield ""


def _personas(watcher: Watcher) -> Iterator[str]:
    """What personas quote of the same pages, each under its own conditions."""
    pages = list(corpora.mixed())[3::8]
    quoted: dict[str, dict[str, tuple[str, ...]]] = {one.name: {} for one in pages}
    worst = targets = 0
    for persona in BUILT_IN:
        lens = lens_of(Persona(persona, persona))
        for sample, seen in _looked(watcher, pages, lens.conditions):
            told = measures.quotes(seen, persona)
            quoted[sample.name][persona] = told
            worst += measures.is_worst_first(seen, persona)
            targets += persona == "screen-reader" and any("target" in one for one in told)
    overlaps = [measures.overlap(by.values()) for by in quoted.values()]
    ratings = len(pages) * len(BUILT_IN)
    yield (
        f"**Personas.** {len(BUILT_IN)} personas rate {len(pages)} of these pages `overall`, each "
        "under its own conditions. The facts that two of them quote overlap by "
        f"{statistics.mean(overlaps):.2f} on the mean of all pairs (Jaccard index; the page with "
        f"the most alike quotes: {max(overlaps):.2f}). The first quote is the worst fault that the "
        f"persona minds in {worst} of {ratings} ratings. The screen-reader persona complains about "
        f"sizes of targets on {targets} pages."
    )
    yield ""


def _pairs(watcher: Watcher) -> Iterator[str]:
    """A faulty page of each rule against its repaired twin."""
    pairs = list(corpora.pairs())
    seen = {
        one.name: found for one, found in _looked(watcher, [one for pair in pairs for one in pair])
    }
    known = [(bad, good) for bad, good in pairs if seen[bad.name].fact(bad.fact)]
    results = [
        measures.preference(seen[bad.name], seen[good.name], persona)
        for bad, good in known
        for persona in OTHERS
    ]
    wins, losses = sum(value > 0 for value in results), sum(value < 0 for value in results)
    left = f" {len(pairs) - len(known)} pairs are left out, as the fact is not measured."
    yield (
        f"**Before and after:** {len(known)} pairs of a page with one fault and its repaired "
        f"twin, each compared `overall` by {len(OTHERS)} personas. The repaired side wins {wins} "
        f"of {len(results)} ({wins / len(results):.1%}), and loses {losses}."
        f"{left if len(pairs) > len(known) else ''}"
    )
    yield ""


def _form(watcher: Watcher) -> Iterator[str]:
    samples = [corpora.form(labelled=False), corpora.form(labelled=True)]
    given: dict[str, list[int]] = {one.name: [] for one in samples}
    for persona in BUILT_IN:
        conditions = lens_of(Persona(persona, persona)).conditions
        for sample, seen in _looked(watcher, samples, conditions):
            given[sample.name].append(measures.level(seen, "accessibility", persona))
    unlabelled, repaired = given.values()
    yield (
        "**A form without labels** on `accessibility`: 2 or less from "
        f"{sum(v <= 2 for v in unlabelled)} of {len(unlabelled)} personas; its repaired twin: "
        f"4 or more from {sum(v >= 4 for v in repaired)}."
    )
    yield ""


if __name__ == "__main__":
    sys.exit(main())
