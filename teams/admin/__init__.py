"""The operators' pages of people, teams, keys, invitations and requests."""

from teams.admin import invitations, people, requests, teams  # noqa: F401 - register the pages
