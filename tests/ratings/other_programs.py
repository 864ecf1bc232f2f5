"""The same measures from other packages, to compare ours with.

They take a second to import, so each is imported by the tests that compare and not by all that
collect.
"""

from typing import Any


def cohen_kappa_score(*ratings: Any, **options: Any) -> float:
    """Cohen's kappa by scikit-learn."""
    from sklearn import metrics

    return float(metrics.cohen_kappa_score(*ratings, **options))


def krippendorff_alpha(rows: list[list[float]], level: str) -> float:
    """Krippendorff's alpha by the package of this name; NaN is a missing rating."""
    import krippendorff
    import numpy

    table = numpy.array(rows)
    return float(krippendorff.alpha(reliability_data=table, level_of_measurement=level))


def scipy_stats() -> Any:
    """The distributions of SciPy."""
    from scipy import stats

    return stats


def import_all() -> None:
    """Import them now: Hypothesis counts the time of an import against the example that does it."""
    scipy_stats()
    cohen_kappa_score([0, 1], [0, 1])
    krippendorff_alpha([[0, 1], [0, 1]], "nominal")
