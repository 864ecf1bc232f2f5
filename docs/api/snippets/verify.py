import hashlib
import hmac
import time

TOLERANCE = 300  # seconds, either way


def verify(secret: str, body: bytes, header: str, now: float | None = None) -> None:
    """Raise ValueError unless the request can be trusted.

    `body` is the raw request body, `header` the value of Autousers-Signature.
    """
    entries = [entry.strip().partition("=") for entry in header.split(",")]
    timestamp = next((value for name, _, value in entries if name == "t"), "")
    now = time.time() if now is None else now
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > TOLERANCE:
        raise ValueError("The signature has no timestamp, or it is not current.")
    message = timestamp.encode() + b"." + body
    expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest().encode()
    # While a secret is being rotated there are two signatures: try every one.
    given = [value.encode() for name, _, value in entries if name == "v1"]
    if not any(hmac.compare_digest(expected, signature) for signature in given):
        raise ValueError("No signature matches this body and secret.")
