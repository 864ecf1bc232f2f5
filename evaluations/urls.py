"""The routes of evaluations, of files, and of templates, which have two names, below `/api/v1`."""

from django.urls import URLPattern, path

from evaluations.rest import access_request_views as requests
from evaluations.rest import file_views as files
from evaluations.rest import template_aliases as aliases
from evaluations.rest import template_views as views
from evaluations.rest.draft_views import EvaluationDraftView
from evaluations.rest.evaluation_views import EvaluationListView, EvaluationView
from evaluations.rest.invite_views import InviteListView, InviteView
from evaluations.rest.share_views import ShareListView, ShareView
from evaluations.rest.transfer_views import TransferView


def _routes(under: str, name: str, *kinds: type) -> list[URLPattern]:
    """The routes below one name; views: list, draft, one, copy, versions, version, revert."""
    whole, draft, one, duplicate, versions, version, revert = (kind.as_view() for kind in kinds)  # type: ignore[attr-defined]
    return [
        path(under, whole, name=under),
        # Fixed words come before ids: the first matching route answers.
        path(f"{under}/draft-from-prompt", draft, name=f"{name}-draft"),
        path(f"{under}/<str:id>", one, name=name),
        path(f"{under}/<str:id>/duplicate", duplicate, name=f"{name}-duplicate"),
        path(f"{under}/<str:id>/versions", versions, name=f"{name}-versions"),
        path(f"{under}/<str:id>/versions/<str:versionId>", version, name=f"{name}-version"),
        path(f"{under}/<str:id>/revert", revert, name=f"{name}-revert"),
    ]


urlpatterns = [
    path("evaluations", EvaluationListView.as_view(), name="evaluations"),
    path("evaluations/<str:id>", EvaluationView.as_view(), name="evaluation"),
    path("evaluations/<str:id>/draft", EvaluationDraftView.as_view(), name="evaluation-draft"),
    path("evaluations/<str:id>/transfer", TransferView.as_view(), name="evaluation-transfer"),
    path("evaluations/<str:id>/shares", ShareListView.as_view(), name="shares"),
    path("evaluations/<str:id>/shares/<str:shareId>", ShareView.as_view(), name="share"),
    path("evaluations/<str:id>/invites", InviteListView.as_view(), name="invites"),
    path("evaluations/<str:id>/invites/<str:inviteId>", InviteView.as_view(), name="invite"),
    path(
        "evaluations/<str:id>/access-requests",
        requests.AccessRequestListView.as_view(),
        name="access-requests",
    ),
    path(
        "evaluations/<str:id>/access-requests/mine",
        requests.MyAccessRequestView.as_view(),
        name="access-request-mine",
    ),
    path(
        "evaluations/<str:id>/access-requests/<str:requestId>/approve",
        requests.ApproveView.as_view(),
        name="access-request-approve",
    ),
    path(
        "evaluations/<str:id>/access-requests/<str:requestId>/decline",
        requests.DeclineView.as_view(),
        name="access-request-decline",
    ),
    path(
        "evaluations/<str:id>/access-requests/<str:requestId>/withdraw",
        requests.WithdrawView.as_view(),
        name="access-request-withdraw",
    ),
    path("files", files.FileFormView.as_view(), name="files"),
    path("files/init", files.FileInitView.as_view(), name="file-init"),
    path("files/doctor", files.FilesDoctorView.as_view(), name="files-doctor"),
    path("files/signed-url", files.SignedUrlView.as_view(), name="file-signed-url"),
    path("files/<str:fileId>", files.FileReadView.as_view(), name="file"),
    path("files/<str:fileId>/finalize", files.FileFinalizeView.as_view(), name="file-finalize"),
    path("access-requests/inbox", requests.InboxView.as_view(), name="access-requests-inbox"),
    *_routes(
        "templates",
        "template",
        views.TemplateListView,
        views.TemplateDraftView,
        views.TemplateView,
        views.TemplateDuplicateView,
        views.TemplateVersionListView,
        views.TemplateVersionView,
        views.TemplateRevertView,
    ),
    *_routes(
        "dimensions",
        "dimension",
        aliases.DimensionListView,
        aliases.DimensionDraftView,
        aliases.DimensionView,
        aliases.DimensionDuplicateView,
        aliases.DimensionVersionListView,
        aliases.DimensionVersionView,
        aliases.DimensionRevertView,
    ),
]
