"""Sharing a study with a person by their address, from its share page."""

from typing import Any

from django import forms

from api.rest.fields import Email
from evaluations.models import Evaluation, SharePermission
from evaluations.pages.refusals import Refused
from evaluations.sharing import invites
from teams.auth.principals import Principal
from teams.models import Role

_EMAIL = Email()

#: What a permission allows, in the words of the page.
PERMISSIONS = {
    SharePermission.VIEWER: "Sees the study and rates",
    SharePermission.EDITOR: "Changes it, too",
    SharePermission.OWNER: "Everything, and decides who else",
}


class ShareForm(forms.Form):
    """The address and the permission of somebody new."""

    use_required_attribute = False
    email = forms.CharField(
        label="E-mail address",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "maxlength": 254}),
    )
    permission = forms.ChoiceField(label="May", required=False)

    def __init__(self, *args: Any, role: Role | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["permission"].choices = [  # type: ignore[attr-defined]
            (permission.value, text)
            for permission, text in PERMISSIONS.items()
            if role is not None and role.includes(permission.role)
        ]

    def refuse(self, refused: Refused) -> None:
        """Show the problems at their fields."""
        self.is_valid()
        for param, text in refused.problems:
            self.add_error("permission" if param == "permission" else "email", text)


def share_with(*, principal: Principal, study: Evaluation, form: ShareForm) -> str:
    """Share a locked study with a person whom the caller knows, or invite the address.

    Returns what to say of it.

    Raises:
        ApiError, ValidationError: as the API refuses the same.
    """
    email = str(_EMAIL.run_validation((form["email"].value() or "").strip()))
    wanted = form["permission"].value() or ""
    if wanted not in SharePermission.values:
        raise Refused([("permission", "Choose a permission.")])
    permission = SharePermission(wanted)
    share = invites.share_with_address(
        principal=principal, evaluation=study, email=email, permission=permission
    )
    if share.is_pending:
        return f"{email} was invited. The invitation ends after 14 days."
    return f"The study is shared with {email}."
