"""The rules of making, changing and deleting autousers."""

from typing import Any

from django.utils import timezone

from api.database.columns import editable_columns
from autousers.models import Autouser, Visibility
from teams.models import Team, User

NAME_LIMIT = 200
COPY = " (copy)"

#: The columns that a copy takes from the original; it gets its own name and visibility.
PERSONA = editable_columns(Autouser) - {"name", "visibility"}


def create_autouser(*, team: Team, author: User, values: dict[str, Any]) -> Autouser:
    """Make an autouser of a team from a validated body. It has no rubric yet."""
    autouser = Autouser(team=team, created_by=author, **values)
    autouser.updated_at = autouser.created_at
    autouser.save(force_insert=True)
    return autouser


def update_autouser(autouser: Autouser, changes: dict[str, Any]) -> bool:
    """Apply validated changes to an autouser whose row the caller has locked, and save it.

    Nothing is written when nothing differs; False says so.
    """
    changed = [name for name, value in changes.items() if getattr(autouser, name) != value]
    if not changed:
        return False
    for name in changed:
        setattr(autouser, name, changes[name])
    touch(autouser, *changed)
    return True


def delete_autouser(autouser: Autouser) -> None:
    """Delete an autouser softly: it leaves all lists; its ratings and runs stay.

    A run that is queued or under way goes on: it was asked for while the
    autouser was there. A new one cannot be queued.
    """
    autouser.deleted_at = timezone.now()
    autouser.save(update_fields=["deleted_at"])  # not updated_at: list cursors refer to it


def duplicate_autouser(*, source: Autouser, team: Team, author: User) -> Autouser:
    """Make a team's own copy of a persona, a built-in one or another of its own.

    Rubrics are not copied: the agreement of the original with people says nothing
    about a changed copy.
    """
    values = {name: getattr(source, name) for name in PERSONA}
    name = source.name[: NAME_LIMIT - len(COPY)] + COPY
    values |= {"name": name, "visibility": Visibility.PRIVATE}
    return create_autouser(team=team, author=author, values=values)


def touch(autouser: Autouser, *fields: str) -> None:
    """Save fields of an autouser, which moves it to the front of its list."""
    autouser.updated_at = timezone.now()
    autouser.save(update_fields=[*fields, "updated_at"])
