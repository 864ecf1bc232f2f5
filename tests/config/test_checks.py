"""System checks: every mistake has an id, and none of our processes starts in spite of it."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from config.checks import TAG, refuse_if_misconfigured

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
]  # one of the checks compares the keys with the database

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def production(settings):
    """Settings of a production server that lacks nothing."""
    settings.EMBEDDED = False
    settings.DEBUG = False
    settings.SECRET_KEY = "x" * 50
    settings.FILES_DIR = Path("/var/lib/autousers/files")
    settings.PUBLIC_URL = "https://autousers.example.com"
    settings.BROKER_URL = "redis://127.0.0.1:6379/0"
    settings.ALLOW_PRIVATE_TARGETS = False
    settings.ALLOWED_NETWORKS = ["10.0.0.0/8", "2001:db8::/32", "192.168.1.7"]
    settings.TRUSTED_PROXIES = ["127.0.0.1", "10.0.0.0/8", "::1/128", "unix"]
    settings.DEFAULT_PLAN = "free"
    settings.ENGINE = "markup"
    return settings


def found() -> list[str | None]:
    """The ids of all that is found now."""
    return sorted(message.id for message in run_checks(tags=[TAG]))


class TestProduction:
    def test_it_finds_nothing_where_nothing_is_missing(self, production):
        assert found() == []
        refuse_if_misconfigured()

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"FILES_DIR": None}, []),
            ({"FILES_URL": "https://files.example.net"}, []),
            ({"S3_ACCESS_KEY": "k"}, ["autousers.E042"]),
            ({"S3_SECRET_KEY": "s"}, ["autousers.E042"]),
            ({"S3_ACCESS_KEY": "k", "S3_SECRET_KEY": "s"}, []),
            ({"S3_ENDPOINT": "minio:9000"}, ["autousers.E044"]),
            ({"S3_ENDPOINT": "http://minio:9000"}, ["autousers.W005"]),
        ],
    )
    def test_a_store_needs_no_folder_and_is_described_as_a_whole(
        self, production, changes, expected
    ):
        for name, value in {"S3_BUCKET": "autousers", **changes}.items():
            setattr(production, name, value)
        assert found() == expected

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("SECRET_KEY", "", "autousers.E001"),
            ("SECRET_KEY", "x" * 49, "autousers.E001"),
            ("ENCRYPTION_KEYS", [], "autousers.E002"),
            ("ENCRYPTION_KEYS", ["not a key"], "autousers.E002"),
            ("PUBLIC_URL", "", "autousers.E003"),
            ("PUBLIC_URL", "autousers.example.com", "autousers.E003"),
            ("PUBLIC_URL", "ftp://autousers.example.com", "autousers.E003"),
            ("BROKER_URL", "", "autousers.E004"),
            ("DEBUG", True, "autousers.E005"),
            ("FILES_DIR", None, "autousers.E031"),
            ("FILES_DIR", Path("files"), "autousers.E031"),
            ("FILES_URL", "files.example.net", "autousers.E040"),
            ("FILES_URL", "https://files.example.net/x", "autousers.E040"),
            ("FILES_URL", "https://autousers.example.com", "autousers.E040"),
            ("FILES_URL", "https://autousers.example.com:8443", "autousers.E040"),
            ("FILES_URL", "http://files.example.net", "autousers.E041"),
            ("S3_ENDPOINT", "https://minio.example.net", "autousers.E043"),
            ("ENCRYPTION_KEYS", [Fernet.generate_key().decode()], "autousers.E030"),
            ("ALLOWED_NETWORKS", ["10.0.0.1/8"], "autousers.E006"),
            ("ALLOWED_NETWORKS", ["intranet"], "autousers.E006"),
            ("DEFAULT_PLAN", "gold", "autousers.E007"),
            ("RATE_LIMIT_MODE", "off", "autousers.E009"),
            ("RATE_LIMIT_URL", "amqp://127.0.0.1", "autousers.E010"),
            ("RATE_LIMIT_URL", "redis://127.0.0.1:port/0", "autousers.E010"),
            ("CORS_ALLOWED_ORIGINS", ["tools.example.com"], "autousers.E011"),
            ("CORS_ALLOWED_ORIGINS", ["https://tools.example.com/"], "autousers.E011"),
            ("CORS_ALLOWED_ORIGINS", ["*", "https://a.example"], "autousers.E011"),
            ("PROXIES", ["eu=proxy.example.com"], "autousers.E032"),
            ("CAMOUFOX", "/nowhere/camoufox", "autousers.E033"),
            ("TRUSTED_PROXIES", ["proxy.example.com"], "autousers.E016"),
            ("TRUSTED_PROXIES", ["10.0.0.1/8"], "autousers.E016"),
            ("TRUSTED_PROXIES", ["127.0.0.1", "0.0.0.0/0"], "autousers.E016"),
            ("TRUSTED_PROXIES", ["::/0"], "autousers.E016"),
            ("REQUEST_LOG", "some", "autousers.E012"),
            ("QUOTA_MODE", "off", "autousers.E008"),
            ("SIGN_UP", "maybe", "autousers.E015"),
            ("ENGINE", "oracle", "autousers.E013"),
            ("PREPARED_STATEMENTS", "maybe", "autousers.E017"),
            ("IDEMPOTENCY_WAIT_SECONDS", 0, "autousers.E018"),
            ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "autousers.E020"),
            ("SESSION_IDLE", 59, "autousers.E022"),
            ("SESSION_COOKIE_AGE", 3600, "autousers.E022"),
        ],
    )
    def test_it_refuses(self, production, name, value, expected):
        setattr(production, name, value)

        assert found() == [expected]
        with pytest.raises(ImproperlyConfigured, match=expected):
            refuse_if_misconfigured()

    def test_it_warns_of_private_targets_and_starts(self, production):
        production.ALLOW_PRIVATE_TARGETS = True

        assert found() == ["autousers.W001"]
        refuse_if_misconfigured()

    def test_it_warns_of_the_scripted_engine_and_starts(self, production):
        production.ENGINE = "fake"

        assert found() == ["autousers.W002"]
        refuse_if_misconfigured()

    def test_it_refuses_two_kinds_of_tls_for_mail(self, production):
        production.EMAIL_USE_TLS = production.EMAIL_USE_SSL = True
        assert found() == ["autousers.E021"]

    @pytest.mark.parametrize("name", ["SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS"])
    def test_it_refuses_to_demand_https_where_there_is_none(self, production, name):
        production.PUBLIC_URL = "http://autousers.example.com"
        production.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        setattr(production, name, 1)
        assert found() == ["autousers.E023"]

    def test_it_warns_of_a_redirect_that_may_go_round(self, production):
        production.SECURE_SSL_REDIRECT = True
        assert found() == ["autousers.W003"]
        refuse_if_misconfigured()


class TestDeployed:
    """`check --deploy` finds nothing with what the operator's guide says to set."""

    def test_it_is_clean_with_the_documented_settings(self, tmp_path):
        guide = (ROOT / "docs" / "operate" / "network.md").read_text().partition("## HTTPS")[2]
        documented = dict(re.findall(r"^    (\w+)=(\S+)$", guide.partition("## ")[0], re.M))
        assert documented["AUTOUSERS_HTTPS_REDIRECT"] == "on"
        ended = deployed(tmp_path, **documented, EMAIL_HOST="smtp.example.com")
        assert ended.returncode == 0, ended.stdout
        assert "no issues (0 silenced)" in ended.stdout

    def test_mails_in_the_log_are_refused(self, tmp_path):
        ended = deployed(tmp_path, AUTOUSERS_PUBLIC_URL="https://autousers.example.com")
        assert ended.returncode != 0
        assert "autousers.E020" in ended.stdout


def deployed(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """What `check --deploy` says in an environment of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(folder),
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "AUTOUSERS_FILES_DIR": str(folder / "files"),
        "AUTOUSERS_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        **more,
    }
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )


class TestEmbeddedDefault:
    def test_it_needs_nothing_of_all_this(self, settings):
        settings.EMBEDDED = True
        settings.BROKER_URL = settings.PUBLIC_URL = ""
        settings.ALLOW_PRIVATE_TARGETS = True

        assert found() == []

    def test_it_refuses_that_every_thread_may_wait(self, settings):
        settings.EMBEDDED = True
        settings.WEB_THREADS = settings.IDEMPOTENCY_WAITERS = 2

        assert found() == ["autousers.E019"]


class TestStartingWithoutSecrets:
    @pytest.mark.parametrize(
        "command",
        [
            "manage.py check",
            "-m gunicorn config.wsgi --bind 127.0.0.1:0",
            "-m celery --app config worker --pool solo",
            "-m celery --app config beat --pidfile=",
        ],
        ids=["manage", "web", "worker", "beat"],
    )
    def test_it_ends_with_the_reason(self, command, tmp_path):
        ended = subprocess.run(
            [sys.executable, *command.split()],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "ENV_FILE": os.devnull,
                "DATA_DIR": str(tmp_path),
                "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )

        assert ended.returncode != 0
        for number in range(1, 5):
            assert f"autousers.E00{number}" in ended.stdout
