"""The models of personas, their runs, and what these saw."""

from autousers.models.observation import Observation, ObservationStatus
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
    "Observation",
    "ObservationStatus",
    "Rubric",
    "RubricStatus",
    "RunStatus",
    "RunTurn",
    "Visibility",
]
