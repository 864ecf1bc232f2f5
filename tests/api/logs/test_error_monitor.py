"""Reports of errors: what reaches the monitor, and what never does."""

import gzip
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

# The process of the test has an environment of its own.
pytestmark = [pytest.mark.slow, pytest.mark.any_database]

ROOT = Path(__file__).resolve().parents[3]

BREAK = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"
django.setup()
from django.test import Client
from api.pages import error_codes
from unittest.mock import patch
password = "a-local-variable"
with patch("api.pages.error_codes", lambda: 1 / 0):
    Client(raise_request_exception=False).get(
        "/docs/errors?token=in-the-query",
        headers={"Authorization": "Bearer ak_live_in-a-header", "Cookie": "sessionid=in-a-cookie"},
    )
import sentry_sdk
sentry_sdk.flush(10)
"""


class Monitor(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.received.append(body.decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def monitor():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Monitor)
    server.received = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def broken(monkeypatch, **settings: str) -> str:
    """What a process printed in which a page broke."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    found = subprocess.run(
        [sys.executable, "-c", BREAK], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert found.returncode == 0, found.stderr
    return found.stderr


def test_an_error_is_reported_once_and_names_no_secret(monitor, monkeypatch):
    broken(monkeypatch, SENTRY_DSN=f"http://key@127.0.0.1:{monitor.server_port}/1")

    [report] = [text for text in monitor.received if '"exception"' in text]
    event = next(json.loads(line) for line in report.splitlines() if '"exception"' in line)
    assert event["exception"]["values"][-1]["type"] == "ZeroDivisionError"
    assert event["transaction"] == "/docs/errors"
    assert "request" not in event
    assert event["release"]
    assert event["environment"] == "production"
    for secret in ("in-the-query", "in-a-header", "in-a-cookie", "a-local-variable"):
        assert secret not in report


def test_by_default_nothing_is_reported(monitor, monkeypatch):
    assert "sentry" not in broken(monkeypatch, SENTRY_DSN="").lower().replace("sentry_sdk", "")
    assert monitor.received == []
