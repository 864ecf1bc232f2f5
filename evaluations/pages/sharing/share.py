"""The share page of a study: its link, the people with access, invitations, and requests."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from api.exceptions import ApiError
from evaluations.models import Evaluation, ShareAccess, SharePermission
from evaluations.pages.form import saving
from evaluations.pages.form.edit import named, version_of
from evaluations.pages.form.fixed import fixed_sections
from evaluations.pages.form.sheet import Sheet, body_of
from evaluations.pages.refusals import Refused, told
from evaluations.pages.sharing.granting import PERMISSIONS, ShareForm, share_with
from evaluations.pages.study_page import StudyPage
from evaluations.sharing import access_requests, rights, services
from evaluations.studies.access import require_role_in, role_in
from teams.models import Role

#: Shares, and requests, on one page; the API lists all.
MOST_SHOWN = 200


@method_decorator(sensitive_post_parameters("sharePassword"), name="dispatch")
class SharePage(StudyPage):
    """The people with access to a study, for people who may share it."""

    template = "studies/share.html"
    stored: Evaluation

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The page."""
        self.stored = self.study(id)
        self._require_to_share()
        return self.show_page(request)

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Do what the button that was pressed says. The row of the study is locked meanwhile."""
        self.stored = self.study_to_share(id)
        action, _, which = request.POST.get("do", "").partition(".")
        if action == "rules":
            return self._save_rules(request)
        if action == "share":
            return self._share(request)
        change = self._changes().get(action)
        if change is not None:
            with transaction.atomic():
                messages.success(request, change(request, which))
        return redirect("study-share", id=self.stored.pk)

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """Back to the page, with what is wrong."""
        back = error.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
        if request.method != "POST" or not hasattr(self, "stored") or not back:
            return super().refuse(request, error)
        messages.error(request, error.message)
        return redirect("study-share", id=self.stored.pk)

    def study_to_share(self, id: str) -> Evaluation:
        """The study, locked until the request ends, for those who may share it."""
        self.stored = self.study_to_change(id)
        self._require_to_share()
        return self.stored

    def show_page(
        self,
        request: HttpRequest,
        *,
        sheet: Sheet | None = None,
        form: ShareForm | None = None,
        status: int = HTTPStatus.OK,
        **context: Any,
    ) -> HttpResponse:
        """The page, with what was typed."""
        study = self.stored
        role = role_in(self.principal, study)
        shares = study.shares.listed().select_related("user").order_by("created_at", "pk")
        rows = list(shares[:MOST_SHOWN])
        return self.show(
            request,
            status=status,
            **{
                "study": study,
                "sheet": sheet or Sheet(body_of(study)),
                "form": form or ShareForm(role=role),
                "fixed": fixed_sections(study, role),
                "version": version_of(study),
                "link": _link_of(study),
                "people": [share for share in rows if not share.is_pending],
                "invited": [share for share in rows if share.is_pending],
                "requests": list(access_requests.pending_for(study)[:MOST_SHOWN]),
                "permissions": PERMISSIONS.items(),
                "is_admin": role is not None and role.includes(Role.ADMIN),
                "person": self.principal.user,
                **context,
            },
        )

    def _save_rules(self, request: HttpRequest) -> HttpResponse:
        """Change the link, unless somebody else changed it after the page was opened."""
        sheet = Sheet(body_of(self.stored), request.POST)
        if request.POST.get("version") != version_of(self.stored):
            replaced = named(sheet.changes())
            status = HTTPStatus.CONFLICT
            return self.show_page(request, sheet=sheet, status=status, replaced=replaced)
        try:
            with transaction.atomic(), told():
                changes = sheet.changes()
                saving.save(study=self.stored, principal=self.principal, changes=changes)
        except Refused as refused:
            for param, text in refused.problems:
                sheet.refuse(param, text)
            self.stored = self.study(self.stored.pk)
            return self.show_page(request, sheet=sheet, status=refused.status)
        messages.success(request, "Saved.")
        return redirect("study-share", id=self.stored.pk)

    def _share(self, request: HttpRequest) -> HttpResponse:
        form = ShareForm(request.POST, role=role_in(self.principal, self.stored))
        try:
            with transaction.atomic(), told():
                said = share_with(principal=self.principal, study=self.stored, form=form)
        except Refused as refused:
            form.refuse(refused)
            return self.show_page(request, form=form, status=refused.status)
        messages.success(request, said)
        return redirect("study-share", id=self.stored.pk)

    def _changes(self) -> dict[str, Callable[[HttpRequest, str], str]]:
        return {
            "change": self._change_share,
            "revoke": self._revoke,
            "approve": self._approve,
            "decline": self._decline,
        }

    def _change_share(self, request: HttpRequest, which: str) -> str:
        share = services.find_share(self.stored, which)
        wanted = request.POST.get("permission", "")
        permission = SharePermission(wanted if wanted in SharePermission.values else "VIEWER")
        rights.require_to_give(self.principal, self.stored, permission, held=share)
        services.change_share(share, permission)
        return f"Changed for {share.address}: {PERMISSIONS[permission].lower()}."

    def _revoke(self, request: HttpRequest, which: str) -> str:
        share = services.find_share(self.stored, which)
        self._require_admin()
        services.revoke_share(share)
        return f"The study is not shared with {share.address} any more."

    def _approve(self, request: HttpRequest, which: str) -> str:
        self._require_admin()
        asked = access_requests.find_request(self.stored, which)
        access_requests.approve(asked, by=self.principal.user)
        return f"{asked.requester.email} sees the study now."

    def _decline(self, request: HttpRequest, which: str) -> str:
        self._require_admin()
        asked = access_requests.find_request(self.stored, which)
        access_requests.decline(asked, by=self.principal.user)
        return f"The request of {asked.requester.email} was declined."

    def _require_to_share(self) -> None:
        needed = rights.needed_to_share(self.stored)
        require_role_in(self.principal, self.stored, needed)

    def _require_admin(self) -> None:
        require_role_in(self.principal, self.stored, Role.ADMIN)


def _link_of(study: Evaluation) -> str | None:
    """The address for raters; None if only the team may open it."""
    if study.share_access == ShareAccess.TEAM_ONLY:
        return None
    return f"{settings.PUBLIC_URL}/share/{study.share_token}"
