"""What a measure is: a number with its unit, how good it is, and a sentence that says it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One thing counted on one page.

    `quality` is from 0 (as bad as it gets) to 1 (nothing to complain about), and None where
    there was nothing to measure. `says` is a clause that can be quoted.
    """

    value: float
    unit: str
    quality: float | None
    says: str

    @property
    def is_fault(self) -> bool:
        """Whether somebody could complain."""
        return self.quality is not None and self.quality < 0.85


def absent(unit: str, says: str) -> Measure:
    """Nothing to measure."""
    return Measure(0, unit, None, says)


def falling(value: float, *, best: float, worst: float) -> float:
    """Quality by a straight line: 1 at `best` and beyond, 0 at `worst` and beyond."""
    return min(max((worst - value) / (worst - best), 0.0), 1.0)


def intact(bad: int, total: int, *, harshness: float = 1.5) -> float:
    """Quality by the share that is faulty; with a harshness of 2, half of them is as bad as all."""
    return max(0.0, 1.0 - harshness * bad / total) if total else 1.0


def count(number: int, noun: str) -> str:
    """`1 link`, `2 links`."""
    return f"{number} {noun if number == 1 else noun + 's'}"


def quoted(text: str, limit: int = 40) -> str:
    """Words of the page, short, on one line, in quotation marks."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return f"“{line[: limit - 1]}…”" if len(line) > limit else f"“{line}”"
