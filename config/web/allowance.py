"""How large the body of a request may be, told by its head alone.

Most bodies are small. A file may be large where its sender holds an address that was signed for it
(`evaluations/files/addresses.py`), which is checked here before a byte of it is taken. The one
route that takes files without such an address takes those of pictures.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from django.conf import settings
from gunicorn.http.message import Request

from evaluations.files.kinds import FORM_LIMIT

#: Bytes of a form beside its files.
FORM = 1024 * 1024

_UPLOAD = re.compile(r"/uploads/([^/]{1,500})")
_EDIT = re.compile(r"/evaluations/(?:new|[a-z0-9_]{1,60}/edit)")
_FILES = "/api/v1/files"


@dataclass(frozen=True)
class Allowance:
    """The most bytes of a body. One that was signed for lies on the disk, and not in memory."""

    limit: int
    is_signed: bool = False


def allowance_of(request: Request) -> Allowance:
    """What a request may send."""
    usual = Allowance(settings.API_BODY_LIMIT)
    if request.method == "PUT" and (found := _UPLOAD.fullmatch(request.path)):
        return _signed("PUT", unquote(found[1]), 0) or usual
    if request.method != "POST" or not _is_form(request):
        return usual
    if request.path == _FILES:
        return Allowance(max(FORM_LIMIT, usual.limit))
    if _EDIT.fullmatch(request.path):
        sent = parse_qs(request.query or "", max_num_fields=10).get("pass", [""])[-1]
        return _signed("form", sent, FORM) or usual
    return usual


def _signed(use: str, text: str, beside: int) -> Allowance | None:
    from evaluations.files import addresses  # this module is imported before the models are loaded

    try:
        ticket = addresses.valid(use, text)  # type: ignore[arg-type]  # one of its words
    except (addresses.BadAddress, addresses.ExpiredAddress):
        return None
    return Allowance(ticket.size + beside, is_signed=True)


def _is_form(request: Request) -> bool:
    types = [value for name, value in request.headers if name == "CONTENT-TYPE"]
    return bool(types) and types[-1].lower().startswith("multipart/form-data")
