"""Several that migrate, re-encrypt and rotate secrets at the same moment."""

import threading
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from api import key_rotation
from api.models import EncryptionKey
from api.security import encryption
from tests.clients import ApiClient
from tests.concurrency.threads import at_once
from webhooks.models import WebhookEndpoint

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def new_key() -> str:
    return Fernet.generate_key().decode()


class TestTheFirstKey:
    def test_of_several_that_migrate_with_keys_of_their_own_one_is_first(self, monkeypatch):
        EncryptionKey.objects.all().delete()
        mine = threading.local()
        monkeypatch.setattr(encryption, "fingerprints", lambda: [mine.fingerprint])

        def migrate() -> list[str]:
            mine.fingerprint = encryption.fingerprint(new_key())
            key_rotation.note_first()
            return key_rotation.missing()

        missing = at_once([migrate] * 12)

        [first] = EncryptionKey.objects.all()
        assert sorted(missing) == [[], *[[first.fingerprint]] * 11]


class TestReencrypting:
    def test_beside_rotations_and_itself_it_loses_no_secret(self, api, settings):
        body = {"url": "https://hooks.example.com/in", "enabled_events": ["*"]}
        ids = [api.post("/api/v1/webhooks", body).json()["id"] for _ in range(8)]
        settings.ENCRYPTION_KEYS = [new_key(), *settings.ENCRYPTION_KEYS]

        def rotate(id: str) -> tuple[str, str]:
            reply = ApiClient(api.token).post(f"/api/v1/webhooks/{id}/rotate-secret")
            return id, reply.json()["secret"]

        def reencrypt() -> tuple[str, str]:
            call_command("reencrypt", stdout=StringIO())
            return "", ""

        jobs = [lambda id=id: rotate(id) for id in ids[:4]] + [reencrypt] * 4
        rotated = dict(at_once(jobs))
        settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]

        for endpoint in WebhookEndpoint.objects.all():
            assert endpoint.secret == rotated.get(endpoint.pk, endpoint.secret)
            assert not endpoint.encrypted_previous_secret or endpoint.previous_secret
        assert EncryptionKey.objects.get().fingerprint == encryption.fingerprints()[0]
