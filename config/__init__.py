"""The project: settings, URLs and the Celery application.

Celery is imported here because `shared_task` binds to whatever application
exists when a task is first published; without it every publish would go to
an AMQP default address and fail.
"""

from config.celery import app as celery_app

#: The version of the server, in the admin and at the top of CHANGELOG.md. (The API has its own.)
__version__ = "0.1.0"

__all__ = ["celery_app"]
