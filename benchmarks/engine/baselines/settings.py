"""The settings of both baselines, as their documentation recommends.

The values come from the environment that `benchmarks/engine/run.py` sets.
"""

import os

import environ

SECRET_KEY = "for-benchmarks-only"  # noqa: S105 - protects nothing
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": environ.Env().db("DATABASE_URL")}
DATABASES["default"].update(CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True)

CELERY_BROKER_URL = os.environ["REDIS_URL"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
