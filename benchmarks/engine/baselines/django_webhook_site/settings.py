"""Stock settings of django-webhook, with its events stored as ours are."""

from benchmarks.engine.baselines.settings import *  # noqa: F403

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django_webhook",
    "benchmarks.engine.baselines.django_webhook_site",
]
DJANGO_WEBHOOK = {"MODELS": ["django_webhook_site.Study"]}
