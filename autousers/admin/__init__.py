"""The operators' pages of autousers, rubrics, calibrations and runs."""

from autousers.admin import personas, runs

__all__ = ["personas", "runs"]
