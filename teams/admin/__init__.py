"""The operators' pages of people, teams, keys, invitations, notifications and requests."""

from teams.admin import (  # noqa: F401 - they register the pages
    audit_log,
    invitations,
    keys,
    notifications,
    people,
    requests,
    teams,
)
