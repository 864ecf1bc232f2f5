"""The form of long texts in the admin."""

from typing import Any

from django import forms


class TextForm(forms.ModelForm):
    """A form for long texts: browsers send CRLF, the database holds LF."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            if isinstance(field, forms.CharField):
                field.strip = False

    def clean(self) -> dict[str, Any]:
        """Convert CRLF to LF; an empty text of a nullable column becomes NULL."""
        cleaned = dict(super().clean() or self.cleaned_data)
        for name, value in cleaned.items():
            if isinstance(value, str):
                nullable = self._meta.model._meta.get_field(name).null
                cleaned[name] = value.replace("\r\n", "\n") or (None if nullable else "")
        return cleaned

    @property
    def touched(self) -> dict[str, Any]:
        """The fields that the operator changed; the others keep the row's current value."""
        return {name: self.cleaned_data[name] for name in self.changed_data}
