"""The server's settings with shorter times, and places to die at.

The schedule of retries keeps its shape: every delay is divided by the same
number. Nothing here is read in production.
"""

from config.settings import *  # noqa: F403
from config.settings import CELERY_BEAT_SCHEDULE, CELERY_TASK_ROUTES, INSTALLED_APPS, env

INSTALLED_APPS = [*INSTALLED_APPS, "chaos"]

#: What the documented delays between attempts are divided by.
CHAOS_HURRY = env.float("CHAOS_HURRY", 1.0)

#: Seconds between two looks of a drain that nobody wakes.
CHAOS_POLL = env.float("CHAOS_POLL", 1.0)

#: The folder in which a step is armed; empty: nobody dies.
CHAOS_STEPS = env.str("CHAOS_STEPS", "")

WEBHOOK_DEADLINE = env.float("CHAOS_DEADLINE", 10.0)

# A broker that others use as well gets queues of our own.
if _prefix := env.str("CHAOS_QUEUES", ""):
    CELERY_TASK_DEFAULT_QUEUE = f"{_prefix}maintenance"
    CELERY_TASK_ROUTES = {
        name: {**route, "queue": _prefix + route["queue"]}
        for name, route in CELERY_TASK_ROUTES.items()
    }
CELERY_BEAT_SCHEDULE = {
    task: entry for task, entry in CELERY_BEAT_SCHEDULE.items() if task.endswith(".sweep")
}
