"""gunicorn's log, in the form of all other lines."""

from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger

from api.logs import lines


class Log(Logger):
    """Hands the lines of gunicorn to the handlers of the project.

    There is no access log: the application writes a line for each request.
    """

    def setup(self, cfg: Any) -> None:
        """Set up the project's logging, which the main process of gunicorn needs too."""
        super().setup(cfg)
        lines.configure(settings.LOGGING)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
        self.error_log.propagate = True
