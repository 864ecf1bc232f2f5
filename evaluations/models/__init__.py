"""Models of evaluations and templates."""

from api.database.announced import UnannouncedChange
from evaluations.models.choices import (
    DESCRIPTION_LIMIT,
    NAME_LIMIT,
    OPEN_STATUSES,
    OTHER_STIMULI,
    RUN_STATUSES,
    STIMULI,
    BrowserEngine,
    EvaluationMethod,
    EvaluationStatus,
    EvaluationType,
    ShareAccess,
)
from evaluations.models.evaluation import (
    STATUS_FIELDS,
    Comparison,
    Evaluation,
    EvaluationNotRunning,
    EvaluationQuerySet,
    InvalidTransition,
    new_share_token,
)
from evaluations.models.template import (
    EvaluationDimension,
    ScaleType,
    Template,
    TemplateStatus,
    TemplateType,
    TemplateVersion,
    VersionChange,
)

__all__ = [
    "DESCRIPTION_LIMIT",
    "NAME_LIMIT",
    "OPEN_STATUSES",
    "OTHER_STIMULI",
    "RUN_STATUSES",
    "STATUS_FIELDS",
    "STIMULI",
    "BrowserEngine",
    "Comparison",
    "Evaluation",
    "EvaluationDimension",
    "EvaluationMethod",
    "EvaluationNotRunning",
    "EvaluationQuerySet",
    "EvaluationStatus",
    "EvaluationType",
    "InvalidTransition",
    "ScaleType",
    "ShareAccess",
    "Template",
    "TemplateStatus",
    "TemplateType",
    "TemplateVersion",
    "UnannouncedChange",
    "VersionChange",
    "new_share_token",
]
