"""The `evaluations` app: evaluations and templates."""

from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    """Evaluations, their comparisons, and the templates of dimensions."""

    name = "evaluations"
    verbose_name = "Evaluations"

    def ready(self) -> None:
        """Connect the receivers."""
        from evaluations import receivers  # noqa: F401 - models must be loaded first
