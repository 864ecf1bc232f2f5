"""The sample of `ops/nginx.conf`, in a real nginx, before a real server."""

import datetime
import getpass
import http.client
import json
import os
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.clients import UUID7
from tests.config.test_serve import free_port
from tests.real_server import ROOT, furnished

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
NAME = "autousers.example.com"
SETTINGS = {
    "AUTOUSERS_PUBLIC_URL": f"https://{NAME}",
    "AUTOUSERS_BEHIND_TLS_PROXY": "on",
    "AUTOUSERS_TRUSTED_PROXIES": "127.0.0.1/32",
    "LOG_LEVEL": "INFO",
    "LOG_FORMAT": "json",
}
MAIN = """
user {user};
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 2000; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
SPOOFED = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "http", "X-Real-IP": "1.2.3.4"}

# Its servers have an environment of their own.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.any_database,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
]


class Reply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def error(self) -> dict[str, str]:
        return json.loads(self.body)["error"]


class Proxied(NamedTuple):
    port: int
    plain_port: int
    token: str
    certificate: Path
    log: Path
    web: subprocess.Popen[bytes]

    def connect(self, caller: str = "127.0.0.1") -> ssl.SSLSocket:
        """A connection of TLS from one of this machine's addresses."""
        plain = socket.create_connection(("127.0.0.1", self.port), 60, source_address=(caller, 0))
        context = ssl.create_default_context(cafile=str(self.certificate))
        return context.wrap_socket(plain, server_hostname=NAME)

    @contextmanager
    def client(self, caller: str = "127.0.0.1") -> Iterator[http.client.HTTPConnection]:
        client = http.client.HTTPConnection(NAME)
        with self.connect(caller) as client.sock:
            yield client

    def request(self, method, path, body=None, headers=None, caller="127.0.0.1", token=True):
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        with self.client(caller) as client:
            client.request(method, path, body, headers)
            response = client.getresponse()
            return Reply(response.status, response.headers, response.read())

    def address_of(self, reply: Reply) -> str:
        """The address in the log's line of a request."""
        [line] = [
            json.loads(line)
            for line in self.log.read_text().splitlines()
            if reply.headers["X-Request-Id"] in line
        ]
        return line["address"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of its own for the name, in one file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "both.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@contextmanager
def proxied(folder: Path, certificate: Path, *, unix: bool = False) -> Iterator[Proxied]:
    """Server and nginx, set up as the sample says."""
    trusted = "unix" if unix else "127.0.0.1/32"
    environment, token = furnished(folder, SETTINGS | {"AUTOUSERS_TRUSTED_PROXIES": trusted})
    bind = f"unix:{folder}/web.sock" if unix else f"127.0.0.1:{free_port()}"
    tls, plain, log = free_port(), free_port(), folder / "log"
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", bind]
    write_nginx_conf(folder, certificate, bind, tls, plain)
    with log.open("wb") as output, ExitStack() as stack:
        web = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        stack.callback(ended, web)
        nginx = subprocess.Popen(
            [NGINX or "", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
        )
        stack.callback(ended, nginx)
        server = Proxied(tls, plain, token, certificate, log, web)
        wait_until(lambda: answers(server), 120)
        yield server


def write_nginx_conf(folder: Path, certificate: Path, bind: str, tls: int, plain: int) -> None:
    """The sample, with nothing changed but ports, certificate and upstream."""
    site = (ROOT / "ops" / "nginx.conf").read_text()
    for old, new in (
        ("server 127.0.0.1:8000;", f"server {bind};"),
        ("/etc/ssl/autousers/fullchain.pem", str(certificate)),
        ("/etc/ssl/autousers/privkey.pem", str(certificate)),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{tls} ssl http2;"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("    listen [::]:443 ssl http2;\n", ""),
        ("    listen [::]:80;\n", ""),
    ):
        assert old in site
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site)
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=getpass.getuser()))


def ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(20)


def answers(server: Proxied) -> bool:
    assert server.web.poll() is None, server.log.read_text()
    try:
        return server.request("GET", "/api/v1/nothing", token=False).status == 404
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.1)


@pytest.fixture(scope="module")
def server(tmp_path_factory, certificate):
    with proxied(tmp_path_factory.mktemp("nginx"), certificate) as server:
        yield server


class TestAddresses:
    def test_the_callers_counts_and_not_nginxs(self, server):
        reply = server.request("GET", "/api/v1/auth/whoami", caller="127.0.0.5")
        assert server.address_of(reply) == "127.0.0.5"

    @pytest.mark.parametrize("spoofed", ["198.51.100.7", "127.0.0.1", "127.0.0.1, 127.0.0.1", "x"])
    def test_what_a_caller_writes_changes_nothing(self, server, spoofed):
        headers = SPOOFED | {"X-Forwarded-For": spoofed, "X_Forwarded_For": spoofed}
        reply = server.request("GET", "/api/v1/auth/whoami", headers=headers, caller="127.0.0.6")
        assert server.address_of(reply) == "127.0.0.6"

    def test_bad_credentials_are_counted_for_each_caller(self, server):
        with server.client("127.0.0.7") as client:
            for number in range(301):
                client.request(
                    "GET", "/api/v1/auth/whoami", headers={"X-Forwarded-For": f"1.1.1.{number}"}
                )
                response = client.getresponse()
                response.read()
        assert response.status == 429
        assert server.request("GET", "/api/v1/auth/whoami", caller="127.0.0.7").status == 200
        elsewhere = server.request("GET", "/api/v1/auth/whoami", caller="127.0.0.8", token=False)
        assert elsewhere.status == 401

    def test_the_key_remembers_the_caller(self, tmp_path, certificate):
        with proxied(tmp_path, certificate, unix=True) as server:
            reply = server.request(
                "GET", "/api/v1/auth/whoami", headers=SPOOFED, caller="127.0.0.9"
            )
            assert server.address_of(reply) == "127.0.0.9"
            with sqlite3.connect(tmp_path / "data" / "autousers.sqlite3") as database:
                found = database.execute("SELECT last_used_address FROM teams_apikey")
                assert found.fetchall() == [("127.0.0.9",)]


class TestTransport:
    def test_plain_http_is_sent_on_to_https(self, server):
        client = http.client.HTTPConnection("127.0.0.1", server.plain_port, timeout=20)
        client.request("POST", "/api/v1/evaluations?a=b", headers={"Host": NAME})
        response = client.getresponse()
        assert response.status == 308
        assert response.headers["Location"] == f"https://{NAME}/api/v1/evaluations?a=b"
        client.close()

    def test_the_server_knows_of_the_tls(self, server):
        page = server.request("GET", "/sign-in", headers=SPOOFED, token=False)
        cookie = page.headers["Set-Cookie"].partition(";")[0]
        body = f"csrfmiddlewaretoken={cookie.partition('=')[2]}&username=x@x.org&password=x"

        def sign_in(referer: str) -> int:
            form = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
            with server.client() as client:
                client.request("POST", "/sign-in", body, form | {"Referer": referer})
                return client.getresponse().status

        assert sign_in(f"https://{NAME}/sign-in") == 400  # the password is wrong
        assert sign_in("https://elsewhere.example/") == 403  # looked at under TLS only

    def test_a_stream_comes_as_it_is_sent(self, server):
        made = server.request("POST", "/api/v1/evaluations", b'{"name": "Watched"}')
        path = f"/api/v1/evaluations/{json.loads(made.body)['id']}/autouser-stream"
        with server.client() as client:
            client.request("GET", path, headers={"Authorization": f"Bearer {server.token}"})
            response = client.getresponse()
            assert response.headers["Content-Type"] == "text/event-stream"
            assert response.readline().startswith(b"event: snapshot")


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "headers", "body", "status", "code"),
        [
            ("/api/v1/" + "x" * 9_000, {}, None, 414, "uri_too_long"),
            ("/api/v1/evaluations", {"A": "x" * 9_000}, None, 431, "headers_too_large"),
            ("/api/v1/evaluations", {}, b"x" * 3_000_000, 413, "body_too_large"),
        ],
    )
    def test_they_are_the_servers_own(self, server, path, headers, body, status, code):
        reply = server.request("POST", path, body, headers)
        assert (reply.status, reply.error["code"]) == (status, code)
        assert UUID7.fullmatch(reply.headers["X-Request-Id"])

    def test_a_server_that_is_gone_leaves_the_outcome_open(self, tmp_path, certificate):
        with proxied(tmp_path, certificate) as server:
            ended(server.web)
            reply = server.request("POST", "/api/v1/evaluations", b'{"name": "x"}')
        assert (reply.status, reply.error["code"]) == (503, "temporarily_unavailable")
        assert "not known" in reply.error["message"]
        assert reply.headers["Content-Type"] == "application/json"
        assert reply.headers["X-Request-Id"] == reply.error["request_id"]


class TestSlowCallers:
    HEAD = b"POST /api/v1/evaluations HTTP/1.1\r\nHost: autousers.example.com\r\n"

    @pytest.mark.parametrize("half", [b"Accept: app", b"Content-Length: 9000\r\n\r\n{"])
    def test_they_wait_in_nginx(self, server, half):
        lines = len(server.log.read_text().splitlines())
        with ExitStack() as stack:
            for number in range(90):
                slow = stack.enter_context(server.connect(f"127.0.1.{number % 3}"))
                slow.sendall(self.HEAD + half)
            began = time.monotonic()
            assert server.request("GET", "/api/v1/auth/whoami").status == 200
            assert time.monotonic() - began < 10
        assert len(server.log.read_text().splitlines()) == lines + 1

    def test_one_address_has_a_limit_of_connections(self, server):
        with ExitStack() as stack:
            for _ in range(101):
                slow = stack.enter_context(server.connect("127.0.2.1"))
                slow.sendall(self.HEAD + b"Content-Length: 9000\r\n\r\n{")
            refused = server.request("GET", "/api/v1/auth/whoami", caller="127.0.2.1")
            assert refused.status == 429
            assert server.request("GET", "/api/v1/auth/whoami", caller="127.0.2.2").status == 200
