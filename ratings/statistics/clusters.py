"""Values that come in clusters: several looks of the same rater are not several raters.

The mean counts every value. How sure it is counts raters: with values y of m raters, of whom
rater j gave n_j with the sum s_j, and N values with the mean ȳ, the variance of ȳ is

    m / (m - 1) · Σ (s_j - n_j ȳ)² / N²

With one value of each rater this is the sample's variance divided by N.

Source: W. G. Cochran, Sampling Techniques, 3rd edition, 1977, section 9A.4: the ratio estimator of
clusters of unequal size.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Raters:
    """How many raters gave some values, and the sums over raters that the variance needs.

    They are sums of n², s² and n · s, so that a database can add them up.
    """

    count: int
    looks_squared: float
    sums_squared: float
    products: float

    @classmethod
    def of(cls, rated: Iterable[tuple[int, float]]) -> "Raters":
        """Of raters given by their number of values and its sum."""
        pairs = list(rated)
        return cls(
            count=len(pairs),
            looks_squared=sum(n * n for n, _ in pairs),
            sums_squared=sum(s * s for _, s in pairs),
            products=sum(n * s for n, s in pairs),
        )

    def variance_of_mean(self, total: int, mean: float) -> float | None:
        """The variance of the mean of all values; None for fewer than two raters."""
        if self.count < 2 or not total:
            return None
        squares = self.sums_squared - 2 * mean * self.products + mean**2 * self.looks_squared
        # A sum of squares in floating point can be slightly negative.
        return max(squares, 0.0) * self.count / (self.count - 1) / total**2
