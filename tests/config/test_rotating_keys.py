"""`docs/operate/secrets.md`, "Rotate the encryption keys", followed step by step."""

import re
from io import StringIO
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as configured
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from api.security import encryption
from config.checks import refuse_if_misconfigured
from webhooks.models import WebhookEndpoint

pytestmark = pytest.mark.django_db

STEP = re.compile(
    r"^\d\. `(?:AUTOUSERS_ENCRYPTION_KEYS=(?P<keys>[A-Z,]+)"
    r"|python manage\.py (?P<command>[a-z]+)(?P<option>(?: --[a-z-]+)?))`",
    re.MULTILINE,
)


def steps() -> list[dict[str, str]]:
    """The numbered steps of the section."""
    text = (Path(configured.BASE_DIR) / "docs" / "operate" / "secrets.md").read_text()
    section = text.partition("## Rotate the encryption keys")[2].partition("\n## ")[0]
    return [match.groupdict() for match in STEP.finditer(section)]


def starts(settings, keys: list[str]) -> bool:
    """Whether a process with these keys starts."""
    settings.ENCRYPTION_KEYS = keys
    try:
        refuse_if_misconfigured()
    except ImproperlyConfigured as error:
        if "autousers.E030: AUTOUSERS_ENCRYPTION_KEYS lacks" not in str(error):
            raise
        return False
    return True


def writes(settings, keys: list[str]) -> None:
    """A process with these keys gives the endpoint a new secret, and keeps the one before."""
    settings.ENCRYPTION_KEYS = keys
    endpoint = WebhookEndpoint.objects.get()
    endpoint.encrypted_previous_secret = endpoint.encrypted_secret
    endpoint.set_new_secret()
    endpoint.save()


def reads(settings, keys: list[str]) -> bool:
    """Whether a process with these keys opens both secrets."""
    settings.ENCRYPTION_KEYS = keys
    endpoint = WebhookEndpoint.objects.get()
    try:
        return bool(endpoint.secret and endpoint.previous_secret)
    except encryption.UndecipherableSecret:
        return False


def test_each_step_stops_nobody(endpoint, settings):
    """Machines restart one by one: those of this step and of the one before run side by side."""
    named = {"OLD": settings.ENCRYPTION_KEYS[0], "NEW": Fernet.generate_key().decode()}
    before = [named["OLD"]]
    writes(settings, before)
    writes(settings, before)
    done = []
    for step in steps():
        if step["keys"]:
            after = [named[name] for name in step["keys"].split(",")]
            for keys in (before, after, before):
                assert starts(settings, keys)
                writes(settings, keys)
                assert reads(settings, before)
                assert reads(settings, after)
            writes(settings, after)
            before = after
        else:
            settings.ENCRYPTION_KEYS = before
            output = StringIO()
            call_command(step["command"], *step["option"].split(), stdout=output)
            old = encryption.fingerprint(named["OLD"])
            assert f"0 with {old}" in output.getvalue()
            assert not re.search(rf"[1-9] with {old}", output.getvalue())
        done.append(step["keys"] or step["command"] + step["option"])

    assert done == ["OLD,NEW", "NEW,OLD", "reencrypt", "reencrypt --dry-run", "NEW"]
    assert reads(settings, [named["NEW"]])
    assert not starts(settings, [named["OLD"]])


def test_a_key_that_was_not_rolled_out_is_noticed_at_the_next_start(endpoint, settings):
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, old]
    call_command("reencrypt", stdout=StringIO())

    assert not starts(settings, [old])
    assert starts(settings, [old, new])
