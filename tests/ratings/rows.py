"""Reliability data as one can see them: a row per rater."""

from ratings.statistics.agreement import ReliabilityData


def data_of(rows: list[str], *, number: bool = False) -> ReliabilityData:
    """One row per rater, one sign per unit, a dot where there is no rating."""
    return ReliabilityData.of(
        (unit, rater, None if sign == "." else int(sign) if number else sign)
        for rater, row in enumerate(rows)
        for unit, sign in enumerate(row)
    )
