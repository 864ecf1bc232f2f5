"""Making the signed request of a claim."""

import json
import logging
import time
from dataclasses import dataclass
from functools import lru_cache

from api.outbound.addresses import InvalidTarget
from api.outbound.transport_errors import Fault
from api.rest import versioning
from api.security.encryption import UndecipherableSecret, decrypt
from webhooks import payloads
from webhooks.delivery.claims import Claim, Contents
from webhooks.endpoints.targets import target_of
from webhooks.http import signing
from webhooks.http.client import Outcome, Post, Timing
from webhooks.models import SignatureOrder

log = logging.getLogger("autousers.webhooks")

USER_AGENT = "Autousers-Webhooks/1.0"

#: Least seconds between two log lines of one process about secrets that cannot be decrypted.
LOG_INTERVAL = 60.0

_logged_at = -LOG_INTERVAL


@dataclass(frozen=True, slots=True)
class Sending:
    """An attempt in flight: its claim and how it was signed.

    `final` means that no further attempt could succeed.
    """

    claim: Claim
    signature_order: str = ""
    synthetic: bool = False
    final: bool = False


#: Cached, because decrypting a secret costs more than signing with it.
_open = lru_cache(maxsize=4096)(decrypt)


def prepare(claim: Claim) -> Post | Outcome:
    """The signed request of a claim, or the outcome if no request can be made."""
    try:
        return _prepare(claim)
    except Exception as error:  # a bug with one delivery must not stop the others
        log.exception("A request could not be made")
        return no_request(Sending(claim), f"{type(error).__name__} in the sender.", fault="ours")


def _prepare(claim: Claim) -> Post | Outcome:
    contents = claim.contents
    if contents is None:
        return no_request(Sending(claim, final=True), "The endpoint was deleted.")
    order, secrets_ = _signing_secrets(claim, contents)
    sending = Sending(claim, signature_order=order, synthetic=contents.synthetic)
    try:
        target = target_of(contents.url)
        keys = [_open(secret) for secret in secrets_]
    except InvalidTarget as error:
        return no_request(sending, str(error))
    except UndecipherableSecret as error:
        _log_unreadable(claim.endpoint_id)
        return no_request(sending, str(error), fault="ours")
    body = in_version(claim.api_version, contents.payload)
    return Post(
        key=sending,
        target=target,
        body=body,
        headers={
            **plain_headers(claim.event_id, contents.event_type, claim.attempt_id),
            # Signed again for each attempt: a receiver refuses an old timestamp.
            **signing.sign(
                secrets=keys, body=body, event_id=claim.event_id, timestamp=int(time.time())
            ),
        },
    )


def plain_headers(event_id: str, event_type: str, attempt_id: str) -> dict[str, str]:
    """The headers of an attempt, without its signatures."""
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Autousers-Event-Id": event_id,
        "Autousers-Event-Type": event_type,
        "Autousers-Delivery-Id": attempt_id,
    }


def _log_unreadable(endpoint_id: str) -> None:
    """Log at most once a minute that a secret cannot be decrypted: its deliveries wait."""
    global _logged_at
    if time.monotonic() - _logged_at < LOG_INTERVAL:
        return
    _logged_at = time.monotonic()
    log.error(
        "The signing secret of %s cannot be decrypted with any key in AUTOUSERS_ENCRYPTION_KEYS of "
        "this worker; other endpoints may be affected too. Their deliveries wait",
        endpoint_id,
    )


def in_version(version: str, payload: bytes) -> bytes:
    """The body in the version that the endpoint is pinned to; the same for every attempt."""
    if not version or version == versioning.current():
        return payload
    event = json.loads(payload)
    older = versioning.event_as_of(version, event)
    return payload if older is event else payloads.encode(older)


def _signing_secrets(claim: Claim, contents: Contents) -> tuple[str, list[str]]:
    """The secrets to sign with, still encrypted, and the name of their order.

    There are two during a rotation. Some receivers read only the last signature and
    know only one of the secrets. So odd attempts use the order that succeeded last, and
    even attempts the opposite order, as the receiver may have changed to the new secret.
    """
    new, old = contents.encrypted_secret, contents.encrypted_previous_secret
    if not old:
        return "", [new]
    new_last = contents.signature_order != SignatureOrder.NEW_OLD
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
