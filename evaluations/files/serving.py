"""Sending a file: whole or in part, as what it is, and never as a page.

The type is the one that its bytes tell. `nosniff` keeps browsers from finding another one, and the
policy of the path (`api/http/response_headers.py`) takes everything from it that a page could do.
"""

from typing import IO

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.http.request import HttpRequest
from django.utils.http import content_disposition_header

from evaluations.files import storing
from evaluations.files.access import FileNotFound
from evaluations.files.ranges import NotSatisfiable, Part, part_of
from evaluations.models import File

PIECE = 64 * 1024


class Section:
    """The next bytes of an open file, as many as are to be sent."""

    def __init__(self, file: IO[bytes], count: int) -> None:
        self._file, self._left = file, count
        self.fileno, self.close = file.fileno, file.close

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end of the section."""
        piece = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        return piece


def response_to(request: HttpRequest, file: File) -> HttpResponseBase:
    """The bytes that a request wants: all, a part, or none where the caller has them.

    Raises:
        FileNotFound: when the bytes are gone.
    """
    etag = f'"{file.sha256}"'
    if etag in request.headers.get("If-None-Match", ""):
        return _with_headers(HttpResponse(status=304), file, etag)
    try:
        part = _wanted(request, file, etag)
    except NotSatisfiable:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
        return _with_headers(response, file, etag)
    return _with_headers(_sent(part, file), file, etag)


def _wanted(request: HttpRequest, file: File, etag: str) -> Part | None:
    """The part that is wanted; a caller that holds a part of another file gets the whole one."""
    if request.method != "GET" or request.headers.get("If-Range", etag) != etag:
        return None
    return part_of(file.size, request.headers.get("Range", ""))


def _sent(part: Part | None, file: File) -> FileResponse:
    start, count = (part.start, part.count) if part else (0, file.size)
    try:
        section = Section(storing.open_part(file.blob, start, count), count)
    except FileNotFoundError:
        raise FileNotFound from None
    response = FileResponse(section, status=206 if part else 200, content_type=file.content_type)
    response.block_size = PIECE
    response.headers["Content-Length"] = str(count)
    if part:
        response.headers["Content-Range"] = part.content_range
    return response


def _with_headers(response: HttpResponseBase, file: File, etag: str) -> HttpResponseBase:
    response.headers["Content-Type"] = file.content_type
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, max-age=14400, immutable"
    disposition = content_disposition_header(as_attachment=False, filename=file.filename)
    response.headers["Content-Disposition"] = disposition or "inline"
    return response
