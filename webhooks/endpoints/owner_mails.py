"""Mails to Owners about endpoints that fail.

What is to be said stands in the endpoint's row, written in the transaction
that found it out. So no mail is lost with a broker, none is sent for what was
rolled back, and no mail server is waited for while results are recorded.
"""

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from webhooks.endpoints.health import FAILING_LIMIT
from webhooks.models import Notice, WebhookDelivery, WebhookEndpoint

log = logging.getLogger("autousers.webhooks")

#: Nothing of a customer's is in them: a subject is a header.
SUBJECTS = {
    Notice.WARNING: "A webhook endpoint is failing",
    Notice.DISABLED: "A webhook endpoint was disabled",
}


def send_due() -> int:
    """Send the mails that are waiting; how many were sent.

    Each is taken by one conditional UPDATE, so several workers send it once.
    The first failure ends the round, for the mail server may be down; what
    was not sent is put back. The order is random so that one bad address does
    not hold up the others. A mail whose taking got no answer from the database
    may be lost, as with a worker that dies right after it.
    """
    sent = 0
    waiting = WebhookEndpoint.objects.existing().exclude(notice="").order_by("?")
    for endpoint in waiting.select_related("team__owner"):
        same = WebhookEndpoint.objects.filter(pk=endpoint.pk)
        if not same.filter(notice=endpoint.notice).update(notice=""):
            continue
        try:
            _mail(endpoint).send()
        except Exception:
            log.exception("The Owner of %s could not be mailed; later again", endpoint.pk)
            same.filter(notice="", status=endpoint.status).update(notice=endpoint.notice)
            break
        sent += 1
    return sent


def _mail(endpoint: WebhookEndpoint) -> EmailMessage:
    notice = Notice(endpoint.notice)
    newest = WebhookDelivery.objects.filter(endpoint=endpoint, failed_at__isnull=False)
    context = {
        "endpoint": endpoint,
        "team": endpoint.team,
        "owner": endpoint.team.owner,
        "last_error": newest.order_by("-failed_at").values_list("error", flat=True).first(),
        "limit": FAILING_LIMIT,
        "minutes": round(settings.WEBHOOK_DISABLE_AFTER / 60),
        "address": f"{settings.PUBLIC_URL}/api/v1/webhooks/{endpoint.pk}",
    }
    return EmailMessage(
        subject=SUBJECTS[notice],
        body=render_to_string(f"emails/endpoint_{notice.value}.txt", context),
        to=[endpoint.team.owner.email],
    )
