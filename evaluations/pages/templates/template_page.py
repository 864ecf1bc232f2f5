"""The base of the pages about templates."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.exceptions import ApiError, BuiltInReadOnly
from evaluations.models import EvaluationDimension, Template
from evaluations.templates.access import find_template
from teams.auth.permissions import require_role
from teams.auth.principals import Principal
from teams.models import Role
from teams.pages.team_page import TeamPage


class TemplatePage(TeamPage):
    """Base of the pages of templates. Who may do what is the API's own rule."""

    section = "templates"

    def show(self, request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
        """The page, with what the person may do."""
        context["may_make"] = self.has_role(self.team.pk, Role.EDITOR)
        found = context.get("found")
        if found is not None:
            own = found.team_id is not None
            context["may_edit"] = own and self.has_role(found.team_id, Role.EDITOR)
        return super().show(request, status=status, **context)

    def found(self, id: str) -> Template:
        """The template.

        Raises:
            TemplateNotFound: when the person may see none of this id.
        """
        return find_template(self.principal, id)

    def found_to_change(self, id: str) -> Template:
        """The template, for its Editors; it is not locked.

        Raises:
            TemplateNotFound, BuiltInReadOnly, InsufficientRole: as the API does.
        """
        found = self.found(id)
        if found.team is None:
            raise BuiltInReadOnly("template")
        require_role(self.principal, found.team, Role.EDITOR)
        return found

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """Back to the page of the template, with what is wrong."""
        told = error.status == HTTPStatus.BAD_REQUEST
        if request.method != "POST" or not told or "id" not in self.kwargs:
            return super().refuse(request, error)
        messages.error(request, error.message)
        return redirect("template-page", id=self.kwargs["id"])


def studies_with(template: Template, principal: Principal) -> Any:
    """The studies of the person's teams that are rated by a template, or by a dimension of it."""
    rows = EvaluationDimension.objects.filter(
        Q(template=template) | Q(template__set=template),
        evaluation__team__in=list(principal.roles),
    )
    named = rows.values("evaluation", "evaluation__name", "evaluation__status")
    return named.distinct().order_by("-evaluation")
