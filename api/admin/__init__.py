"""The base of the operators' admin, and the pages of the rows that `api` keeps."""

from api.admin import rows  # noqa: F401 - registers the pages
