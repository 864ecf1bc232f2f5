"""The `api` app: what all other apps share. It imports none of them."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Errors, request ids, idempotency, paging and everything else shared by all routes."""

    name = "api"
    verbose_name = "API plumbing"
