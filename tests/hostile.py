"""A receiver that can be told to behave badly, and the certificates it shows.

Each connection gets a thread and a raw socket, so that a behaviour can send any bytes at any
pace. A behaviour is a function of a Conversation; when it returns, the connection is closed.
"""

import datetime
import errno
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class Request:
    """What a receiver got, as bytes."""

    line: bytes
    headers: dict[bytes, bytes]
    body: bytes


@dataclass
class Conversation:
    """One connection to the hostile receiver."""

    socket: socket.socket
    number: int
    stop: threading.Event
    unread: bytes = b""

    def read_request(self) -> Request | None:
        """Read one request; None when the other end hangs up."""
        while b"\r\n\r\n" not in self.unread:
            if not self._more():
                return None
        head, _, self.unread = self.unread.partition(b"\r\n\r\n")
        line, *fields = head.split(b"\r\n")
        headers = dict(entry.lower().split(b": ", 1) for entry in fields)
        length = int(headers.get(b"content-length", b"0"))
        while len(self.unread) < length:
            if not self._more():
                return None
        body, self.unread = self.unread[:length], self.unread[length:]
        return Request(line, headers, body)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def drip(self, data: bytes, *, every: float) -> None:
        """Send a byte at a time, and wait between them."""
        for byte in data:
            self.send(bytes([byte]))
            if self.stop.wait(every):
                return

    def hang(self) -> None:
        """Do nothing until the test is over."""
        self.stop.wait(30)

    def reset(self) -> None:
        """Close with a TCP reset instead of an orderly end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _more(self) -> bool:
        data = self.socket.recv(65_536)
        self.unread += data
        return bool(data)


Behaviour = Callable[[Conversation], None]


@dataclass
class Hostile:
    """A receiver that listens on a free port; use it as a context manager."""

    behave: Behaviour
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    connections: int = 0

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._server = socket.create_server(
            (self.host, 0),
            family=socket.AF_INET6 if ":" in self.host else socket.AF_INET,
            backlog=256,
        )
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        # close() alone does not wake a thread that sits in accept().
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError as error:
                if error.errno == errno.EMFILE:  # a test took the handles away for a moment
                    time.sleep(0.01)
                    continue
                return
            self.connections += 1
            arguments = (connection, self.connections)
            threading.Thread(target=self._serve, args=arguments, daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        # A sender that hangs up, or refuses the certificate, is what these tests are about.
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self.behave(Conversation(connection, number, self._stop))
        except (OSError, ValueError):
            pass
        finally:
            connection.close()


def answer(status: int = 200, *fields: str, body: bytes = b"ok") -> bytes:
    """Build a plain answer with a Content-Length."""
    head = "".join(f"{entry}\r\n" for entry in fields)
    return f"HTTP/1.1 {status} Fine\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def answering(*answers: bytes, requests: list[Request] | None = None) -> Behaviour:
    """Answer the first request with the first answer and so on; the last one repeats."""

    def behave(conversation: Conversation) -> None:
        left = list(answers)
        while (request := conversation.read_request()) is not None:
            if requests is not None:
                requests.append(request)
            conversation.send(left.pop(0) if len(left) > 1 else left[0])

    return behave


def after_request(act: Behaviour) -> Behaviour:
    """Read a request, then do something."""

    def behave(conversation: Conversation) -> None:
        if conversation.read_request() is not None:
            act(conversation)

    return behave


class Authority:
    """A certificate authority for tests; `bundle` is the file that trusts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        self.certificate = self._build("Test authority", names=[], authority=True)
        self.bundle = folder / "authority.pem"
        self.bundle.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def server_context(
        self,
        *names: str,
        days: tuple[int, int] = (-1, 1),
        self_signed: bool = False,
        for_clients: bool = False,
        with_issuer: bool = False,
    ) -> ssl.SSLContext:
        """Make the TLS side of a receiver with a certificate for these names.

        `days` says from when until when, counted from now, the certificate is valid. A
        certificate `for_clients` is good for nothing else; `with_issuer` shows the authority, too.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        usage = ExtendedKeyUsageOID.CLIENT_AUTH if for_clients else None
        certificate = self._build(
            names[0], list(names), key=key, days=days, alone=self_signed, usage=usage
        )
        path = self.folder / f"{time.monotonic_ns()}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
            + (self.bundle.read_bytes() if with_issuer else b"")
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _build(
        self,
        subject: str,
        names: list[str],
        *,
        key: ec.EllipticCurvePrivateKey | None = None,
        days: tuple[int, int] = (-1, 1),
        authority: bool = False,
        alone: bool = False,
        usage: x509.ObjectIdentifier | None = None,
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        signing_key = key if alone and key else self.key
        builder = (
            x509.CertificateBuilder()
            .subject_name(own_name)
            .issuer_name(own_name if alone else self.name)
            .public_key((key or self.key).public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=days[0]))
            .not_valid_after(now + datetime.timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if names:
            alternative = x509.SubjectAlternativeName([_general_name(name) for name in names])
            builder = builder.add_extension(alternative, critical=False)
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return builder.sign(signing_key, hashes.SHA256())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
