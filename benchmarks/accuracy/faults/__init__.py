"""Faults to plant, each with twins that look like it and are sound, by subject."""

from collections.abc import Mapping

from benchmarks.accuracy.faults import looks, names, operating, promises, unseen, words
from benchmarks.accuracy.faults.planting import Change, Fault

SUBJECTS: Mapping[str, tuple[Fault, ...]] = {
    "names and structure": names.FAULTS,
    "operating": operating.FAULTS,
    "looks": looks.FAULTS,
    "words": words.FAULTS,
    "trust": promises.FAULTS,
}
"""Faults with rules that one of both observers has."""

FAULTS: tuple[Fault, ...] = tuple(one for faults in SUBJECTS.values() for one in faults)
UNSEEN_BY_AXE: tuple[Fault, ...] = unseen.FAULTS

SUBJECT_OF_UNSEEN: Mapping[str, str] = {
    "focus-invisible": "operating",
    "no-reflow": "operating",
    "low-contrast": "looks",
    "moves-unstoppably": "looks",
    "keyboard-trap": "",
}
"""Where they are planted in mixed pages; traps are not, as they hide what is behind them."""

__all__ = ["FAULTS", "SUBJECTS", "SUBJECT_OF_UNSEEN", "UNSEEN_BY_AXE", "Change", "Fault"]
