"""The operators' pages of people, teams, keys, invitations and requests."""

from teams.admin import (  # noqa: F401 - they register the pages
    audit_log,
    invitations,
    keys,
    people,
    requests,
    teams,
)
