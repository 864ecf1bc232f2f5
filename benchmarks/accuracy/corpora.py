"""The corpora: pages by code, and what is true of each of them."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.accuracy.faults import FAULTS, UNSEEN_BY_AXE, Change, Fault
from benchmarks.accuracy.page import Draft

MIX: tuple[tuple[float, int, int], ...] = (
    (0.15, 0, 0),
    (0.20, 1, 2),
    (0.25, 3, 5),
    (0.25, 6, 9),
    (0.15, 10, 15),
)
"""Of the mixed corpus: the part of the pages, and the fewest and most faults of each."""

MIXED_PAGES = 60
FIELDS = ("name", "street", "town", "day", "people", "mail", "phone")


@dataclass(frozen=True)
class Sample:
    """One page, the fact it is about, and whether that fault is on it."""

    name: str
    html: str
    fact: str = ""
    at_fault: bool = False
    wcag_faults: int = 0


def of_rules(faults: Iterable[Fault] = FAULTS) -> Iterator[Sample]:
    """For each rule, faulty pages and their sound twins."""
    for fault in faults:
        for at_fault, changes in ((True, fault.plant), (False, fault.sound)):
            for number, change in enumerate(changes):
                word = "faulty" if at_fault else "sound"
                name = f"{fault.fact}-{word}-{number}"
                if fault in UNSEEN_BY_AXE:
                    name = f"unseen-{name}"
                yield Sample(name, made(change), fault.fact, at_fault)


def unseen_by_axe() -> Iterator[Sample]:
    """Pages with one fault that no rule of axe sees, and as many with none."""
    yield from of_rules(UNSEEN_BY_AXE)


def mixed(seed: int = 7) -> Iterator[Sample]:
    """Pages with none to many faults, in the shares of `MIX`."""
    chance = random.Random(seed)  # noqa: S311 - a corpus, no secret
    faults = [one for one in (*FAULTS, *UNSEEN_BY_AXE) if one.fact != "keyboard-trap"]
    number = 0
    for part, fewest, most in MIX:
        for _ in range(round(part * MIXED_PAGES)):
            chosen = chance.sample(faults, chance.randint(fewest, most))
            changes = [chance.choice(one.plant) for one in chosen]
            wcag = len({one.fact for one in chosen if one.wcag})
            yield Sample(f"mixed-{number}", made(*changes), wcag_faults=wcag)
            number += 1


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
