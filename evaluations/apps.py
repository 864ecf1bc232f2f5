"""The `evaluations` app: the study itself."""

from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    """Evaluations and the comparisons they are made of."""

    name = "evaluations"
    verbose_name = "Evaluations"

    def ready(self) -> None:
        """Connect the receivers."""
        from evaluations import receivers  # noqa: F401 - models must be loaded first
