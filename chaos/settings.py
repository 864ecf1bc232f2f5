"""The server's settings with shorter times and with steps to die at.

The schedule of retries keeps its shape: every delay is divided by the same
number. Nothing here is read in production.
"""

from config.settings import *  # noqa: F403
from config.settings import CELERY_BEAT_SCHEDULE, CELERY_TASK_ROUTES, INSTALLED_APPS, env

INSTALLED_APPS = [*INSTALLED_APPS, "chaos"]

#: The divisor of the documented retry delays.
CHAOS_HURRY = env.float("CHAOS_HURRY", 1.0)

#: Seconds between two claims of a drain without a notification.
CHAOS_POLL = env.float("CHAOS_POLL", 1.0)

#: The folder in which steps are armed. Empty: no process dies.
CHAOS_STEPS = env.str("CHAOS_STEPS", "")

WEBHOOK_DEADLINE = env.float("CHAOS_DEADLINE", 10.0)

# Own queues, because others may use the broker too.
if _prefix := env.str("CHAOS_QUEUES", ""):
    CELERY_TASK_DEFAULT_QUEUE = f"{_prefix}maintenance"
    CELERY_TASK_ROUTES = {
        name: {**route, "queue": _prefix + route["queue"]}
        for name, route in CELERY_TASK_ROUTES.items()
    }
CELERY_BEAT_SCHEDULE = {
    task: entry for task, entry in CELERY_BEAT_SCHEDULE.items() if task.endswith(".sweep")
}
