"""The Celery application of the other sides; `DJANGO_SETTINGS_MODULE` says which."""

from celery import Celery

app = Celery("baselines")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
