"""Logging: one line per record, each with the id of the request it belongs to."""

import logging.config
from typing import Any

import structlog

from api.context import current


def add_request_id(_logger: Any, _method: str, record: dict[str, Any]) -> dict[str, Any]:
    """Bind the id of the request being served, when there is one."""
    if request_id := current.get().id:
        record["request_id"] = request_id
    return record


def configure(options: dict[str, str]) -> None:
    """Set logging up; `options` are the setting's `level` and `format` (console or json)."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        add_request_id,
    ]
    if options["format"] == "json":
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
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        *final,
                    ],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                # Django logs every 4xx as a warning; ours is the one line per request.
                "django.request": {"level": "ERROR"},
                "celery.app.trace": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
            },
        }
    )
