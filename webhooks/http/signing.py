"""Signatures of webhook requests: make a secret, sign a body, verify a header.

Every request carries two schemes side by side. `Autousers-Signature` is ours; the three
`webhook-*` headers are Standard Webhooks, so that any verifier of that family works too.
"""

import base64
import hashlib
import hmac
import secrets as random_source
from collections.abc import Sequence

SECRET_PREFIX = "whsec_"  # noqa: S105 - the published prefix, not a secret
TOLERANCE = 300
"""Seconds of clock skew, either way, that a receiver accepts."""


class SignatureError(ValueError):
    """A signature header does not prove the body. The message says why, in words for people."""


def new_secret() -> str:
    """Make a signing secret: `whsec_` and 24 random bytes in standard base64, 38 characters."""
    return SECRET_PREFIX + base64.b64encode(random_source.token_bytes(24)).decode("ascii")


def sign(*, secrets: Sequence[str], body: bytes, event_id: str, timestamp: int) -> dict[str, str]:
    """Return the four signature headers of one attempt.

    `secrets` holds one secret, or two while a secret is being rotated; the signatures stand in
    their order. `timestamp` is the signing time in epoch seconds. Raises ValueError without a
    secret: an unsigned request must never leave.
    """
    if not secrets:
        raise ValueError("At least one secret is needed to sign.")
    ours = b"%d.%b" % (timestamp, body)
    standard = b"%b.%b" % (event_id.encode(), ours)
    entries = ",".join(f"v1={hmac.digest(s.encode(), ours, 'sha256').hex()}" for s in secrets)
    return {
        "Autousers-Signature": f"t={timestamp},{entries}",
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_standard_digest(s, standard)}" for s in secrets),
    }


def verify(*, secret: str, body: bytes, header: str, now: int, tolerance: int = TOLERANCE) -> None:
    """Check an `Autousers-Signature` header; raise SignatureError if it is wrong.

    Every `v1` entry is tried, because a header carries two while a secret is being rotated.
    `now` is epoch seconds; `tolerance` is the accepted clock skew in seconds, either way.
    """
    timestamp, signatures = _parse(header)
    age = now - int(timestamp)
    if age > tolerance:
        raise SignatureError(f"The signature is too old: {age} s, {tolerance} s are allowed.")
    if age < -tolerance:
        raise SignatureError(
            f"The signature is dated {-age} s in the future, {tolerance} s are allowed."
        )
    # The text of t is signed, not its value: "007" and "7" are different messages.
    message = timestamp.encode() + b"." + body
    expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest().encode()
    given = [signature.encode("utf-8", "replace") for signature in signatures]
    if not any(hmac.compare_digest(expected, signature) for signature in given):
        raise SignatureError("No v1 signature matches this body and secret.")


def _parse(header: str) -> tuple[str, list[str]]:
    """Split `t=…,v1=…[,v1=…]` into the text of t and every v1; unknown names are skipped."""
    timestamps: list[str] = []
    signatures: list[str] = []
    for entry in header.split(","):
        name, equals, value = entry.strip().partition("=")
        if not equals:
            raise SignatureError("The signature header is not a list of name=value entries.")
        if name == "t":
            timestamps.append(value)
        elif name == "v1":
            signatures.append(value)
    if len(timestamps) != 1 or not _is_epoch(timestamps[0]):
        raise SignatureError("The signature header needs one t entry in epoch seconds.")
    if not signatures:
        raise SignatureError("The signature header has no v1 entry.")
    return timestamps[0], signatures


def _is_epoch(text: str) -> bool:
    # isdecimal alone accepts digits of other scripts; the length keeps int() cheap.
    return text.isascii() and text.isdecimal() and len(text) <= 12


def _standard_digest(secret: str, message: bytes) -> str:
    digest = hmac.digest(_standard_key(secret), message, "sha256")
    return base64.b64encode(digest).decode("ascii")


def _standard_key(secret: str) -> bytes:
    """Return the key of the Standard Webhooks scheme.

    It is what the base64 after the prefix decodes to. A secret that is not base64, such as one
    that a customer brought along, keys with the UTF-8 bytes of its whole text instead, which is
    what the libraries of that family do when told to take the secret raw.
    """
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    return key or secret.encode()
