"""What follows from changes of evaluations, files and teams."""

from typing import Any

from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from api.database.announced import follows
from evaluations.files import removal
from evaluations.models import Evaluation, EvaluationStatus, File, Template, TemplateStatus
from evaluations.sharing.services import end_shares_in
from evaluations.templates import services
from teams.models import User
from teams.signals import left_team


@receiver(left_team, dispatch_uid="end_shares_of_a_former_member")
def end_shares(team_id: str, user: User, **_: Any) -> None:
    """End the shares that a person holds of a team's evaluations when they leave the team."""
    end_shares_in(team_id=team_id, user=user)


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


@receiver(pre_delete, sender=Evaluation, dispatch_uid="delete_files_of_a_deleted_evaluation")
def delete_files(instance: Evaluation, **_: Any) -> None:
    """Delete the files that no other study shows."""
    removal.remove_with(instance)


@receiver(post_delete, sender=File, dispatch_uid="remove_bytes_of_a_deleted_file")
def remove_bytes(instance: File, **_: Any) -> None:
    """Delete the bytes after the deletion of the row is committed."""
    removal.remove_bytes_after_commit(instance)
