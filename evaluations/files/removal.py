"""Deleting files: with their study or team, when they were never finished, and what is left over.

Bytes are deleted after the commit that deletes their row. If that fails, or the process is killed
between, `collect` finds them: bytes without a row that are older than a day. Ids are never used
twice, so what has no row by then will never have one.
"""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from api import ids
from evaluations.files import storing
from evaluations.models import Evaluation, File, FileStatus, FileUse

#: How long an upload may take to be finished, and how long a file is kept that no study uses.
UNFINISHED = timedelta(days=1)
UNUSED = timedelta(days=30)

BATCH = 500


def remove_bytes_after_commit(file: File) -> None:
    """Delete the bytes of a row that is being deleted, once that is certain."""
    if file.blob or file.status == FileStatus.PENDING:
        transaction.on_commit(partial(storing.remove, file.pk), robust=True)


def remove_with(study: Evaluation) -> None:
    """Delete the files of a study that is being deleted, except those that another one shows."""
    theirs = File.objects.filter(Q(evaluation=study) | Q(uses__evaluation=study))
    pks = set(theirs.values_list("pk", flat=True))
    if not pks:
        return
    FileUse.objects.filter(evaluation=study).delete()
    still_shown = FileUse.objects.filter(file__in=pks).values_list("file", flat=True)
    File.objects.filter(pk__in=pks - set(still_shown)).delete()


def forget(now: datetime | None = None) -> int:
    """Delete uploads that were not finished in time, and files that no study has used for long."""
    now = now or timezone.now()
    unfinished = ~Q(status=FileStatus.READY) & Q(created_at__lt=now - UNFINISHED)
    unused = Q(unused_since__lt=now - UNUSED, uses=None)
    return sum(_delete(condition) for condition in (unfinished, unused))


def _delete(condition: Q) -> int:
    """Delete a batch, without those that somebody holds: a study may begin to use one now."""
    with transaction.atomic():
        found = list(File.objects.filter(condition).values_list("pk", flat=True)[:BATCH])
        rows = File.objects.select_for_update(skip_locked=True, of=("self",))
        held = list(rows.filter(pk__in=found).values_list("pk", flat=True))
        doomed = list(File.objects.filter(condition, pk__in=held).values_list("pk", flat=True))
        File.objects.filter(pk__in=doomed).delete()
    return len(doomed)


def collect(now: datetime | None = None) -> int:
    """Delete bytes that no row names, and that are older than a day; of how many ids."""
    oldest = (now or timezone.now()) - UNFINISHED
    removed = 0
    for found in storing.every_id():
        old = [one for one in found if ids.is_cuid(one) and ids.made_at(one) < oldest]
        for at in range(0, len(old), BATCH):
            batch = old[at : at + BATCH]
            known = set(File.objects.filter(pk__in=batch).values_list("pk", flat=True))
            for lost in set(batch) - known:
                storing.remove(lost)
                removed += 1
    return removed
