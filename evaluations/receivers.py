"""What follows for templates from what happens to their evaluation."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from evaluations import templates
from evaluations.models import Evaluation, EvaluationStatus, Template, TemplateStatus


@receiver(post_save, sender=Evaluation, dispatch_uid="activate_templates_of_a_running_evaluation")
def activate_own_templates(
    instance: Evaluation,
    created: bool,
    raw: bool = False,
    update_fields: frozenset[str] | None = None,
    **_: Any,
) -> None:
    """The dimensions made for a study are no drafts any more once it runs."""
    if raw or created or instance.moved(update_fields) is None:
        return
    if instance.status == EvaluationStatus.RUNNING and instance.wizard.get("customDimensions"):
        drafts = Template.objects.filter(made_for=instance, status=TemplateStatus.DRAFT)
        templates.activate(drafts.select_for_update(of=("self",)).order_by("pk"))
