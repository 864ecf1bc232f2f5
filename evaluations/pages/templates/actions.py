"""Copying and deleting a template with a button."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.exceptions import ApiError
from evaluations.pages.templates.template_page import TemplatePage, studies_with
from evaluations.templates import services
from evaluations.templates.access import TemplateNotFound, find_to_change
from teams.auth.permissions import require_role
from teams.models import Role
from teams.pages import once

#: Studies that the page names as the reason why a template stays.
NAMED = 10


class DuplicateTemplateView(TemplatePage):
    """A copy in the team that the person acts on; pressing twice makes one."""

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Copy it, as `POST /templates/{id}/duplicate` does."""
        source = self.found(id)
        require_role(self.principal, self.team, Role.EDITOR)
        try:
            with transaction.atomic():
                once.take(self.principal.user, request.POST.get(once.FIELD, ""))
                author = self.principal.user
                made = services.duplicate_template(source=source, team=self.team, author=author)
        except once.MadeAlready:
            messages.success(request, "This copy was made already. It is in the list.")
            return redirect("template-pages")
        messages.success(request, "This is the copy. It can be changed.")
        return redirect("template-page", id=made.pk)


class DeleteTemplatePage(TemplatePage):
    """What deleting takes away, or why it cannot be done, and doing it."""

    template = "library/template_delete.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """What goes, and the studies that keep it."""
        found = self.found_to_change(id)
        return self.show(
            request,
            found=found,
            studies=list(studies_with(found, self.principal)[:NAMED]),
            versions=found.versions.count(),
            members=found.members.count(),
        )

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Delete it, as `DELETE /templates/{id}` does."""
        found = find_to_change(self.principal, id)
        services.delete_templates([found])
        messages.success(request, f"{found.name} was deleted.")
        return redirect("template-pages")

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """Pressing twice leads to the list: it is gone."""
        if request.method == "POST" and isinstance(error, TemplateNotFound):
            return redirect("template-pages")
        return super().refuse(request, error)
