"""The columns of a model that a caller may set, derived from the model."""

from django.db import models


def editable_columns(model: type[models.Model]) -> frozenset[str]:
    """The names of the editable fields, without the key and without references to other rows."""
    return frozenset(
        field.name
        for field in model._meta.concrete_fields
        if field.editable and not field.primary_key and not field.is_relation
    )
