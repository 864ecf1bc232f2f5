"""Calibration: how far an autouser's scores agree with those people gave.

Scores are steps on a scale, so a miss by one is less than a miss by three:
Cohen's κ is weighted by the square of the difference. So weighted it equals
the intraclass correlation for large samples (J. L. Fleiss and J. Cohen, The
Equivalence of Weighted Kappa and the Intraclass Correlation Coefficient as
Measures of Reliability, Educational and Psychological Measurement 33 (1973),
pp. 613-619). Krippendorff's α of the same pairs, ordinal, stands beside it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.exceptions import InvalidRequest
from autousers.calibration.pairing import Pair, Pairs, evaluations_with_pairs, pairs_of, reasons
from autousers.models import Autouser, CalibrationRun, Rubric, RubricStatus
from autousers.personas import rubrics
from evaluations.models import Evaluation
from ratings.reports.reliability import LEVEL
from ratings.statistics.agreement import ReliabilityData, cohen_kappa, krippendorff_alpha
from teams.auth.principals import Principal
from teams.models import User

#: From here on κ or α counts as agreement: where "moderate" ends in the bands of Landis and Koch.
CONVERGED_AT = 0.6

#: Below so many pairs κ is mostly chance, which the reply says.
FEW_PAIRS = 10

#: Disagreements that are kept, the widest first, and characters of what people said of each.
MOST_DISAGREEMENTS = 500
REASONING_LIMIT = 1_000

UNCALIBRATED = "Nobody has calibrated this autouser yet."


class NoSharedRatings(InvalidRequest):
    """No comparison has ratings of the autouser and of people on the same dimension."""

    code = "no_shared_ratings"
    message = (
        "There are no usable human ratings: calibration needs scores that both people and this "
        "autouser gave to the same comparison on the same dimension."
    )

    def __init__(self) -> None:
        super().__init__(param="evaluationId")


@dataclass(frozen=True)
class Measures:
    """Measures of agreement of two lists of scores; None where a measure is not defined."""

    kappa: float | None
    alpha: float | None
    percent: float
    sample_size: int

    @property
    def converged(self) -> bool:
        """Whether κ or α reaches `CONVERGED_AT`."""
        return any(
            value is not None and value >= CONVERGED_AT for value in (self.kappa, self.alpha)
        )


def start_calibration(
    *,
    autouser: Autouser,
    principal: Principal,
    evaluation: Evaluation | None,
    rubric: Rubric | None,
    values: dict[str, Any],
) -> CalibrationRun:
    """Measure an autouser whose row is locked, on an evaluation or else the newest that serves.

    Raises:
        NoSharedRatings: when there is nothing to compare.
    """
    evaluation = evaluation or evaluations_with_pairs(autouser, principal).first()
    if evaluation is None:
        raise NoSharedRatings
    if "rubric_override" in values:
        rubric = _override(autouser, principal.user, rubric, values["rubric_override"])
    found = pairs_of(autouser, evaluation, rubric, values.get("sample_size"))
    if not found.pairs:
        raise NoSharedRatings
    run = _measured(found, _scales(evaluation))
    run.autouser, run.evaluation, run.rubric = autouser, evaluation, rubric
    run.created_by = principal.user
    run.message = " ".join(_remarks(run, found, rubric))
    run.save(force_insert=True)
    rubrics.restate(autouser)
    return run


def measure(pairs: Sequence[Pair], scales: dict[str, tuple[float, float]]) -> Measures:
    """Measure the agreement of pairs, after converting all scores to one scale."""
    stretch = _stretch(scales)
    ours = [stretch(pair.dimension_id, pair.autouser_score) for pair in pairs]
    theirs = [stretch(pair.dimension_id, pair.human_score) for pair in pairs]
    both = ReliabilityData(
        {
            number: {"autouser": one, "people": other}
            for number, (one, other) in enumerate(zip(ours, theirs, strict=True))
        }
    )
    return Measures(
        kappa=cohen_kappa(ours, theirs, "quadratic"),
        alpha=krippendorff_alpha(both, LEVEL),
        percent=100 * sum(pair.agrees for pair in pairs) / len(pairs),
        sample_size=len(pairs),
    )


def disagreements_of(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """Where an autouser and people differ, the widest apart first, by the names of the API."""
    apart = sorted(
        (pair for pair in pairs if not pair.agrees),
        key=lambda pair: (-abs(pair.difference), pair.dimension_id, pair.rating_id),
    )[:MOST_DISAGREEMENTS]
    said = reasons(apart)
    return [
        {
            "ratingId": pair.rating_id,
            "dimensionId": pair.dimension_id,
            "autouserScore": pair.autouser_score,
            "humanScore": pair.human_score,
            "humanReasoning": "\n".join(said[pair.rating_id, pair.dimension_id])[:REASONING_LIMIT],
        }
        for pair in apart
    ]


def _measured(found: Pairs, scales: dict[str, tuple[float, float]]) -> CalibrationRun:
    overall = measure(found.pairs, scales)
    by_dimension: dict[str, list[Pair]] = {}
    for pair in found.pairs:
        by_dimension.setdefault(pair.dimension_id, []).append(pair)
    return CalibrationRun(
        kappa=overall.kappa,
        krippendorff_alpha=overall.alpha,
        agreement=overall.percent,
        sample_size=overall.sample_size,
        converged=overall.converged,
        by_dimension={
            dimension: _of_dimension(pairs, scales)
            for dimension, pairs in sorted(by_dimension.items())
        },
        disagreements=disagreements_of(found.pairs),
    )


def _of_dimension(pairs: Sequence[Pair], scales: dict[str, tuple[float, float]]) -> dict[str, Any]:
    measures = measure(pairs, scales)
    return {
        "kappa": measures.kappa,
        "krippendorffAlpha": measures.alpha,
        "agreementPercent": measures.percent,
        "sampleSize": measures.sample_size,
        "meanDifference": math.fsum(pair.difference for pair in pairs) / len(pairs),
        "converged": measures.converged,
    }


def _scales(evaluation: Evaluation) -> dict[str, tuple[float, float]]:
    rows = evaluation.dimensions.values_list("dimension_id", "minimum", "maximum")
    return {dimension_id: (low, high) for dimension_id, low, high in rows}


def _stretch(scales: dict[str, tuple[float, float]]) -> Any:
    """A function that converts a score to the common scale of all dimensions.

    Its length is a multiple of every scale's, so that steps stay whole.
    """
    lengths = {name: int(high - low) or 1 for name, (low, high) in scales.items()}
    common = math.lcm(*lengths.values())

    def stretch(name: str, score: float) -> float:
        low, _ = scales.get(name, (0, 0))
        return (score - low) * (common // lengths.get(name, common))

    return stretch


def _override(
    autouser: Autouser, author: User, rubric: Rubric | None, criteria_text: str
) -> Rubric:
    """Store a text sent for calibration as the next version of the rubric."""
    values: dict[str, Any] = {"criteria_text": criteria_text, "commit_message": "For calibration"}
    if rubric is not None:
        values |= {"name": rubric.name, "dimension_id": rubric.dimension_id}
    return rubrics.add_rubric(autouser=autouser, author=author, values=values)


def _remarks(run: CalibrationRun, found: Pairs, rubric: Rubric | None) -> list[str]:
    """Remarks on the figures, as sentences."""
    remarks = [_verdict(run)]
    if run.sample_size < FEW_PAIRS:
        remarks.append(f"There are only {run.sample_size} pairs; so few prove little.")
    if rubric is not None and not found.by_rubric:
        remarks.append(
            f"None of the autouser's ratings was given by {rubric.label}: these are older ones. "
            f"Run it again to measure {rubric.label}."
        )
    if rubric is not None and rubric.status == RubricStatus.DRAFT:
        remarks.append(f"{rubric.label} is a draft; make it active, or freeze it, to rate by it.")
    return remarks


def _verdict(run: CalibrationRun) -> str:
    if run.kappa is None:
        return (
            "κ is not defined, because every score is the same; "
            "rate designs that are better and worse."
        )
    figure = f"κ is {run.kappa:.2f}, agreement {run.agreement:.0f}%."
    if run.converged:
        return f"{figure} The autouser agrees with people."
    return (
        f"{figure} {CONVERGED_AT} is needed: look at the disagreements, improve the rubric, "
        "and run the autouser again."
    )
