"""The operators' pages of evaluations, of sharing them, and of templates."""

from evaluations.admin import evaluations, sharing, templates

__all__ = ["evaluations", "sharing", "templates"]
