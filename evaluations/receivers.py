"""Changes of templates that follow from changes of their evaluation."""

from typing import Any

from django.dispatch import receiver

from api.database.announced import follows
from evaluations.models import Evaluation, EvaluationStatus, Template, TemplateStatus
from evaluations.templates import services


@receiver(follows, sender=Evaluation, dispatch_uid="activate_templates_of_a_running_evaluation")
def activate_own_templates(
    instance: Evaluation,
    created: bool,
    update_fields: frozenset[str] | None,
    **_: Any,
) -> None:
    """Activate the evaluation's own draft templates when it starts."""
    if created or instance.moved(update_fields) is None:
        return
    if instance.status == EvaluationStatus.RUNNING and instance.wizard.get("customDimensions"):
        drafts = Template.objects.filter(made_for=instance, status=TemplateStatus.DRAFT)
        services.activate(drafts.select_for_update(of=("self",)).order_by("pk"))
