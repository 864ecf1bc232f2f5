"""The operators' pages of autousers, rubrics, calibrations, runs and observations."""

from autousers.admin import observations, personas, rubrics, runs

__all__ = ["observations", "personas", "rubrics", "runs"]
