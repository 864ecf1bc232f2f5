"""The models of personas and their runs."""

from autousers.models.persona import (
    WHOLE_PERSONA,
    Autouser,
    AutouserStatus,
    CalibrationRun,
    CalibrationStatus,
    Rubric,
    RubricStatus,
    Visibility,
)
from autousers.models.run import ACTIVE, TERMINAL, AutouserRun, RunStatus, RunTurn

__all__ = [
    "ACTIVE",
    "TERMINAL",
    "WHOLE_PERSONA",
    "Autouser",
    "AutouserRun",
    "AutouserStatus",
    "CalibrationRun",
    "CalibrationStatus",
    "Rubric",
    "RubricStatus",
    "RunStatus",
    "RunTurn",
    "Visibility",
]
