"""Confidence intervals of means and shares, from SQL aggregates."""

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

CONFIDENCE = 0.95
"""The share of such intervals that hold the true value."""

MOST_EXACT_DEGREES = 100
"""Up to here Student's t is solved for; beyond, a series is as good and takes no loop."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval."""

    lower: float
    upper: float

    @property
    def margin(self) -> float:
        """Half its width: the number after ±."""
        return (self.upper - self.lower) / 2


def mean_interval(
    n: int, mean: float | None, variance: float | None, *, confidence: float = CONFIDENCE
) -> Interval | None:
    """Where the mean of the population lies, after n values with this mean and variance.

        mean ± t(confidence, n - 1) · √(variance / n)

    `variance` is the sample's, divided by n - 1: SQL's VAR_SAMP, Django's
    `Variance(…, sample=True)`. None below two values, which say nothing about their spread.
    The interval knows no scale: its ends may lie outside of what can be given.

    Source: Student, The Probable Error of a Mean, Biometrika 6 (1908), pp. 1-25; in the form of
    R. A. Fisher, Statistical Methods for Research Workers, 1925, § 23-24.
    """
    if n < 2 or mean is None or variance is None:
        return None
    # A sum of squares in floating point can be slightly negative.
    margin = student_t(confidence, n - 1) * math.sqrt(max(variance, 0.0) / n)
    return Interval(mean - margin, mean + margin)


def wilson_interval(successes: float, n: int, *, confidence: float = CONFIDENCE) -> Interval | None:
    """Where the share of the population lies, after so many successes in n; within 0 and 1.

        (p + z²/2n ± z √(p (1 - p)/n + z²/4n²)) / (1 + z²/n),  p = successes / n

    Unlike p ± z √(p (1 - p)/n) it makes sense for few values and for shares of 0 and 1.
    None without values. `successes` may be a sum of shares, each within 0 and 1. Raises
    ValueError for successes below 0 or above n.

    Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference,
    Journal of the American Statistical Association 22 (1927), pp. 209-212.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share.")
    if n == 0:
        return None
    z2 = _normal(confidence) ** 2
    centre = successes + z2 / 2
    reach = math.sqrt(z2 * (successes * (n - successes) / n + z2 / 4))
    # At 1 the end is exact; rounding could move it outside.
    upper = 1.0 if successes == n else (centre + reach) / (n + z2)
    return Interval((centre - reach) / (n + z2), upper)


@lru_cache(maxsize=1024)
def student_t(confidence: float, degrees: int) -> float:
    """The t that |T| stays below with this confidence, T being Student's with these degrees.

    Within a relative error of 1e-8 for confidences from 0.5 to 0.999. Solved by Newton's method
    up to MOST_EXACT_DEGREES: the normal quantile lies below the root and the probability is
    concave, so each step comes closer from below. Beyond, the first four corrections of the
    normal quantile z:

        t = z + g1/ν + g2/ν² + g3/ν³ + g4/ν⁴

    Source: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 1964, p. 949,
    26.7.5. Raises ValueError for a confidence that is not between 0 and 1, or no degrees.
    """
    if degrees < 1:
        raise ValueError("Student's t needs at least one degree of freedom.")
    z = _normal(confidence)
    if degrees > MOST_EXACT_DEGREES:
        return _corrected(z, degrees)
    t = z
    for _ in range(100):
        step = (confidence - _probability_within(t, degrees)) / (2 * _density(t, degrees))
        t += step
        if step <= 1e-12 * t:
            break
    return t


def _normal(confidence: float) -> float:
    """The z that a standard normal |Z| stays below with this confidence."""
    if not 0 < confidence < 1:
        raise ValueError("A confidence lies between 0 and 1.")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _corrected(z: float, degrees: int) -> float:
    """Abramowitz and Stegun 26.7.5."""
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    g4 = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + g1 / degrees + g2 / degrees**2 + g3 / degrees**3 + g4 / degrees**4


def _probability_within(t: float, degrees: int) -> float:
    """How likely |T| stays below t: Abramowitz and Stegun 26.7.3 (odd) and 26.7.4 (even)."""
    angle = math.atan(t / math.sqrt(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term = total = cosine if odd else 1.0
    for k in range(2 + odd, degrees, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    if not odd:
        return sine * total
    return 2 / math.pi * (angle + (sine * total if degrees > 1 else 0.0))


def _density(t: float, degrees: int) -> float:
    half = degrees / 2
    factor = math.exp(math.lgamma(half + 0.5) - math.lgamma(half)) / math.sqrt(degrees * math.pi)
    return factor * (1 + t * t / degrees) ** -(half + 0.5)
