"""The `teams` app: who calls, and what they may do."""

from importlib import import_module

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    """People, teams, roles, plans and credentials."""

    name = "teams"
    verbose_name = "Teams"

    def ready(self) -> None:
        """Register the credentials of the OpenAPI document, and what follows from a sign-in."""
        import_module("teams.rest.schema")
        import_module("teams.receivers")
