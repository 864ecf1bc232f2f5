"""Forms that take effect once: pressing a button twice, also at once, changes one thing."""

from api import ids
from teams.limits import daily
from teams.models import User

#: The field with the number of a form.
FIELD = "number"


class MadeAlready(Exception):
    """The same form was sent before, and took effect."""


def fresh(sent: str = "") -> str:
    """The number of a form: that of the form that comes back, or a new one."""
    return sent if ids.parse(sent) else ids.cuid()


def take(person: User, number: str) -> None:
    """Count a form in the transaction of what it changes; a refused change counts nothing.

    A form without a number is not one of our pages', and is not counted.

    Raises:
        MadeAlready: when the form was counted before.
    """
    parsed = ids.parse(number)
    if parsed and not daily.count(f"form {person.pk} {parsed}", 1):
        raise MadeAlready
