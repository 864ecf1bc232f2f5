"""The base of the routes of teams and their members."""

from django.conf import settings
from django.utils.functional import classproperty

from api.rest.views import ApiView
from teams.auth.scopes import EVERYTHING


class TeamApiView(ApiView):
    """A route below `/teams`: every key may read, and only a key with every scope may change.

    A change of a team or its members can affect everything in it, so no narrower scope is enough.
    """

    write_scope = EVERYTHING

    @classproperty
    def scope_hint(cls) -> str:
        """The other way to make such a change."""
        page = f"{settings.PUBLIC_URL}/settings/members"
        return f"Teams and members are also changed by people, on {page}."
