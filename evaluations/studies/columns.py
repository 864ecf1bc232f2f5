"""Where a field of a validated body is stored: in a column of the evaluation, or in its wizard.

Both sets are derived: from the model, and from the wizard's serializer. A field in neither set
is a programming error and raises; otherwise it would be accepted and lost.
"""

from collections.abc import Mapping
from typing import Any

from api.database.columns import editable_columns
from evaluations.models import Evaluation
from evaluations.studies.stimuli import WizardSerializer

#: Columns whose field in a body has another name.
RENAMED = {"evaluationMethod": "evaluation_method"}

#: Columns that a body sets.
COLUMNS = editable_columns(Evaluation) - {"share_token", "wizard"}

#: Fields that `Evaluation.wizard` keeps. Older wizards send `customQuestions`.
WIZARD = WizardSerializer.shared().fields.keys() - RENAMED.keys() | {"customQuestions"}


class UnknownField(TypeError):
    """A validated field is neither a column nor a part of the wizard."""


def split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The validated fields that are columns, by column, and those of the wizard.

    Raises:
        UnknownField: for a field that is neither.
    """
    columns, wizard = {}, {}
    for name, value in values.items():
        if (column := RENAMED.get(name, name)) in COLUMNS:
            columns[column] = value
        elif name in WIZARD:
            wizard[name] = value
        else:
            raise UnknownField(f"An evaluation keeps no field {name!r}.")
    return columns, wizard
