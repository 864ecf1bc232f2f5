"""Confirmation of the password before a key with every scope is made.

Such a key outlives the session. A browser that was left open, or a stolen session cookie, is not
enough to make one. Signing in is no confirmation. A confirmation is valid for ten minutes, in its
session only.
"""

import time
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from api.exceptions import AuthorizationError
from teams.accounts import attempts
from teams.auth.scopes import EVERYTHING
from teams.models import User

#: The session's key for the second in which the password was confirmed.
CONFIRMED = "password_confirmed"
MINUTES = 10


class PasswordConfirmationRequired(AuthorizationError):
    """To create an API key with the scope `*`, confirm the password.

    The message names the page.
    """

    code = "password_confirmation_required"

    def __init__(self) -> None:
        super().__init__(
            f"A key with the scope {EVERYTHING} needs your password once more. Give it at "
            f"{settings.PUBLIC_URL}{reverse('confirm-password')}, in this session, and repeat "
            f"the request within {MINUTES} minutes.",
            param="scopes",
        )


@dataclass(frozen=True)
class Refusal:
    """The reason why a password was not accepted, and the seconds to wait."""

    message: str
    wait: int = 0


def is_needed(request: HttpRequest, scopes: list[str]) -> bool:
    """Whether a key with these scopes needs the password first."""
    confirmed_at: float = request.session.get(CONFIRMED, 0)
    return EVERYTHING in scopes and time.time() - confirmed_at > MINUTES * 60


def require(request: HttpRequest, scopes: list[str]) -> None:
    """Refuse to make a key with these scopes before the password was given.

    Raises:
        PasswordConfirmationRequired: when it is missing.
    """
    if is_needed(request, scopes):
        raise PasswordConfirmationRequired


def confirm(request: HttpRequest, user: User, password: str) -> Refusal | None:
    """Check a person's password, under the usual limit on attempts; None when it is right."""
    if wait := attempts.seconds_to_wait(request, user.email):
        return Refusal(f"Too many attempts. Wait {attempts.in_words(wait)} and try again.", wait)
    if not user.check_password(password):
        return Refusal("This is not your password.")
    request.session[CONFIRMED] = time.time()
    return None
