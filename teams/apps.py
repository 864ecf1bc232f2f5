"""The `teams` app: who calls, and what they may do."""

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    """People, teams, roles, plans and credentials."""

    name = "teams"
    verbose_name = "Teams"
