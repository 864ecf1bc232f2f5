"""The addresses of the pages about one study, and the signed addresses of files."""

from django.urls import path

from evaluations.pages.address import StudyRedirect, older_address
from evaluations.pages.form.edit import EditPage, NewPage
from evaluations.pages.sharing.invite import InvitePage
from evaluations.pages.sharing.request_access import RequestAccessView
from evaluations.pages.sharing.share import SharePage
from evaluations.pages.status import StatusView
from evaluations.pages.templates.actions import DeleteTemplatePage, DuplicateTemplateView
from evaluations.pages.templates.detail import TemplateDetailPage
from evaluations.pages.templates.edit import EditTemplatePage, NewTemplatePage
from evaluations.pages.templates.listing import TemplatesPage
from evaluations.pages.templates.versions import TemplateVersionsPage
from evaluations.rest import file_bytes_views as bytes_of_files

#: The first part of the path in published clients.
OLDER = ("evals", "eval")

TEMPLATE = "templates/<str:id>"

urlpatterns = [
    path("uploads/<str:token>", bytes_of_files.take, name="file-upload"),
    path("files/<str:token>", bytes_of_files.give, name="file-bytes"),
    path("evaluation-invite", InvitePage.as_view(), name="evaluation-invite"),
    path("evaluations/new", NewPage.as_view(), name="study-new"),
    path("evaluations/<str:id>", StudyRedirect.as_view(), name="study"),
    path("evaluations/<str:id>/edit", EditPage.as_view(), name="study-edit"),
    path("evaluations/<str:id>/share", SharePage.as_view(), name="study-share"),
    path(
        "evaluations/<str:id>/request-access",
        RequestAccessView.as_view(),
        name="study-request-access",
    ),
    path("evaluations/<str:id>/status", StatusView.as_view(), name="study-status"),
    path("templates", TemplatesPage.as_view(), name="template-pages"),
    path("templates/new", NewTemplatePage.as_view(), name="template-new"),
    path(TEMPLATE, TemplateDetailPage.as_view(), name="template-page"),
    path(f"{TEMPLATE}/edit", EditTemplatePage.as_view(), name="template-edit"),
    path(f"{TEMPLATE}/duplicate", DuplicateTemplateView.as_view(), name="template-duplicate-page"),
    path(f"{TEMPLATE}/delete", DeleteTemplatePage.as_view(), name="template-delete"),
    path(f"{TEMPLATE}/versions", TemplateVersionsPage.as_view(), name="template-versions-page"),
    *(path(f"{word}/<str:id>", older_address) for word in OLDER),
    *(path(f"{word}/<str:id>/<path:page>", older_address) for word in OLDER),
]
