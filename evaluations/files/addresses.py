"""Addresses that are signed: to send one file, to fetch one, and to send a form with files.

Whoever holds an address may use it until it expires, without another credential. Each kind has a
signature of its own, so one can never be used for another method. The web server checks them
before it takes a large body (`config/web/uploads.py`), so nothing here asks the database.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from django.conf import settings
from django.core.signing import BadSignature, Signer

from api.exceptions import AuthorizationError

#: Seconds that an address is good for: to send a file; to fetch one, as the API gives it; to fetch
#: one, on a page that a person looks at; to send a form, from when its page was shown.
SENDING = 15 * 60
FETCHING = 15 * 60
LOOKING = 4 * 3600
FILLING_IN = 12 * 3600

#: Addresses on pages expire at full hours, so that browsers keep what they fetched before.
HOUR = 3600

UPLOADS = "/uploads/"
FILES = "/files/"

Use = Literal["PUT", "GET", "form"]


class BadAddress(AuthorizationError):
    """The address was changed, or was not made for this method by this server."""

    code = "file_address_invalid"
    message = "This address is not one that this server gave out for this."


class ExpiredAddress(AuthorizationError):
    """The address has expired. Ask for a new one."""

    code = "file_address_expired"
    message = "This address has expired. Ask for a new one."


@dataclass(frozen=True)
class Ticket:
    """What an address allows: one file (or one person's form), and so many bytes."""

    about: str
    size: int
    expires: int

    @property
    def is_over(self) -> bool:
        """Whether it has expired."""
        return self.expires <= time.time()

    @property
    def expires_at(self) -> datetime:
        """When it expires."""
        return datetime.fromtimestamp(self.expires, UTC)

    def sealed(self, use: Use) -> str:
        """The text that stands in the address."""
        return _signer(use).sign_object([self.about, self.size, self.expires])


def opened(use: Use, text: str) -> Ticket:
    """The ticket in an address, whether it is over or not.

    Raises:
        BadAddress: when it was not signed here, for this use.
    """
    try:
        about, size, expires = _signer(use).unsign_object(text)
        return Ticket(str(about), int(size), int(expires))
    except (BadSignature, ValueError, TypeError):
        raise BadAddress from None


def valid(use: Use, text: str) -> Ticket:
    """The ticket in an address.

    Raises:
        BadAddress, ExpiredAddress: when it allows nothing.
    """
    ticket = opened(use, text)
    if ticket.is_over:
        raise ExpiredAddress
    return ticket


def to_send(file: str, size: int) -> tuple[str, Ticket]:
    """The address that takes the bytes of a file."""
    ticket = Ticket(file, size, _in(SENDING))
    return f"{settings.PUBLIC_URL}{UPLOADS}{ticket.sealed('PUT')}", ticket


def to_fetch(file: str, size: int) -> tuple[str, Ticket]:
    """The address that gives the bytes of a file to a caller of the API."""
    ticket = Ticket(file, size, _in(FETCHING))
    return f"{settings.FILES_URL or settings.PUBLIC_URL}{_path(ticket)}", ticket


def to_show(file: str, size: int) -> str:
    """The address of a file for a page: of the origin for files, or else of the page's own."""
    expires = _in(LOOKING) // HOUR * HOUR + HOUR
    return f"{settings.FILES_URL}{_path(Ticket(file, size, expires))}"


def of_api(file: str) -> str:
    """The address of a file that never expires, and needs a credential."""
    return f"{settings.PUBLIC_URL}/api/v1/files/{file}"


def form_pass(person: str, size: int) -> str:
    """What lets a person send a form with files of so many bytes."""
    return Ticket(person, size, _in(FILLING_IN)).sealed("form")


def _path(ticket: Ticket) -> str:
    return f"{FILES}{ticket.sealed('GET')}"


def _in(seconds: int) -> int:
    return int(time.time()) + seconds


def _signer(use: Use) -> Signer:
    """Made when it is used: without a SECRET_KEY the checks could not say what is missing."""
    signer: Any = Signer(salt=f"evaluations.files.{use}")
    return signer
