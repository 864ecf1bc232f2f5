"""An operator's rights at the moment of a change; `api.writes.rights` is the same for callers."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.utils import timezone


def confirm(request: Any) -> None:
    """Refuse a change whose operator has lost a right since the request began.

    Called inside the transaction of the change, as its last statement.

    Raises:
        PermissionDenied: after sign-out, deactivation, a new password, or the loss of a permission.
    """
    if not _is_signed_in(request) or not _may_as_much(request.user):
        raise PermissionDenied


def _is_signed_in(request: Any) -> bool:
    sessions = Session.objects.filter(expire_date__gt=timezone.now())
    return sessions.filter(pk=request.session.session_key).exists()


def _may_as_much(before: Any) -> bool:
    """Whether a person still has every permission that they had when they were read."""
    people = get_user_model().objects.filter(is_active=True, is_staff=True)
    present: Any = people.filter(pk=before.pk, password=before.password).first()
    if present is None or present.is_superuser:
        return present is not None
    return not before.is_superuser and (
        present.get_all_permissions() >= before.get_all_permissions()
    )
