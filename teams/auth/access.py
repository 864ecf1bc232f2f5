"""Finding teams and keys on behalf of a caller."""

from api import ids
from api.exceptions import NotFound
from teams.auth.permissions import InsufficientRole, TeamNotFound
from teams.auth.principals import Principal
from teams.models import ApiKey, Role, Team


class ApiKeyNotFound(NotFound):
    """The API key does not exist, or it belongs to another person."""

    code = "api_key_not_found"
    message = "There is no such API key."


def find_team(principal: Principal, raw_id: str, *, lock: bool = False) -> Team:
    """Get a team the caller may see.

    Raises:
        TeamNotFound: when there is none.
    """
    teams = Team.objects.visible_to(principal)
    team = (teams.locked() if lock else teams).filter(pk=ids.parse(raw_id) or "").first()
    if team is None:
        raise TeamNotFound
    return team


def require_owner(principal: Principal, team: Team) -> None:
    """Refuse everybody but the Owner of a team whose row is locked.

    The row counts, and not the caller's role, which was read before the lock: the team may have
    been handed over since.

    Raises:
        InsufficientRole: when the caller is not the Owner, or no longer.
    """
    if team.owner_id != principal.user.pk:
        raise InsufficientRole(Role.OWNER)


def find_key(principal: Principal, raw_id: str) -> ApiKey:
    """Get a key that the caller may change, and lock it.

    Raises:
        ApiKeyNotFound: when there is none.
    """
    keys = ApiKey.objects.visible_to(principal).locked()
    key = keys.filter(pk=ids.parse(raw_id) or "").first()
    if key is None:
        raise ApiKeyNotFound
    return key
