"""The corpora: pages by code, and what is true of each of them."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.accuracy.faults import (
    FAULTS,
    SUBJECT_OF_UNSEEN,
    SUBJECTS,
    UNSEEN_BY_AXE,
    Change,
    Fault,
)
from benchmarks.accuracy.page import Draft

MIX: tuple[tuple[float, int], ...] = ((0.15, 0), (0.20, 1), (0.25, 2), (0.25, 3), (0.15, 4))
"""Of the mixed corpus: the part of the pages with each grade of neglect."""

FAULTS_OF_GRADE = ((0, 0), (0, 1), (1, 2), (2, 4), (3, 6))
"""The fewest and most faults of one subject, by the grade of the page in it."""

MIXED_PAGES = 60
TUNED, PUBLISHED = 0, 1
"""The halves of the variants: levels are tuned on the first, and published for the second."""
SEEDS = {TUNED: 7, PUBLISHED: 2026}
FIELDS = ("name", "street", "town", "day", "people", "mail", "phone")


@dataclass(frozen=True)
class Sample:
    """One page, the fact it is about, and whether that fault is on it."""

    name: str
    html: str
    fact: str = ""
    at_fault: bool = False


def of_rules(faults: Iterable[Fault] = FAULTS) -> Iterator[Sample]:
    """For each rule, a faulty page of each variant, and a page of each sound twin."""
    for fault in faults:
        for at_fault, changes in ((True, fault.plant), (False, fault.sound)):
            for number, change in enumerate(changes):
                yield Sample(
                    name_of(fault, number, at_fault=at_fault), made(change), fault.fact, at_fault
                )


def name_of(fault: Fault, number: int, *, at_fault: bool) -> str:
    """What a page with one variant of a fault, or of its sound twins, is called."""
    word = "faulty" if at_fault else "sound"
    name = f"{fault.fact}-{word}-{number}"
    return f"unseen-{name}" if fault in UNSEEN_BY_AXE else name


def unseen_by_axe() -> Iterator[Sample]:
    """Pages with one fault that no rule of axe sees, and as many with none."""
    yield from of_rules(UNSEEN_BY_AXE)


def pairs(half: int = PUBLISHED) -> Iterator[tuple[Sample, Sample]]:
    """A page with one fault and its repaired twin, for the first variant of a half."""
    for fault in (*FAULTS, *UNSEEN_BY_AXE):
        yield tuple(
            Sample(
                name_of(fault, half, at_fault=at_fault), made(changes[half]), fault.fact, at_fault
            )
            for at_fault, changes in ((True, fault.plant), (False, fault.sound))
        )  # type: ignore[misc]


def mixed(half: int = PUBLISHED) -> Iterator[Sample]:
    """Pages of each grade of neglect, in the shares of `MIX`, with the variants of one half.

    In each subject a page is as neglected as elsewhere, or a grade more or less. A page without
    neglect has no fault at all.
    """
    chance = random.Random(SEEDS[half])  # noqa: S311 - a corpus, no secret
    number = 0
    for part, grade in MIX:
        for _ in range(round(part * MIXED_PAGES)):
            changes = list(_neglected(chance, grade, half)) if grade else []
            yield Sample(f"mixed-{half}-{number}", made(*changes))
            number += 1


def _neglected(chance: random.Random, grade: int, half: int) -> Iterator[Change]:
    for subject, faults in SUBJECTS.items():
        own = min(max(grade + chance.choice((-1, 0, 0, 1)), 0), len(FAULTS_OF_GRADE) - 1)
        kinds = [*faults, *(one for one in UNSEEN_BY_AXE if SUBJECT_OF_UNSEEN[one.fact] == subject)]
        number = min(chance.randint(*FAULTS_OF_GRADE[own]), len(kinds))
        for fault in chance.sample(kinds, number):
            yield chance.choice(fault.plant[half::2])


def form(*, labelled: bool) -> Sample:
    """A form in which no field has a label, or its repaired twin."""
    rows = (
        f'<label for="{one}">{one.title()}</label><input id="{one}" autocomplete="on">'
        if labelled
        else f'<p>{one.title()} <input id="{one}" autocomplete="on"></p>'
        for one in FIELDS
    )

    def change(draft: Draft) -> None:
        draft.parts.append(f"<form>{''.join(rows)}<p><button>Send</button></p></form>")

    name = "form-repaired" if labelled else "form-unlabelled"
    return Sample(name, made(change), "fields-without-label", not labelled)


def made(*changes: Change) -> str:
    """A page with these changes; those that set the style come first."""
    draft = Draft()
    for change in changes:
        kept = draft.style
        change(draft)
        if not draft.style.startswith(kept):  # it set the whole style: keep what others added
            draft.style = kept + draft.style.removeprefix(Draft().style)
    return draft.html()
