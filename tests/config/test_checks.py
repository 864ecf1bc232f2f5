"""System checks: every mistake has an id, and none of our processes starts in spite of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from config.checks import TAG, refuse_if_misconfigured

pytestmark = pytest.mark.django_db  # one of the checks compares the keys with the database

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
    settings.ENGINE = "audit"
    return settings


def found() -> list[str | None]:
    """The ids of all that is found now."""
    return sorted(message.id for message in run_checks(tags=[TAG]))


class TestProduction:
    def test_it_finds_nothing_where_nothing_is_missing(self, production):
        assert found() == []
        refuse_if_misconfigured()

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
            ("TRUSTED_PROXIES", ["proxy.example.com"], "autousers.E016"),
            ("TRUSTED_PROXIES", ["10.0.0.1/8"], "autousers.E016"),
            ("TRUSTED_PROXIES", ["127.0.0.1", "0.0.0.0/0"], "autousers.E016"),
            ("TRUSTED_PROXIES", ["::/0"], "autousers.E016"),
            ("REQUEST_LOG", "some", "autousers.E012"),
            ("QUOTA_MODE", "off", "autousers.E008"),
            ("SIGN_UP", "maybe", "autousers.E015"),
            ("ENGINE", "oracle", "autousers.E013"),
            ("PREPARED_STATEMENTS", "maybe", "autousers.E017"),
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


class TestEmbeddedDefault:
    def test_it_needs_nothing_of_all_this(self, settings):
        settings.EMBEDDED = True
        settings.BROKER_URL = settings.PUBLIC_URL = ""
        settings.ALLOW_PRIVATE_TARGETS = True

        assert found() == []


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
