"""Logging: one line per record, with the request it belongs to, or the work that binds its ids.

Work in the background binds its ids with `structlog.contextvars.bound_contextvars(run_id=…)`; each
line written within carries them. `each` writes one line for each of many rows that share the rest.
"""

import json
import logging.config
import sys
import threading
from collections.abc import Sequence
from typing import Any

import structlog

from api.context import current

log = logging.getLogger("autousers.errors")


def add_request_id(_logger: Any, _method: str, record: dict[str, Any]) -> dict[str, Any]:
    """Bind the id of the request being served, when there is one."""
    if request_id := current.get().id:
        record["request_id"] = request_id
    return record


def each(to: logging.Logger, message: str, rows: Sequence[dict[str, Any]]) -> None:
    """Log a line for each of the rows, for a tenth of the cost of as many calls of the logger."""
    if rows and to.isEnabledFor(logging.INFO):
        to.info(message, extra={_ROWS: rows})


#: The attribute of a record that stands for one line per row.
_ROWS = "rows_of_this_record"


class LineFormatter(structlog.stdlib.ProcessorFormatter):
    """One line per record, or per row of a record that `each` made."""

    def __init__(self, *args: Any, as_json: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The line or lines."""
        rows = record.__dict__.pop(_ROWS, None)
        if rows is None:
            return super().format(record)
        try:
            shared = super().format(record)
        finally:
            setattr(record, _ROWS, rows)  # for further handlers
        return "\n".join(self._joined(shared, row) for row in rows)

    def _joined(self, shared: str, row: dict[str, Any]) -> str:
        """The shared part of the lines with the values of one row."""
        if self._as_json:  # an object that is not empty, without its last brace
            return f"{shared[:-1]}, {json.dumps(row)[1:]}"
        return f"{shared} {' '.join(f'{name}={value!r}' for name, value in row.items())}"


def says_more(record: logging.LogRecord) -> bool:
    """Whether a line of the scheduler is more than that it queued one of its tasks again."""
    return not str(record.msg).startswith("Scheduler: Sending due task")


def configure(options: dict[str, str]) -> None:
    """Set logging up; `options` are the setting's `level` and `format` (console or json)."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        add_request_id,
    ]
    as_json = options["format"] == "json"
    if as_json:
        final: list[Any] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    else:
        # Its default also prints local variables, which hold keys and passwords.
        final = [
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": LineFormatter,
                    "as_json": as_json,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        *final,
                    ],
                }
            },
            "filters": {"says_more": {"()": lambda: says_more}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                # Django logs every 4xx as a warning; ours is the one line per request.
                "django.request": {"level": "ERROR"},
                # Tasks come several times a second; what they did has lines of its own.
                "celery.app.trace": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.beat": {"filters": ["says_more"]},
            },
        }
    )
    # What would be printed to standard error as plain text.
    logging.captureWarnings(True)
    threading.excepthook = _log_end_of_thread
    if as_json:
        sys.excepthook = _log_end_of_process


def _log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_type is SystemExit:
        return
    name = ended.thread.name if ended.thread else "?"
    log.critical("The thread %s ended", name, exc_info=ended.exc_value)


def _log_end_of_process(kind: Any, error: BaseException, trace: Any) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        log.critical("The process ended", exc_info=error)
