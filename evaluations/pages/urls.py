"""The addresses of the pages about one study."""

from django.urls import path

from evaluations.pages.address import StudyRedirect, older_address
from evaluations.pages.form.edit import EditPage, NewPage
from evaluations.pages.sharing.invite import InvitePage
from evaluations.pages.sharing.request_access import RequestAccessView
from evaluations.pages.sharing.share import SharePage
from evaluations.pages.status import StatusView

#: The first part of the path in published clients.
OLDER = ("evals", "eval")

urlpatterns = [
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
    *(path(f"{word}/<str:id>", older_address) for word in OLDER),
    *(path(f"{word}/<str:id>/<path:page>", older_address) for word in OLDER),
]
