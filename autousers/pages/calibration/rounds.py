"""The rounds of a calibration as a picture, and in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from autousers.calibration.services import CONVERGED_AT, FEW_PAIRS
from autousers.models import Autouser, CalibrationRun
from ratings.statistics.agreement import interpretation

#: Rounds in the picture, and in the table behind it.
DRAWN = 12
LISTED = 50

#: The picture in pixels: the room above, the height of the scale, and the room for names below.
TOP, SCALE, FOOT = 10, 150, 34

#: The room at the left for the numbers of the scale, and at the right, in percent.
LEFT, RIGHT = 9.0, 3.0


@dataclass(frozen=True)
class Point:
    """A round in the picture."""

    x: str
    kappa: float | None
    alpha: float | None
    run: CalibrationRun

    @property
    def kappa_at(self) -> float | None:
        """Where κ is, in pixels from the top."""
        return None if self.kappa is None else height_of(self.kappa)

    @property
    def alpha_at(self) -> float | None:
        """Where α is, in pixels from the top."""
        return None if self.alpha is None else height_of(self.alpha)

    @property
    def rubric(self) -> str:
        """The version that was measured."""
        return self.run.rubric.label if self.run.rubric else "–"


@dataclass(frozen=True)
class Rounds:
    """The newest rounds of an autouser, oldest first."""

    runs: Sequence[CalibrationRun]
    is_cut: bool

    @classmethod
    def of(cls, autouser: Autouser) -> "Rounds":
        """Read them; one query."""
        found = CalibrationRun.objects.filter(autouser=autouser).order_by("-created_at", "-pk")
        found = found.select_related("rubric", "evaluation", "created_by")
        found = found.defer("disagreements", "rubric__criteria_text", "evaluation__wizard")
        newest = list(found[: LISTED + 1])
        return cls(newest[:LISTED][::-1], len(newest) > LISTED)

    @property
    def newest(self) -> CalibrationRun | None:
        """The newest round."""
        return self.runs[-1] if self.runs else None

    @cached_property
    def points(self) -> list[Point]:
        """The rounds in the picture, from left to right."""
        drawn = self.runs[-DRAWN:]
        width = (100 - LEFT - RIGHT) / max(len(drawn), 1)
        return [
            Point(f"{LEFT + width * (place + 0.5):.2f}%", run.kappa, run.krippendorff_alpha, run)
            for place, run in enumerate(drawn)
        ]

    @property
    def joined(self) -> list[tuple[Point, Point]]:
        """Neighbours that both have a κ: a line joins them."""
        pairs = zip(self.points, self.points[1:], strict=False)
        return [(one, two) for one, two in pairs if None not in (one.kappa, two.kappa)]

    @property
    def lines(self) -> list[tuple[float, str]]:
        """The lines of the scale, which is shown as a whole: height and name."""
        return [(height_of(value), signed(value, "g")) for value in (1, 0.5, 0, -0.5, -1)]

    @property
    def enough(self) -> float:
        """The height from which on agreement is enough."""
        return height_of(CONVERGED_AT)

    @property
    def foot(self) -> int:
        """Where the names of the rounds stand."""
        return TOP + SCALE + 16

    @property
    def height(self) -> int:
        """Of the whole picture."""
        return TOP + SCALE + FOOT

    @property
    def sentence(self) -> str:
        """What came of the rounds, in a sentence or two."""
        newest = self.newest
        if newest is None:
            return "Nobody has compared this autouser with people yet."
        if newest.kappa is None:
            return (
                "In the last round κ is not defined: all scores were the same. "
                "Rate designs that are better and worse."
            )
        return f"{self._change(newest)} {self._verdict(newest)}"

    @property
    def named(self) -> str:
        """The picture in words: κ of each round in it."""
        values = ", ".join(
            "not defined" if point.kappa is None else signed(point.kappa) for point in self.points
        )
        return f"κ by round, oldest first: {values}. From {CONVERGED_AT:g} on it is enough."

    def _change(self, newest: CalibrationRun) -> str:
        """From the first round that has a κ to the last one."""
        first = next(run for run in self.runs if run.kappa is not None)
        if newest.kappa is None or first.kappa is None:
            return ""
        now = signed(newest.kappa)
        if first is newest:
            return f"κ is {now} over {newest.sample_size} pairs of scores."
        before = signed(first.kappa)
        change = newest.kappa - first.kappa
        verb = "stayed near" if abs(change) < 0.05 else "rose to" if change > 0 else "fell to"
        return f"κ {verb} {now} from {before} over {len(self.runs)} rounds."

    def _verdict(self, newest: CalibrationRun) -> str:
        word = MEANING.get(interpretation(newest.kappa) or "", "")
        few = " Few pairs prove little." if newest.sample_size < FEW_PAIRS else ""
        enough = "That is enough" if newest.converged else f"{CONVERGED_AT:g} would be enough"
        return f"{enough}: autouser and people {word}.{few}"


#: What an agreement means, by the words of Landis and Koch.
MEANING = {
    "poor": "contradict each other",
    "slight": "hardly agree",
    "fair": "agree a little, and often differ by more than a step",
    "moderate": "give the same order, but are often a step apart",
    "substantial": "are mostly within a step",
    "near_perfect": "nearly always give the same step",
}


def signed(value: float, form: str = ".2f") -> str:
    """A figure with a minus that is as wide as a plus."""
    return f"{value:{form}}".replace("-", "\N{MINUS SIGN}")


def height_of(value: float) -> float:
    """Where a value from -1 to 1 is, in pixels from the top."""
    return round(TOP + SCALE * (1 - value) / 2, 1)
