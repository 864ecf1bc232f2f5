"""What tests of sharing need: shares, invites, and the paths of their routes."""

from typing import Any

from django.utils import timezone

from evaluations.models import Evaluation, Share
from teams.models import User
from tests.conftest import make_team, make_user


def make_share(evaluation_id: str, user: User, permission: str = "VIEWER") -> Share:
    return Share.objects.create(evaluation_id=evaluation_id, user=user, permission=permission)


def make_invite(
    evaluation_id: str,
    email: str = "invited@example.org",
    permission: str = "VIEWER",
    **extra: Any,
) -> Share:
    extra.setdefault("granted_by", Evaluation.objects.get(pk=evaluation_id).team.owner)
    extra.setdefault("expires_at", timezone.now() + Share.GOOD_FOR)
    return Share.objects.create(
        evaluation_id=evaluation_id, email=email, permission=permission, **extra
    )


def make_outsider(email: str = "outsider@example.org", **extra: Any) -> User:
    """A person with a team of their own and nothing else."""
    user = make_user(email, **extra)
    make_team(owner=user, name=f"The team of {email}")
    return user
