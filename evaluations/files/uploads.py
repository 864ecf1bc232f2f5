"""Uploading a file: its announcement, its bytes, and its end.

- `begin` makes the row, on the quota of the team.
- `receive` checks the bytes, stores them under a new name, and then names them in the row.
- `finalize` makes the file usable. From then on it never changes.

A process may be killed between any two steps. Bytes that no row names are found by the id of their
folder (`removal.py`); a row without bytes stays pending, and is removed after a day.
"""

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import IO

from django.conf import settings
from django.core.files.base import File as Bytes
from django.db import transaction
from django.db.models import Count, Sum
from django.http.request import UnreadablePostError
from django.utils import timezone

from api import ids
from evaluations.files import addresses, storing
from evaluations.files.access import FileNotFound
from evaluations.files.addresses import Ticket
from evaluations.files.contents import Content, Unfit, inspect
from evaluations.files.kinds import KINDS, MEGABYTE
from evaluations.files.problems import (
    FileFinalized,
    FileNotUploaded,
    FileQuotaExceeded,
    FileRejected,
    FileTooLarge,
    UnsupportedFileType,
)
from evaluations.files.spool import Spooled
from evaluations.models import Evaluation, File, FileStatus
from teams.limits.plans import limits_of
from teams.models import Team, User

PIECE = 256 * 1024

NOT_DECLARED = "Its content is of another type than the one that was announced."


@dataclass(frozen=True)
class Announced:
    """What a caller says of a file before it is sent."""

    filename: str
    content_type: str
    size: int


def begin(
    *,
    team: Team,
    author: User | None,
    announced: Announced,
    evaluation: Evaluation | None = None,
    side: str = "",
    params: tuple[str, str] = ("mimeType", "sizeBytes"),
) -> tuple[File, str, Ticket]:
    """Announce a file; the row, the address that takes its bytes, and what that allows.

    `params` are the names of type and size in the body, for refusals.

    Raises:
        UnsupportedFileType, FileTooLarge: for what is never taken.
        FileQuotaExceeded: when the plan has no room for it.
    """
    check(announced, *params)
    pk = ids.cuid()
    address, ticket = addresses.to_send(pk, announced.size)
    file = _row(pk, team, author, announced, evaluation, side)
    file.expires_at = ticket.expires_at
    _insert(file, team)
    return file, address, ticket


def check(announced: Announced, type_param: str, size_param: str) -> None:
    """Refuse a type that is not supported, and a size beyond that of its type."""
    kind = KINDS.get(announced.content_type)
    if kind is None:
        raise UnsupportedFileType(type_param)
    if announced.size > kind.limit:
        raise FileTooLarge(kind, size_param)


def _row(
    pk: str,
    team: Team,
    author: User | None,
    announced: Announced,
    evaluation: Evaluation | None,
    side: str,
) -> File:
    return File(
        id=pk,
        team=team,
        created_by=author,
        evaluation=evaluation,
        side=side,
        filename=announced.filename,
        content_type=announced.content_type,
        size=announced.size,
        expires_at=timezone.now(),
    )


@transaction.atomic(savepoint=False)
def _insert(file: File, team: Team) -> None:
    """Save a new file, if the plan of its team has room. Uploads of a team come one by one."""
    Team.objects.select_for_update(no_key=True, of=("self",)).filter(pk=team.pk).first()
    held = File.objects.filter(team=team).aggregate(files=Count("pk"), size=Sum("size"))
    limits = limits_of(team)
    if limits.files is not None and held["files"] >= limits.files:
        raise FileQuotaExceeded(f"{limits.files:,} files", team.plan)
    if limits.file_megabytes is not None:
        size = (held["size"] or 0) + file.size
        if size > limits.file_megabytes * MEGABYTE:
            raise FileQuotaExceeded(f"{limits.file_megabytes:,} MB of files", team.plan)
    file.save(force_insert=True)


# --- the bytes -----------------------------------------------------------------------------------


def receive(ticket: Ticket, *, content_type: str, length: int, stream: IO[bytes]) -> None:
    """Take the bytes of an announced file. Until it is finalised they may be sent again.

    Raises:
        ExpiredAddress, FileNotFound, FileFinalized: when none are wanted.
        FileRejected: for bytes that are not the announced file; the cause stays in the row.
    """
    file = _announced(ticket)
    if content_type.partition(";")[0].strip().lower() != file.content_type:
        raise _noted(file, _mismatch(f"Send it with Content-Type: {file.content_type}."))
    if length != file.size:
        raise _noted(file, _wrong_size(file.size, length))
    with Spooled("file", file.content_type, file.size, None, None) as copy:
        sha256 = _copy(stream, copy, file)
        content = _content(copy, file)
        _store(file, copy, sha256, content)


def _announced(ticket: Ticket) -> File:
    file = File.objects.filter(pk=ticket.about, size=ticket.size).first()
    if file is None:
        raise FileNotFound
    if file.is_ready:
        raise FileFinalized
    if ticket.is_over:
        note(file, "expired_url")
        raise addresses.ExpiredAddress
    return file


def _copy(stream: IO[bytes], copy: Bytes, file: File) -> str:
    """Copy a body piece by piece; its sha256."""
    digest, count = hashlib.sha256(), 0
    try:
        while count <= file.size and (piece := stream.read(PIECE)):
            digest.update(piece)
            copy.write(piece)
            count += len(piece)
    except UnreadablePostError:
        pass  # it broke off, and the count says so
    if count != file.size:
        raise _noted(file, _wrong_size(file.size, count))
    copy.flush()
    return digest.hexdigest()


def _content(copy: IO[bytes], file: File) -> Content:
    """What the bytes are, if it is what was announced."""
    try:
        content = inspect(copy, most_pixels=settings.FILE_PIXELS)
    except Unfit as unfit:
        raise _noted(file, FileRejected(unfit.cause, unfit.text)) from None
    if content.kind.type != file.content_type:
        raise _noted(file, _mismatch(NOT_DECLARED))
    return content


def _store(file: File, copy: Bytes, sha256: str, content: Content) -> None:
    """Write the bytes, and then name them in the row, if it still waits for them."""
    blob = storing.keep(file.pk, copy)
    try:
        with transaction.atomic():
            row = File.objects.select_for_update(of=("self",)).filter(pk=file.pk).first()
            if row is None:
                raise FileNotFound
            if row.is_ready:
                raise FileFinalized
            _name_bytes(row, blob, sha256, content)
    except (FileNotFound, FileFinalized):
        storing.remove(file.pk, but=_blob_of(file))
        raise


def _blob_of(file: File) -> str:
    return File.objects.filter(pk=file.pk).values_list("blob", flat=True).first() or ""


def _name_bytes(row: File, blob: str, sha256: str, content: Content) -> None:
    row.blob, row.sha256, row.cause = blob, sha256, ""
    row.width, row.height = content.width, content.height
    row.status = FileStatus.UPLOADED
    row.save(update_fields=["blob", "sha256", "cause", "width", "height", "status"])


def _mismatch(text: str) -> FileRejected:
    return FileRejected("content_type_mismatch", text)


def _wrong_size(announced: int, sent: int) -> FileRejected:
    text = f"{announced:,} bytes were announced, and {sent:,} were sent."
    return FileRejected("size_mismatch", text)


def _noted(file: File, error: FileRejected) -> FileRejected:
    note(file, error.cause)
    return error


def note(file: File, cause: str) -> None:
    """Keep why an upload failed, for those who ask what became of it."""
    File.objects.filter(pk=file.pk, status=FileStatus.PENDING).update(cause=cause)


# --- its end -------------------------------------------------------------------------------------


def finalize(file: File) -> None:
    """Make a file usable, whose row the caller has locked. Doing it twice changes nothing.

    Raises:
        FileNotUploaded: when its bytes are missing.
    """
    if file.is_ready:
        return
    if not storing.is_there(file.blob):
        raise FileNotUploaded
    file.status = FileStatus.READY
    file.finalized_at = file.unused_since = timezone.now()
    file.save(update_fields=["status", "finalized_at", "unused_since"])
    leftovers = partial(storing.remove, file.pk, but=file.blob)
    transaction.on_commit(leftovers, robust=True)


@transaction.atomic(savepoint=False)
def take(
    *,
    team: Team,
    author: User | None,
    sent: "Sent",
    evaluation: Evaluation | None = None,
    side: str = "",
) -> File:
    """Make a ready file of one that was sent whole, in one step. Its content tells its type.

    The bytes are stored before the transaction commits, so no committed row is without its bytes.

    Raises:
        FileQuotaExceeded: when the plan has no room for it.
    """
    announced = Announced(sent.filename, sent.content.kind.type, sent.size)
    file = _row(ids.cuid(), team, author, announced, evaluation, side)
    _insert(file, team)
    try:
        _name_bytes(file, storing.keep(file.pk, sent.file), sent.sha256, sent.content)
        finalize(file)
    except Exception:
        storing.remove(file.pk)
        raise
    return file


@dataclass(frozen=True)
class Sent:
    """A file that lies on this machine, and was looked at."""

    file: Bytes
    filename: str
    size: int
    sha256: str
    content: Content


def digest_of(file: Bytes) -> str:
    """The sha256 of a file that came with a form."""
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def look_at(file: Bytes, filename: str, sha256: str, *, param: str) -> Sent:
    """Look at a file that came with a form.

    Raises:
        FileRejected: for what cannot be shown.
    """
    try:
        content = inspect(file, most_pixels=settings.FILE_PIXELS)
    except Unfit as unfit:
        raise FileRejected(unfit.cause, unfit.text, param=param) from None
    return Sent(file, filename, file.size or 0, sha256, content)
