"""The models of the study."""

from api.announced import UnannouncedChange
from evaluations.models.evaluation import (
    DESCRIPTION_LIMIT,
    NAME_LIMIT,
    OPEN_STATUSES,
    RUN_STATUSES,
    STATUS_FIELDS,
    BrowserEngine,
    Comparison,
    Evaluation,
    EvaluationMethod,
    EvaluationStatus,
    EvaluationType,
    InvalidTransition,
    ShareAccess,
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
    "RUN_STATUSES",
    "STATUS_FIELDS",
    "BrowserEngine",
    "Comparison",
    "Evaluation",
    "EvaluationDimension",
    "EvaluationMethod",
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
