"""Messages for the errors of libcurl, and whose failure each is."""

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
_CLIENT_CERTIFICATE = 98
_HANDSHAKE_CODES = frozenset({pycurl.E_SSL_CONNECT_ERROR, _CLIENT_CERTIFICATE})

_TEXTS = {
    pycurl.E_UNSUPPORTED_PROTOCOL: _NOT_HTTP,
    pycurl.E_FTP_WEIRD_SERVER_REPLY: _NOT_HTTP,
    _BAD_CODING: _NOT_HTTP,
    pycurl.E_COULDNT_CONNECT: "The connection could not be made.",
    pycurl.E_PARTIAL_FILE: CLOSED_EARLY,
    pycurl.E_RECV_ERROR: CLOSED_EARLY,
    pycurl.E_SEND_ERROR: CLOSED_EARLY,
    pycurl.E_GOT_NOTHING: "The connection was closed without an answer.",
    _TOO_LARGE: "The headers of the answer are too large.",
}

_CONNECT_TEXTS = {
    errno.ECONNREFUSED: "The connection was refused.",
    errno.ENETUNREACH: "The network cannot be reached.",
    errno.EHOSTUNREACH: "The host cannot be reached.",
}

_SYSTEM_CODES = frozenset({pycurl.E_COULDNT_CONNECT, pycurl.E_SEND_ERROR, pycurl.E_RECV_ERROR})
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
}

_NO_TLS = "does not speak TLS on this port"
_OLD_TLS = "offers no TLS version from 1.2 on"
_ASKS = "asks for a client certificate, which the sender does not have"

# By words that libcurl and OpenSSL use; the first that is found decides. The sender shows no
# certificate, so an alert about its certificate means that one is missing. Servers of TLS 1.2
# tell this, and that no cipher is shared, with the same alert.
_HANDSHAKE_TEXTS = (
    ("wrong version number", _NO_TLS),
    ("length too long", _NO_TLS),
    ("unsupported protocol", _OLD_TLS),
    ("protocol version", _OLD_TLS),
    ("certificate required", _ASKS),
    ("alert bad certificate", _ASKS),
    ("alert certificate unknown", _ASKS),
    (
        "alert handshake failure",
        f"{_ASKS}, or shares no cipher with the sender",
    ),
    ("unrecognized name", "does not know this host name"),
    ("unexpected eof", "closed the connection"),
    ("reset by peer", "closed the connection"),
)

# TLS 1.3 tells what the other end thinks of a missing certificate only after the handshake. The
# reset that follows may overtake it.
_CLOSED_AFTER_HANDSHAKE = (
    "closed the connection right after the TLS handshake. Perhaps it asks for a client "
    "certificate, which the sender does not have."
)
_CLOSED_CODES = frozenset({pycurl.E_SEND_ERROR, pycurl.E_RECV_ERROR, pycurl.E_GOT_NOTHING})


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

    `peer` is the name of the other end in messages. Errors that it cannot cause, such as an option
    that libcurl refuses, are ours.
    """
    if code in _SYSTEM_CODES and (failure := _system_failure(curl, code)):
        return failure
    if code in _HANDSHAKE_CODES or (code == pycurl.E_RECV_ERROR and "alert" in detail):
        return TransportFailure(_handshake_error(detail, peer))
    if code in _CLOSED_CODES and _only_shook_hands(curl):
        return TransportFailure(f"The {peer} {_CLOSED_AFTER_HANDSHAKE}")
    if code == pycurl.E_PEER_FAILED_VERIFICATION:
        verdict = curl.getinfo(pycurl.SSL_VERIFYRESULT)
        return TransportFailure(
            f"The {peer}'s TLS certificate {_certificate_error(verdict, detail)}."
        )
    if code in _TEXTS:
        return TransportFailure(_TEXTS[code])
    return TransportFailure(f"The request could not be sent (libcurl error {code}).", "ours")


def deadline_error(
    curl: pycurl.Curl, *, peer: str, limit: str, connected: bool, status: int | None
) -> str:
    """The message for a transfer that exceeded its deadline.

    `connected` says whether the connection was ready for a request, `status` is that of an answer
    that has begun.
    """
    if status is not None:
        return f"The {peer} answered {status}, but did not finish {limit}."
    if connected:
        return f"The {peer} did not answer {limit}."
    if curl.getinfo(pycurl.CONNECT_TIME_T):
        return f"The TLS handshake with the {peer} did not finish {limit}."
    return f"The connection could not be made {limit}."


def _system_failure(curl: pycurl.Curl, code: int) -> TransportFailure | None:
    os_code = curl.getinfo(pycurl.OS_ERRNO)
    if code == pycurl.E_COULDNT_CONNECT and os_code in _CONNECT_TEXTS:
        return TransportFailure(_CONNECT_TEXTS[os_code])
    return out_of_resources(os_code)


def _only_shook_hands(curl: pycurl.Curl) -> bool:
    """Whether a new connection finished TLS and got no byte of a reply."""
    return bool(
        curl.getinfo(pycurl.NUM_CONNECTS)
        and curl.getinfo(pycurl.APPCONNECT_TIME_T)
        and not curl.getinfo(pycurl.HEADER_SIZE)
    )


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
