"""What libcurl reports, in words for people, and whose failure it is."""

import errno
from dataclasses import dataclass
from typing import Literal

import pycurl

Fault = Literal["receiver", "ours"]


@dataclass(frozen=True)
class TransportFailure:
    """Why no complete answer came."""

    error: str
    fault: Fault = "receiver"


CLOSED_EARLY = "The connection was closed before the answer was complete."
_NOT_HTTP = "The answer is not valid HTTP."
_BAD_CODING = 61
_TOO_LARGE = 100

_TEXTS = {
    pycurl.E_UNSUPPORTED_PROTOCOL: _NOT_HTTP,
    pycurl.E_FTP_WEIRD_SERVER_REPLY: _NOT_HTTP,
    _BAD_CODING: _NOT_HTTP,
    pycurl.E_COULDNT_CONNECT: "The connection could not be made.",
    pycurl.E_PARTIAL_FILE: CLOSED_EARLY,
    pycurl.E_RECV_ERROR: CLOSED_EARLY,
    pycurl.E_SEND_ERROR: "The connection was closed before the request was sent.",
    pycurl.E_GOT_NOTHING: "The connection was closed without an answer.",
    _TOO_LARGE: "The headers of the answer are too large.",
}

_CONNECT_TEXTS = {
    errno.ECONNREFUSED: "The connection was refused.",
    errno.ECONNRESET: "The connection was reset.",
    errno.ENETUNREACH: "The network cannot be reached.",
    errno.EHOSTUNREACH: "The host cannot be reached.",
}

_OUT_OF_RESOURCES = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}
)

_UNKNOWN_ISSUER = "is from an unknown issuer, or an intermediate certificate is missing"

# By the codes of OpenSSL's certificate verification.
_CERTIFICATE_TEXTS = {
    2: _UNKNOWN_ISSUER,
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "is from an unknown issuer (its root is self-signed)",
    20: _UNKNOWN_ISSUER,
    21: _UNKNOWN_ISSUER,
    23: "has been revoked",
}

# By words that libcurl and OpenSSL use; the first that is found decides.
_HANDSHAKE_TEXTS = (
    ("wrong version number", "does not speak TLS on this port"),
    ("packet length", "does not speak TLS on this port"),
    ("unsupported protocol", "offers no TLS version from 1.2 on"),
    ("protocol version", "offers no TLS version from 1.2 on"),
    ("certificate required", "asks for a client certificate"),
)


def out_of_resources(code: int) -> TransportFailure | None:
    """Read an `errno` that says this machine ran out of something; None when it does not."""
    if code not in _OUT_OF_RESOURCES:
        return None
    name = errno.errorcode[code]
    return TransportFailure(f"The sender is out of resources ({name}).", "ours")


def transport_failure(
    curl: pycurl.Curl, code: int, detail: str, *, peer: str = "receiver"
) -> TransportFailure:
    """Explain a transfer that ended with libcurl's `code` and its message `detail`.

    `peer` is what people call the other end. What cannot be its doing, such as an option that
    libcurl refuses, is ours.
    """
    if code in {pycurl.E_COULDNT_CONNECT, pycurl.E_SEND_ERROR, pycurl.E_RECV_ERROR}:
        os_code = curl.getinfo(pycurl.OS_ERRNO)
        if failure := out_of_resources(os_code):
            return failure
        if code == pycurl.E_COULDNT_CONNECT and os_code in _CONNECT_TEXTS:
            return TransportFailure(_CONNECT_TEXTS[os_code])
    if code in _TEXTS:
        return TransportFailure(_TEXTS[code])
    if code == pycurl.E_PEER_FAILED_VERIFICATION:
        verdict = curl.getinfo(pycurl.SSL_VERIFYRESULT)
        return TransportFailure(
            f"The {peer}'s TLS certificate {_certificate_error(verdict, detail)}."
        )
    if code == pycurl.E_SSL_CONNECT_ERROR:
        return TransportFailure(_handshake_error(detail, peer))
    return TransportFailure(f"The request could not be sent (libcurl error {code}).", "ours")


def _certificate_error(verify_code: int, detail: str) -> str:
    # libcurl compares the names itself, after OpenSSL found the chain to be good.
    if "subject name" in detail:
        return "is for another host name"
    return _CERTIFICATE_TEXTS.get(verify_code, f"was not accepted (OpenSSL code {verify_code})")


def _handshake_error(detail: str, peer: str) -> str:
    lowered = detail.lower()
    for words, reason in _HANDSHAKE_TEXTS:
        if words in lowered:
            return f"The TLS handshake failed: the {peer} {reason}."
    return "The TLS handshake failed."
