"""Every address the server answers."""

from django.contrib import admin
from django.urls import include, path

from api import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("admin/", admin.site.urls),
    path("api/docs", pages.docs, name="docs"),
    path("", include("teams.page_urls")),
    path("docs/errors", pages.errors, name="errors"),
    path("api/v1/", include("api.urls")),
    path("api/v1/", include("teams.urls")),
    path("api/v1/", include("evaluations.urls")),
    path("api/v1/", include("evaluations.template_urls")),
    path("api/v1/", include("autousers.run_urls")),
    path("api/v1/", include("autousers.persona_urls")),
    path("api/v1/", include("ratings.urls")),
    path("api/v1/", include("webhooks.urls")),
]

handler400 = "api.views.bad_request"
handler403 = "api.views.permission_denied"
handler404 = "api.views.not_found"
handler500 = "api.views.server_error"
