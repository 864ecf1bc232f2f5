"""Mails to Owners about failing endpoints.

The column `notice` of an endpoint says which mail is due. It is written in the
transaction that records the results. So no mail is lost with a broker, none is sent
after a rollback, and recording never waits for a mail server.
"""

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from webhooks.endpoints.health import FAILING_LIMIT
from webhooks.models import Notice, WebhookDelivery, WebhookEndpoint

log = logging.getLogger("autousers.webhooks")

#: Without any text of customers, because a subject is a header.
SUBJECTS = {
    Notice.WARNING: "A webhook endpoint is failing",
    Notice.DISABLED: "A webhook endpoint was disabled",
}


def send_due() -> int:
    """Send the mails that are due; returns how many were sent.

    A conditional UPDATE claims each mail, so that of several workers one sends it. The
    first failure ends the round, because the mail server may be down; that mail is due
    again. The order is random, so that one bad address does not block the others. A mail is
    lost if the worker dies between the claim and the sending.
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
            log.exception("The mail to the Owner of %s failed; it is tried again", endpoint.pk)
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
        "page": f"{settings.PUBLIC_URL}{reverse('settings-webhook', args=[endpoint.pk])}",
    }
    return EmailMessage(
        subject=SUBJECTS[notice],
        body=render_to_string(f"emails/endpoint_{notice.value}.txt", context),
        to=[endpoint.team.owner.email],
    )
