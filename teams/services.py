"""Making people, teams and keys."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from teams import scopes as known_scopes
from teams.models import ApiKey, Plan, Team, User, default_plan


class UnknownScope(ValueError):
    """A scope that does not exist was asked for."""


def new_slug(name: str) -> str:
    """A slug for a team: its name, made unique by a few random characters where it is taken."""
    base = slugify(name)[:60] or "team"
    return base if not Team.objects.filter(slug=base).exists() else f"{base}-{secrets.token_hex(4)}"


@transaction.atomic
def create_team(*, name: str, owner: User, plan: str | None = None) -> Team:
    """Make a team and its Owner; without a plan it gets the installation's default."""
    return Team.objects.create(
        name=name, slug=new_slug(name), owner=owner, plan=Plan(plan or default_plan())
    )


@transaction.atomic
def register_user(*, email: str, password: str | None = None, name: str = "") -> User:
    """Make a person, with the personal team that every account has."""
    user = User.objects.create_user(email, password, name=name)
    create_personal_team(user)
    return user


def create_personal_team(user: User) -> Team:
    """Make the team that every account has to itself."""
    return create_team(name=f"{user.name or user.email.partition('@')[0]}'s team", owner=user)


def create_key(
    *,
    team: Team,
    user: User,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; the second value is its text, which cannot be read again.

    Raises:
        UnknownScope: naming the scopes that do not exist.
    """
    if strange := known_scopes.unknown(scopes):
        raise UnknownScope(f"There is no scope {', '.join(strange)}.")
    token = ApiKey.new_token()
    key = ApiKey.objects.create(
        team=team,
        user=user,
        name=name,
        prefix=token[: len(ApiKey.MARK) + ApiKey.SHOWN],
        digest=ApiKey.digest_of(token),
        scopes=list(scopes),
        expires_at=expires_at,
    )
    return key, token
