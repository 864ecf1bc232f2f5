"""Mails queued by a column: `mail_due`, on the row that the mail is about.

If the row is deleted first, its mail is not sent.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

log = logging.getLogger("autousers.mails")

TRIED_FOR = timedelta(days=1)


def send_marked(rows: "QuerySet[Any]", send: Callable[[Any], object]) -> int:
    """Send the mails of the rows whose `mail_due` is set; returns their number.

    A worker claims a mail by clearing `mail_due`, so each is sent once. The first failure
    ends the round, for the mail server may be down; the mark is set again, for a day. A worker
    that dies in between loses the mail, and nobody gets two.
    """
    sent = 0
    for row in rows.filter(mail_due=True).order_by("?"):
        mark = type(row)._default_manager.filter(pk=row.pk)
        if not mark.filter(mail_due=True).update(mail_due=False):
            continue
        try:
            send(row)
        except Exception:
            log.exception("The mail of %s %s could not be sent", row._meta.verbose_name, row.pk)
            mark.update(mail_due=timezone.now() - row.created_at < TRIED_FOR)
            break
        sent += 1
    return sent
