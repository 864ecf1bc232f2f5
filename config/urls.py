"""Every address the server answers."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from api import pages
from api.http import oauth
from config.operators import finding
from teams.pages.accounts import OperatorSignInView

urlpatterns = [
    path("", include("ratings.pages.urls")),
    path("", include("evaluations.pages.urls")),
    path("", include("autousers.pages.urls")),
    path("theme", pages.theme, name="theme"),
    # Operators sign in on the page for everybody, with the same limit on attempts.
    path("admin/login/", OperatorSignInView.as_view()),
    path("admin/password_change/", RedirectView.as_view(pattern_name="forgot-password")),
    path("admin/find", admin.site.admin_view(finding.find), name="admin-find"),
    path("admin/", admin.site.urls),
    path("api/docs", pages.docs, name="docs"),
    path("", include("teams.pages.urls")),
    path("", include("webhooks.pages.urls")),
    path("docs/errors", pages.errors, name="errors"),
    re_path(r"^(?:api/)?oauth/", oauth.not_served),  # the guides name both
    path("api/v1/", include("api.urls")),
    path("api/v1/", include("teams.urls")),
    path("api/v1/", include("evaluations.urls")),
    path("api/v1/", include("autousers.urls")),
    path("api/v1/", include("ratings.urls")),
    path("api/v1/", include("webhooks.urls")),
]

handler400 = "api.rest.errors.error_views.bad_request"
handler403 = "config.operators.denied.permission_denied"
handler404 = "api.rest.errors.error_views.not_found"
handler500 = "api.rest.errors.error_views.server_error"
