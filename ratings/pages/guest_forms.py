"""The form at the gate of a share link."""

from typing import Any

from django import forms

from api.rest.fields import ONE_LINE
from ratings.guests.gate import Asked
from ratings.models.guest import GUEST_NAME_LIMIT
from teams.pages.forms import AddressField


class GuestForm(forms.Form):
    """The password of the link, and who the guest is; only what the study asks for."""

    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=500,
        help_text="It was sent to you together with the link.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label="Your name",
        max_length=GUEST_NAME_LIMIT,
        validators=[ONE_LINE],
        help_text="The team sees it beside your answers. Other raters do not.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = AddressField(
        label="Your e-mail address",
        max_length=254,
        help_text="The team sees it beside your answers, as unchecked. Nothing is sent to it.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, asked: Asked, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asked.password:
            del self.fields["password"]
        if not asked.identity:
            del self.fields["name"], self.fields["email"]
            return
        for name, required in (("name", asked.name_required), ("email", asked.email_required)):
            self.fields[name].required = required
            if not required:
                self.fields[name].label = f"{self.fields[name].label} (if you like)"
