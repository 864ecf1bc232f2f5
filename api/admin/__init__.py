"""The base of the operators' admin, and the pages of the plumbing's own rows."""

from api.admin import rows  # noqa: F401 - registers the pages
