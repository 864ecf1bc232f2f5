"""The routes of `api` itself, below `/api/v1`."""

from django.urls import path

from api.openapi.document import DocumentView

urlpatterns = [path("openapi.json", DocumentView.as_view(), name="openapi")]
