"""The tag of the checks, and the refusal to start."""

from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

TAG = "autousers"


def refuse_if_misconfigured() -> None:
    """Raise `ImproperlyConfigured` where a check of the configuration finds an error."""
    errors = [message for message in run_checks(tags=[TAG]) if message.is_serious()]
    if errors:
        lines = sorted(f"{error.id}: {error.msg} {error.hint}" for error in errors)
        raise ImproperlyConfigured("\n".join(["The server refuses to start:", *lines]))
