"""The operators' pages of autousers, rubrics, calibrations and runs."""

from autousers.admin import personas, rubrics, runs

__all__ = ["personas", "rubrics", "runs"]
