"""The operators' pages of evaluations, of their files, of sharing them, and of templates."""

from evaluations.admin import evaluations, files, sharing, templates

__all__ = ["evaluations", "files", "sharing", "templates"]
