"""Copying and deleting an autouser with a button."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.exceptions import ApiError, BuiltInReadOnly
from autousers.models import CalibrationRun, Rubric
from autousers.models.run import ACTIVE, AutouserRun
from autousers.pages.persona_page import PersonaPage
from autousers.personas import services
from autousers.personas.access import AutouserNotFound, find_own
from ratings.models import Rating
from teams.auth.permissions import require_role
from teams.models import Role
from teams.pages import once


class DuplicatePersonaView(PersonaPage):
    """A copy in the team that the person acts on; pressing twice makes one."""

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Copy it, as `POST /autousers/{id}/duplicate` does."""
        source = self.autouser(id)
        require_role(self.principal, self.team, Role.EDITOR)
        try:
            with transaction.atomic():
                once.take(self.principal.user, request.POST.get(once.FIELD, ""))
                author = self.principal.user
                made = services.duplicate_autouser(source=source, team=self.team, author=author)
        except once.MadeAlready:
            messages.success(request, "This copy was made already. It is in the list.")
            return redirect("personas")
        messages.success(request, "This is the copy. It has no rubric, and was never calibrated.")
        return redirect("persona", id=made.pk)


class DeletePersonaPage(PersonaPage):
    """What deleting leaves, and doing it."""

    template = "autousers/delete.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """What goes and what stays."""
        stored = self.autouser(id)
        if stored.team is None:
            raise BuiltInReadOnly("autouser")
        require_role(self.principal, stored.team, Role.ADMIN)
        runs = AutouserRun.objects.filter(autouser=stored)
        return self.show(
            request,
            autouser=stored,
            ratings=Rating.objects.filter(autouser=stored).count(),
            waiting=runs.filter(status__in=ACTIVE).count(),
            rubrics=Rubric.objects.filter(autouser=stored).count(),
            rounds=CalibrationRun.objects.filter(autouser=stored).count(),
        )

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Delete it, as `DELETE /autousers/{id}` does."""
        stored = find_own(self.principal, id, Role.ADMIN)
        services.delete_autouser(stored)
        messages.success(request, f"{stored.name} was deleted. What it rated stays.")
        return redirect("personas")

    def refuse(self, request: HttpRequest, error: ApiError) -> Any:
        """Pressing twice leads to the list: it is gone."""
        if request.method == "POST" and isinstance(error, AutouserNotFound):
            return redirect("personas")
        return super().refuse(request, error)
