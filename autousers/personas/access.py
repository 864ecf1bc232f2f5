"""Finding an autouser, or one of its rubrics, on behalf of a caller."""

from typing import Any

from api import ids
from api.exceptions import BuiltInReadOnly, NotFound
from autousers.models import Autouser, Rubric
from teams.auth.permissions import require_role
from teams.auth.principals import Principal
from teams.models import Role


class AutouserNotFound(NotFound):
    """The autouser does not exist, or the caller may not see it."""

    code = "autouser_not_found"
    message = "There is no such autouser."


class RubricNotFound(NotFound):
    """The autouser has no such rubric."""

    code = "rubric_not_found"
    message = "This autouser has no such rubric."


def stored_id(raw_id: str) -> str | None:
    """The stored form of an autouser's id, from any accepted spelling."""
    return ids.parse(raw_id) or ids.parse_word(raw_id)


def find_autouser(principal: Principal, raw_id: str, *, lock: bool = False) -> Autouser:
    """Get an autouser the caller may see: a built-in one, or one of their teams.

    Raises:
        AutouserNotFound: when there is none.
    """
    queryset = Autouser.objects.visible_to(principal).select_related("team")
    if lock:
        queryset = queryset.select_for_update(of=("self",))
    autouser = queryset.filter(pk=stored_id(raw_id) or "").first()
    if autouser is None:
        raise AutouserNotFound
    return autouser


def find_own(principal: Principal, raw_id: str, needed: Role) -> Autouser:
    """Get an autouser that the caller may change, locked. All its changes take this lock.

    Raises:
        AutouserNotFound: when there is none.
        BuiltInReadOnly: when it comes with the server.
        InsufficientRole: when the caller's role in its team is too low.
    """
    autouser = find_autouser(principal, raw_id, lock=True)
    if autouser.team is None:
        raise BuiltInReadOnly("autouser")
    require_role(principal, autouser.team, needed)
    return autouser


def find_rubric(autouser: Autouser, raw_id: Any, *, param: str | None = None) -> Rubric:
    """Get a rubric of an autouser, locked.

    Raises:
        RubricNotFound: when it has none by that id.
    """
    rubrics = Rubric.objects.locked().filter(autouser=autouser)
    rubric = rubrics.filter(pk=ids.parse(raw_id) or "").first()
    if rubric is None:
        raise RubricNotFound(param=param)
    rubric.autouser = autouser
    return rubric
