"""The forms of the pages for people."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.utils import timezone

from api.email_addresses import normal_address
from api.rest.fields import ONE_LINE
from teams.auth.scopes import SCOPES
from teams.models import Membership, Role, User
from teams.rest.serializers import KEY_NAME_LIMIT

EXPIRIES = (("", "Never"), ("7", "In 7 days"), ("30", "In 30 days"), ("90", "In 90 days"),
            ("365", "In a year"))  # fmt: skip


class AddressField(forms.EmailField):
    """An e-mail address in the form in which accounts are kept."""

    def to_python(self, value: Any) -> str:
        """Normalise the address before it is validated."""
        return normal_address(super().to_python(value) or "")


class EmailForm(forms.Form):
    """Somebody's address."""

    email = AddressField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


class SignUpForm(EmailForm):
    """The address for a new account."""

    field_order = ("name", "email")
    name = forms.CharField(
        label="Your name",
        max_length=200,
        validators=[ONE_LINE],
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["email"].widget.attrs["autofocus"]  # one is enough, and the name is first


class SignInForm(AuthenticationForm):
    """An address and a password. Errors do not say which is wrong: that would reveal accounts."""

    error_messages = {
        "invalid_login": "There is no account with this address and this password.",
        "inactive": "There is no account with this address and this password.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail address"
        self.fields["username"].widget = forms.EmailInput(
            attrs={"autocomplete": "username", "autofocus": True, "maxlength": 254}
        )


class ChoosePasswordForm(SetPasswordForm):
    """A name, and a password twice."""

    field_order = ("name", "new_password1", "new_password2")
    name = forms.CharField(
        label="Your name",
        max_length=200,
        validators=[ONE_LINE],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **{"initial": {"name": user.name}, **kwargs})
        self.fields["new_password1"].label = "Password"
        self.fields["new_password2"].label = "The same password again"
        self.fields["new_password2"].help_text = ""

    def focus_first(self) -> None:
        """Put the cursor into the first field that has to be filled in."""
        first = "new_password1" if self.initial["name"] else "name"
        self.fields[first].widget.attrs["autofocus"] = True

    def save(self, commit: bool = True) -> User:
        """Store both."""
        self.user.name = self.cleaned_data["name"]
        return super().save(commit)


class PasswordForm(forms.Form):
    """The password of the signed-in person."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


class ApiKeyForm(forms.Form):
    """A new key."""

    name = forms.CharField(
        label="Name",
        max_length=KEY_NAME_LIMIT,
        validators=[ONE_LINE],
        help_text="What the key is for, so that you recognise it later.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in SCOPES], required=False, label="Scopes"
    )
    expires = forms.ChoiceField(choices=EXPIRIES, required=False, label="Expires")
    password = forms.CharField(
        label="Your password",
        required=False,
        strip=False,
        help_text="For a key with the scope *, which can do all that you can do.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    @property
    def expires_at(self) -> datetime | None:
        """The moment that was chosen."""
        days = self.cleaned_data["expires"]
        return timezone.now() + timedelta(days=int(days)) if days else None


class RoleForm(forms.Form):
    """A role that a member can have."""

    role = forms.ChoiceField(
        choices=[(role.value, role.label) for role in Membership.MEMBER_ROLES],
        initial=Role.EDITOR.value,
        label="Role",
    )


class InviteForm(RoleForm, EmailForm):
    """The address and the role of a new member."""

    field_order = ("email", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["email"].widget.attrs["autofocus"]
        self.fields["email"].widget.attrs["autocomplete"] = "off"
