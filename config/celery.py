"""The Celery application; its options stand in the settings as `CELERY_*`."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

TRANSPORT_ALIASES["files"] = "config.file_broker:Transport"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("autousers")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
