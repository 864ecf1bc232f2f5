"""Encrypted columns: all are known, and are brought to the newest key without a lock."""

import ast
from io import StringIO
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.conf import settings as configured
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import models

from api import key_rotation
from api.models import EncryptionKey
from api.security import encryption
from config.apps import note_encryption_keys
from webhooks.models import WebhookEndpoint

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

ROOT = Path(configured.BASE_DIR)

#: What every Fernet token begins with: the version, and a year of this century.
TOKEN = "gAAAA"


def new_key() -> str:
    return Fernet.generate_key().decode()


def noted() -> list[str]:
    return list(EncryptionKey.objects.order_by("number").values_list("fingerprint", flat=True))


def reencrypt(*options: str) -> str:
    """What the command says."""
    output = StringIO()
    call_command("reencrypt", *options, stdout=output)
    return output.getvalue()


@pytest.fixture
def stored(api, endpoint):
    """A value in each of the encrypted columns."""
    assert api.post(f"/api/v1/webhooks/{endpoint['id']}/rotate-secret").status_code == 200
    body = {"name": "Kiosk"}
    reply = api.post("/api/v1/evaluations", body, headers={"Idempotency-Key": "one"})
    assert reply.status_code == 201
    return [str(column) for column in key_rotation.columns()]


def rows() -> list[tuple[models.Model, models.Field, str]]:
    """Every text in the database, with its row and field."""
    texts = (models.CharField, models.TextField, models.JSONField)
    return [
        (row, field, str(getattr(row, field.attname)))
        for model in apps.get_models()
        for row in model._base_manager.all()
        for field in model._meta.local_concrete_fields
        if isinstance(field, texts)
    ]


def sources() -> list[Path]:
    """The product's modules that may encrypt something to store it."""
    apps_ = ("api", "config", "teams", "evaluations", "ratings", "autousers", "webhooks")
    paths = [path for app in apps_ for path in (ROOT / app).rglob("*.py")]
    return [path for path in paths if path.name != "key_rotation.py"]


def names_of_encrypted(source: str) -> list[str]:
    """What each call of `encrypt` is assigned to; a call that is not assigned has no name."""
    tree = ast.walk(ast.parse(source))
    nodes = [node for node in tree if isinstance(node, ast.Assign | ast.Call)]
    assigned = {node.value: node.targets[0] for node in nodes if isinstance(node, ast.Assign)}
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    ours = [c for c in calls if ast.unparse(c.func) in ("encrypt", "encryption.encrypt")]
    targets = [assigned.get(call) for call in ours]
    return [ast.unparse(target).rpartition(".")[2] if target else "" for target in targets]


class TestColumns:
    def test_whatever_is_encrypted_is_in_one_of_them(self, stored):
        holding = {
            f"{row._meta.label}.{field.attname}" for row, field, text in rows() if TOKEN in text
        }

        assert holding == set(stored)

    def test_what_code_encrypts_is_named_like_one_of_them(self):
        """`row.name = encrypt(…)` or `name = encrypt(…)`, where a column is called `name`."""
        columns = {column.name for column in key_rotation.columns()}
        names = [name for path in sources() for name in names_of_encrypted(path.read_text())]

        assert len(names) >= 2
        assert set(names) <= columns


class TestReencrypt:
    def test_it_brings_everything_to_the_newest_key(self, stored, settings):
        old = settings.ENCRYPTION_KEYS[0]
        secret = WebhookEndpoint.objects.get().secret
        settings.ENCRYPTION_KEYS = [new_key(), old]
        output = reencrypt()

        new, _ = encryption.fingerprints()
        for name in stored:
            assert f"{name}: 1 re-encrypted" in output
            assert f"{name}: 1 with the newest key {new}, 0 with" in output
        settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
        assert WebhookEndpoint.objects.get().secret == secret
        assert noted() == [new]

    def test_a_dry_run_counts_and_changes_nothing(self, stored, settings):
        settings.ENCRYPTION_KEYS = [new_key(), *settings.ENCRYPTION_KEYS]
        before = sorted(text for _, _, text in rows() if TOKEN in text)
        output = reencrypt("--dry-run")

        new, old = encryption.fingerprints()
        for name in stored:
            assert f"{name}: 0 with the newest key {new}, 1 with {old}\n" in output
        assert sorted(text for _, _, text in rows() if TOKEN in text) == before
        assert noted() == [old]

    def test_repeated_it_changes_nothing(self, stored, settings):
        settings.ENCRYPTION_KEYS = [new_key(), *settings.ENCRYPTION_KEYS]
        reencrypt()

        assert f"{stored[0]}: 0 re-encrypted" in reencrypt()

    def test_a_value_that_changes_meanwhile_is_left_alone(self, stored, settings, monkeypatch):
        settings.ENCRYPTION_KEYS = [new_key(), *settings.ENCRYPTION_KEYS]
        real = encryption.encrypt

        def somebody_rotates(text: str) -> str:
            monkeypatch.setattr(encryption, "encrypt", real)
            row = WebhookEndpoint.objects.get()
            row.set_new_secret()
            row.save()
            theirs.append(row.secret)
            return real(text)

        theirs: list[str] = []
        monkeypatch.setattr(encryption, "encrypt", somebody_rotates)
        [column] = [c for c in key_rotation.columns() if c.name == "encrypted_secret"]

        assert key_rotation.reencrypt(column) == 0
        assert [WebhookEndpoint.objects.get().secret] == theirs

    def test_more_rows_than_are_read_at_once(self, stored, settings, monkeypatch):
        monkeypatch.setattr(key_rotation, "BATCH", 2)
        endpoint = WebhookEndpoint.objects.get()
        for _ in range(4):
            endpoint.pk = None
            endpoint.pk = WebhookEndpoint._meta.pk.get_default()
            endpoint.save(force_insert=True)
        settings.ENCRYPTION_KEYS = [new_key(), *settings.ENCRYPTION_KEYS]

        assert "encrypted_secret: 5 re-encrypted" in reencrypt()

    def test_it_says_when_a_process_still_writes_with_the_older_key(
        self, stored, settings, monkeypatch
    ):
        settings.ENCRYPTION_KEYS = [new_key(), *settings.ENCRYPTION_KEYS]
        monkeypatch.setattr(key_rotation, "reencrypt", lambda _column: 0)
        with pytest.raises(CommandError, match="a process still has that key in front"):
            reencrypt()
        assert noted() == encryption.fingerprints()[::-1]

    def test_without_a_key_that_is_needed_it_refuses(self, stored, settings):
        settings.ENCRYPTION_KEYS = [new_key()]
        with pytest.raises(CommandError, match="AUTOUSERS_ENCRYPTION_KEYS lacks the key"):
            reencrypt()

    def test_a_lost_key_is_given_up(self, stored, settings):
        [lost] = encryption.fingerprints()
        settings.ENCRYPTION_KEYS = [new_key()]
        with pytest.raises(CommandError, match="3 values need a key that is not here"):
            reencrypt("--lost", lost)
        assert noted() == encryption.fingerprints()

    def test_a_key_that_is_here_is_not_given_up(self, settings):
        with pytest.raises(CommandError, match="is in AUTOUSERS_ENCRYPTION_KEYS"):
            reencrypt("--lost", encryption.fingerprints()[0])


class TestTheFirstKeys:
    def test_migrating_notes_the_key_that_encrypts(self):
        assert noted() == encryption.fingerprints()

    def test_a_database_from_before_gets_those_that_its_values_need(self, stored, settings):
        EncryptionKey.objects.all().delete()
        settings.ENCRYPTION_KEYS = [new_key(), *settings.ENCRYPTION_KEYS, new_key()]
        note_encryption_keys()

        assert noted() == encryption.fingerprints()[:2]

    def test_keys_that_open_nothing_are_refused(self, stored, settings):
        EncryptionKey.objects.all().delete()
        settings.ENCRYPTION_KEYS = [new_key()]
        with pytest.raises(ImproperlyConfigured, match="AUTOUSERS_ENCRYPTION_KEYS"):
            note_encryption_keys()
        assert noted() == []
