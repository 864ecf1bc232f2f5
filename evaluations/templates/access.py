"""Finding templates on behalf of a caller."""

from typing import Any

from api import ids
from api.exceptions import BuiltInReadOnly, NotFound
from api.models import DeletedRow
from evaluations.models import Template, TemplateVersion
from evaluations.templates import dimensions
from evaluations.templates.services import RESOURCE
from teams.auth.permissions import require_role
from teams.auth.principals import Principal
from teams.models import Role, Team


class TemplateNotFound(NotFound):
    """The template does not exist, or the caller may not see it."""

    code = "template_not_found"
    message = "There is no such template."


class TemplateVersionNotFound(NotFound):
    """The template has no such version."""

    code = "template_version_not_found"
    message = "The template has no such version."


def stored_id(raw: str) -> str | None:
    """The stored form of a template's id, from any accepted spelling."""
    return ids.parse(raw) or dimensions.built_in_id(raw)


def find_template(principal: Principal, raw_id: str) -> Template:
    """Get a template the caller may see. The members of a set are found through their set.

    Raises:
        TemplateNotFound: when there is none.
    """
    found = Template.objects.visible_to(principal).listed().filter(pk=stored_id(raw_id)).first()
    if found is None:
        raise TemplateNotFound
    return found


def find_to_change(principal: Principal, raw_id: str) -> Template:
    """Get a template that the caller may change, locked until the transaction ends.

    Raises:
        TemplateNotFound: when there is none.
        BuiltInReadOnly: when it belongs to the server.
        InsufficientRole: when the caller is no Editor of its team.
    """
    visible = Template.objects.visible_to(principal).listed().select_related("team")
    found = visible.select_for_update(of=("self",)).filter(pk=stored_id(raw_id)).first()
    if found is None:
        raise TemplateNotFound
    if found.team is None:
        raise BuiltInReadOnly("template")
    require_role(principal, found.team, Role.EDITOR)
    return found


def find_version(template: Template, raw_id: str, *, param: str | None = None) -> TemplateVersion:
    """Get a version of a template.

    Raises:
        TemplateVersionNotFound: when it has none of this id; `param` is the field that named it.
    """
    versions = template.versions.select_related("changed_by")
    found = versions.filter(pk=ids.parse(raw_id)).first()
    if found is None:
        raise TemplateVersionNotFound(param=param)
    return found


def place_in_list(principal: Principal, cursor: str) -> tuple[Any, str] | None:
    """The position of a template in the caller's list; also of a deleted one."""
    pk = stored_id(cursor)
    if pk is None:
        return None
    visible = Template.objects.visible_to(principal).listed().filter(pk=pk)
    teams = Team.objects.visible_to(principal).values("pk")
    gone = DeletedRow.objects.filter(pk=pk, resource=RESOURCE, team_id__in=teams)
    return (
        visible.values_list("updated_at", "pk").first() or gone.values_list("sort_at", "pk").first()
    )
