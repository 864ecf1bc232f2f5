"""Refusals of the API in the words of the page, at the field they are about."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rest_framework.serializers import ValidationError

from api.exceptions import ApiError, AuthenticationError
from api.rest.errors.exception_handler import flatten
from api.writes.rights import RightsChanged

#: The page's text, by code.
WORDS = {
    "share_password_required": "Choose a password: this link asks for one.",
    "autousers_required": "Choose an autouser, or let only people rate.",
    "stimuli_required": "Add a design: there is nothing to rate yet.",
    "no_rubric": "Write a rubric first: there is nothing to freeze.",
    "no_calibration": "Measure first: there is nothing to go by.",
}

#: The field, by code, if the refusal names none or another one.
FIELDS = {
    "autousers_required": "evaluationMethod",
    "invalid_transition": "",
}


class Refused(Exception):
    """A form was refused; each problem has the path of its field and a text."""

    def __init__(self, problems: list[tuple[str, str]], status: int = 400) -> None:
        super().__init__(problems)
        self.problems, self.status = problems, status


@contextmanager
def told() -> Iterator[None]:
    """Turn the errors of the API's rules into `Refused`.

    Lost rights and sessions are no errors of
    the form and are raised unchanged.
    """
    try:
        yield
    except ValidationError as error:
        raise Refused(
            [(path, _plain(path, text)) for path, text in flatten(error.detail)]
        ) from None
    except (AuthenticationError, RightsChanged):
        raise
    except ApiError as error:
        param = FIELDS.get(error.code or "", error.param or "")
        text = WORDS.get(error.code or "") or _plain(error.param or "", error.message)
        raise Refused([(param, text)], int(error.status)) from None


def together(*steps: Callable[[], Any]) -> list[Any]:
    """Do several steps that read the form, and refuse with the problems of all."""
    results, problems = [], []
    for step in steps:
        try:
            with told():
                results.append(step())
        except Refused as refused:
            problems += refused.problems
    if problems:
        raise Refused(problems)
    return results


def _plain(path: str, text: str) -> str:
    """A text without the path before it, and without the hint to a route of the API."""
    return text.removeprefix(f"{path}: ").partition(" GET /")[0]
