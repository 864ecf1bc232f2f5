"""One task per delivery."""

import hashlib
import hmac
import time

import requests
from celery import shared_task
from django.db import transaction
from django.utils import timezone

from benchmarks.engine.baselines.one_task_each.models import Attempt, Delivery

#: Kept for the life of the process, with its connections.
session = requests.Session()
session.trust_env = False
session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=64))


@shared_task
def deliver(delivery_id: int) -> None:
    """Send one delivery and record what came of it."""
    delivery = Delivery.objects.select_related("event", "endpoint").get(pk=delivery_id)
    body, secret = bytes(delivery.event.payload), delivery.endpoint.secret
    now = int(time.time())
    signature = hmac.new(secret.encode(), b"%d.%b" % (now, body), hashlib.sha256).hexdigest()
    started = time.monotonic()
    reply = session.post(
        delivery.endpoint.url,
        data=body,
        headers={
            "Content-Type": "application/json",
            "User-Agent": "Autousers-Webhooks/1.0",
            "Autousers-Event-Id": str(delivery.event_id),
            "Autousers-Event-Type": delivery.event.type,
            "Autousers-Delivery-Id": str(delivery.pk),
            "Autousers-Signature": f"t={now},v1={signature}",
        },
        timeout=10,
        allow_redirects=False,
    )
    with transaction.atomic():
        Attempt.objects.create(
            delivery=delivery,
            status=reply.status_code,
            headers=list(reply.headers.items()),
            body=reply.text[:4096],
            ms=int((time.monotonic() - started) * 1000),
        )
        delivery.status = "delivered" if reply.ok else "failed"
        delivery.attempts += 1
        delivery.delivered_at = timezone.now()
        delivery.save(update_fields=["status", "attempts", "delivered_at"])
        delivery.endpoint.last_delivered_at = timezone.now()
        delivery.endpoint.failures = 0
        delivery.endpoint.save(update_fields=["last_delivered_at", "failures"])
