"""The signed addresses that take and give the bytes of files. They stand outside of `/api/v1`.

An address is its own credential: nothing else is asked of its holder. Refusals have the envelope
of the API.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from api.exceptions import ApiError, MethodNotAllowed
from api.http.envelope import envelope_response
from evaluations.files import addresses, serving, uploads
from evaluations.files.access import FileNotFound
from evaluations.files.problems import LengthRequired
from evaluations.models import File, FileStatus

View = Callable[[HttpRequest, str], HttpResponseBase]


def _answering(*methods: str) -> Callable[[View], Any]:
    """Answer these methods, and put refusals into the envelope."""

    def decorate(view: View) -> Any:
        @csrf_exempt
        @wraps(view)
        def wrapped(request: HttpRequest, token: str) -> HttpResponseBase:
            try:
                if request.method not in methods:
                    raise MethodNotAllowed(request.method or "", ", ".join(methods))
                return view(request, token)
            except ApiError as error:
                return envelope_response(error)

        return wrapped

    return decorate


@_answering("PUT")
def take(request: HttpRequest, token: str) -> HttpResponse:
    """Take the bytes of an announced file."""
    ticket = addresses.opened("PUT", token)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if request.headers.get("Transfer-Encoding") or not length.isdecimal():
        raise LengthRequired
    uploads.receive(
        ticket,
        content_type=request.headers.get("Content-Type", ""),
        length=int(length),
        stream=request,  # type: ignore[arg-type]  # it has the `read` that is needed
    )
    return HttpResponse(status=204)


@_answering("GET", "HEAD")
def give(request: HttpRequest, token: str) -> HttpResponseBase:
    """Give the bytes of a file; with an origin for files, nowhere else."""
    if settings.FILES_URL and request.get_host() != urlsplit(settings.FILES_URL).netloc:
        raise FileNotFound
    ticket = addresses.valid("GET", token)
    file = File.objects.filter(pk=ticket.about, size=ticket.size, status=FileStatus.READY).first()
    if file is None:
        raise FileNotFound
    return serving.response_to(request, file)
