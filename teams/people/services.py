"""Making people, teams and keys."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import RestrictedError
from django.utils.text import slugify

from api.exceptions import InvalidRequest
from teams.auth import scopes as known_scopes
from teams.limits import daily
from teams.models import ApiKey, Plan, Team, User, default_plan
from teams.people import places
from teams.people.notices import queue_key_made


class UnknownScope(ValueError):
    """A scope that does not exist was asked for."""


class PersonalTeam(InvalidRequest):
    """A personal team cannot be deleted or transferred."""

    code = "personal_team"
    message = (
        "A personal team stays with its account: it can be neither deleted nor handed over. "
        "Make a team of its own for what you share."
    )


class TooManyTeams(InvalidRequest):
    """A person owns as many teams as the server allows, or made as many today."""

    code = "too_many_teams"


class TeamInUse(InvalidRequest):
    """Another team still uses something of this one, for example an autouser."""

    code = "team_in_use"
    message = (
        "Another team still uses something of this one: evaluations that moved there were rated "
        "by its autousers. Delete those evaluations first."
    )


class RevokedKey(InvalidRequest):
    """A revoked API key cannot be changed."""

    code = "api_key_revoked"
    message = "This API key was revoked and cannot be changed. Make a new one."


class WiderScopes(InvalidRequest):
    """The request adds a scope to an API key. Scopes can only be removed."""

    code = "scopes_widened"

    def __init__(self, more: Sequence[str]) -> None:
        super().__init__(
            f"An API key's scopes can only be narrowed, and this one does not hold "
            f"{', '.join(more)}. Make a new key.",
            param="scopes",
        )


def new_slug(name: str) -> str:
    """A slug for a team: its name, made unique by a few random characters where it is taken."""
    base = slugify(name)[:60] or "team"
    return base if not Team.objects.filter(slug=base).exists() else f"{base}-{secrets.token_hex(4)}"


@transaction.atomic
def create_team(
    *,
    name: str,
    owner: User,
    plan: str | None = None,
    description: str = "",
    is_personal: bool = False,
) -> Team:
    """Make a team and its Owner; without a plan it gets the installation's default."""
    team = Team(
        name=name,
        slug=new_slug(name),
        owner=owner,
        plan=Plan(plan or default_plan()),
        description=description,
        is_personal=is_personal,
    )
    try:
        with transaction.atomic():
            team.save(force_insert=True)
    except IntegrityError:  # another request took the slug meanwhile, or a bug
        team.slug = f"{team.slug[:60]}-{secrets.token_hex(4)}"
        team.save(force_insert=True)
    return team


@transaction.atomic
def found_team(*, owner: User, name: str, description: str = "") -> Team:
    """Make a team at a person's own request, within limits.

    Raises:
        TooManyTeams: when they own as many as one person may, or made as many today.
    """
    refuse_another_team(owner)
    # Also counted by day: each new team has a fresh quota, so deleting and making teams must be
    # limited.
    limit = settings.TEAMS_PER_PERSON
    if not daily.count(f"teams user:{owner.pk}", limit):
        raise TooManyTeams(
            f"{owner.email} made {limit} teams today, which is the most for one day (UTC). "
            "Go on tomorrow."
        )
    return create_team(name=name, owner=owner, description=description)


def refuse_another_team(person: User, *, param: str | None = None) -> None:
    """Refuse one more team, if the person owns as many as allowed besides the personal one.

    Their row stays locked, so that two concurrent requests are both counted.

    Raises:
        TooManyTeams: when they own as many as one person may.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    owned = Team.objects.filter(owner=person, is_personal=False).count()
    if owned >= settings.TEAMS_PER_PERSON:
        raise TooManyTeams(
            f"{person.email} owns {owned} teams besides the personal one, and this server allows "
            f"{settings.TEAMS_PER_PERSON}. Delete one first, or hand it over.",
            param=param,
        )


@transaction.atomic
def delete_team(team: Team) -> None:
    """Delete a team for good, with all its rows.

    Raises:
        PersonalTeam: for the one that came with an account.
        TeamInUse: when something of another team refers to something of it.
    """
    if team.is_personal:
        raise PersonalTeam
    places.keep(team, team.people())
    try:
        team.delete()
    except RestrictedError as error:
        raise TeamInUse from error


@transaction.atomic
def register_user(*, email: str, password: str | None = None, name: str = "") -> User:
    """Make a person, with the personal team that every account has."""
    user = User.objects.create_user(email, password, name=name)
    create_personal_team(user)
    return user


@transaction.atomic
def find_or_register(email: str, *, name: str = "") -> User:
    """The person with an address; a new one without password, if there is none."""
    user = User.objects.with_address(email)
    if user is not None:
        return user
    try:
        return register_user(email=email, name=name)
    except IntegrityError:  # another request registered them meanwhile
        return User.objects.get_by_natural_key(email)


def create_personal_team(user: User) -> Team:
    """Make the team that every account has to itself."""
    name = user.name or user.email.partition("@")[0]
    return create_team(name=f"{name[:190]}'s team", owner=user, is_personal=True)


@transaction.atomic
def create_key(
    *,
    team: Team,
    user: User,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key, and tell its maker by mail; the second value is its text, shown this once.

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
        scopes=list(dict.fromkeys(scopes)),
        expires_at=expires_at,
    )
    queue_key_made(key)
    return key, token


def update_key(
    *, key: ApiKey, name: str | None = None, scopes: Sequence[str] | None = None
) -> None:
    """Rename a key whose row is locked, or take scopes from it.

    Raises:
        RevokedKey: when it was revoked.
        WiderScopes: naming the scopes that would let it do more than before.
    """
    if key.revoked_at is not None:
        raise RevokedKey
    if name is not None:
        key.name = name
    if scopes is not None:
        if more := [scope for scope in scopes if not known_scopes.grants(key.scopes, scope)]:
            raise WiderScopes(more)
        key.scopes = list(dict.fromkeys(scopes))
    key.save(update_fields=["name", "scopes"])
