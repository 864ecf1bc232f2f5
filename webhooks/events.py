"""The catalogue of event types."""

from enum import StrEnum

EVERYTHING = "*"


class EventType(StrEnum):
    """Every type an endpoint can subscribe to."""

    EVALUATION_CREATED = "evaluation.created"
    EVALUATION_STATUS_CHANGED = "evaluation.status_changed"
    EVALUATION_COMPLETED = "evaluation.completed"
    AUTOUSER_RUN_COMPLETED = "autouser_run.completed"
    AUTOUSER_RUN_FAILED = "autouser_run.failed"
    RATING_CREATED = "rating.created"
    CALIBRATION_FROZEN = "calibration.frozen"
