"""From a claim to the signed request that is sent."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils import timezone

from api.encryption import UndecipherableSecret, decrypt
from webhooks import signing
from webhooks.addresses import InvalidTarget
from webhooks.claims import Claim
from webhooks.http_client import Outcome, Post, Timing
from webhooks.models import SignatureOrder, WebhookEndpoint, WebhookEvent
from webhooks.posts import Fault
from webhooks.targets import target_of

log = logging.getLogger("autousers.webhooks")

USER_AGENT = "Autousers-Webhooks/1.0"

_ENDPOINT_FIELDS = (
    "id",
    "url",
    "encrypted_secret",
    "encrypted_previous_secret",
    "previous_secret_until",
    "signature_order",
    "deleted_at",
)


@dataclass(frozen=True, slots=True)
class Sending:
    """An attempt on its way: what was claimed, and how it was signed.

    A `final` one is the last: no other could succeed.
    """

    claim: Claim
    signature_order: str = ""
    synthetic: bool = False
    final: bool = False


#: The same few secrets sign everything; opening one costs more than signing with it.
_open = lru_cache(maxsize=4096)(decrypt)


def prepare(claims: Sequence[Claim]) -> list[Post | Outcome]:
    """The signed request of each claim, or the outcome of one that cannot be made."""
    endpoints = {
        row["id"]: row
        for row in WebhookEndpoint.objects.filter(
            pk__in={claim.endpoint_id for claim in claims}
        ).values(*_ENDPOINT_FIELDS)
    }
    events = {
        row["id"]: row
        for row in WebhookEvent.objects.filter(pk__in={claim.event_id for claim in claims}).values(
            "id", "type", "payload", "synthetic"
        )
    }
    return [
        _prepare_or_fail(claim, endpoints.get(claim.endpoint_id), events.get(claim.event_id))
        for claim in claims
    ]


def _prepare_or_fail(
    claim: Claim, endpoint: Mapping[str, Any] | None, event: Mapping[str, Any] | None
) -> Post | Outcome:
    try:
        return _prepare(claim, endpoint, event)
    except Exception as error:  # one delivery that we fail at must not hold up the others
        log.exception("A request could not be made")
        return no_request(Sending(claim), f"{type(error).__name__} in the sender.", fault="ours")


def _prepare(
    claim: Claim, endpoint: Mapping[str, Any] | None, event: Mapping[str, Any] | None
) -> Post | Outcome:
    if endpoint is None or event is None or endpoint["deleted_at"] is not None:
        return no_request(Sending(claim, final=True), "The endpoint was deleted.")
    order, secrets_ = _signing_secrets(claim, endpoint)
    sending = Sending(claim, signature_order=order, synthetic=event["synthetic"])
    try:
        target = target_of(endpoint["url"])
        keys = [_open(secret) for secret in secrets_]
    except InvalidTarget as error:
        return no_request(sending, str(error))
    except UndecipherableSecret as error:
        return no_request(sending, str(error), fault="ours")
    body = bytes(event["payload"])
    return Post(
        key=sending,
        target=target,
        body=body,
        headers={
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "Autousers-Event-Id": event["id"],
            "Autousers-Event-Type": event["type"],
            "Autousers-Delivery-Id": claim.attempt_id,
            # Signed afresh for each attempt: a receiver refuses an old timestamp.
            **signing.sign(
                secrets=keys, body=body, event_id=event["id"], timestamp=int(time.time())
            ),
        },
    )


def _signing_secrets(claim: Claim, endpoint: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The secrets to sign with, still encrypted, and the name of their order.

    Two during a rotation. A receiver that reads only the last signature knows
    either the old or the new secret. So the first attempt is signed in the
    order that last succeeded, and every second one the other way round: the
    receiver may have changed to the new secret since.
    """
    new, old = endpoint["encrypted_secret"], endpoint["encrypted_previous_secret"]
    until = endpoint["previous_secret_until"]
    if not old or until is None or until <= timezone.now():
        return "", [new]
    new_last = endpoint["signature_order"] != SignatureOrder.NEW_OLD
    if claim.attempt % 2 == 0:
        new_last = not new_last
    if new_last:
        return SignatureOrder.OLD_NEW.value, [old, new]
    return SignatureOrder.NEW_OLD.value, [new, old]


def no_request(sending: Sending, error: str, *, fault: Fault = "receiver") -> Outcome:
    """The outcome of an attempt that sent nothing."""
    return Outcome(
        key=sending,
        status=None,
        headers=(),
        body="",
        timing=Timing(None, None, None, None, 0),
        error=error,
        fault=fault,
    )
