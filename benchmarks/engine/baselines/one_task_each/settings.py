"""Settings of the straightforward design; the database connection is kept between tasks."""

from benchmarks.engine.baselines.settings import *  # noqa: F403

INSTALLED_APPS = ["benchmarks.engine.baselines.one_task_each"]
CELERY_DB_REUSE_MAX = 1_000
CELERY_TASK_ACKS_LATE = True
