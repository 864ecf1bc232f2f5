"""The operators' pages of evaluations and templates."""

from evaluations.admin import evaluations, templates

__all__ = ["evaluations", "templates"]
