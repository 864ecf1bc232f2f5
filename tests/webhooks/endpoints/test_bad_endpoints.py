"""What an endpoint may not be, on creating and on updating it alike."""

import pytest

from tests.clients import assert_error
from webhooks.models import WebhookEndpoint

GOOD = {"url": "https://hooks.example.com/in", "enabled_events": ["rating.created"]}

#: Field, value, code, and what the message must tell a stranger.
BAD = [
    ("enabled_events", [], "validation_failed", "at least one"),
    ("enabled_events", ["rating.created"] * 51, "validation_failed", "50"),
    ("enabled_events", ["rating.updated"], "validation_failed", "rating.created"),
    ("enabled_events", ["rating.created", "rating.updated"], "validation_failed", "Must be one of"),
    ("enabled_events", ["webhook.test"], "validation_failed", "Must be one of"),
    ("enabled_events", ["rating.*"], "validation_failed", "Must be one of"),
    ("enabled_events", ["*", "nonsense"], "validation_failed", "Must be one of"),
    ("enabled_events", "*", "validation_failed", "array"),
    ("enabled_events", {"*": True}, "validation_failed", "array"),
    ("enabled_events", None, "validation_failed", "null"),
    ("enabled_events", [["*"]], "validation_failed", "Must be one of"),
    ("url", "https://user:secret@hooks.example.com/", "invalid_webhook_url", "password"),
    ("url", "https://user@hooks.example.com/", "invalid_webhook_url", "user name"),
    ("url", "https://hooks.example.com:0/", "invalid_webhook_url", "port"),
    ("url", "https://hooks.example.com:65536/", "invalid_webhook_url", "port"),
    ("url", "https://hooks.example.com/#top", "invalid_webhook_url", "fragment"),
    ("url", "https://hooks.example.com/" + "a" * 3_000, "validation_failed", "2048"),
    ("url", "https://hooks.exаmple.com/", "invalid_webhook_url", "xn--"),  # noqa: RUF001
    ("url", "https://ｈooks.example.com/", "invalid_webhook_url", "xn--"),  # noqa: RUF001
    ("url", "https://hooks.example.com./", "invalid_webhook_url", "dot"),
    ("url", "https://hooks.example.com\\@evil.example/", "invalid_webhook_url", "backslash"),
    ("url", "https://2130706433/", "invalid_webhook_url", "IPv4"),
    ("url", "https://0x7f.1/", "invalid_webhook_url", "IPv4"),
    ("url", "https:///in", "invalid_webhook_url", "no host"),
    ("url", "ftp://hooks.example.com/", "invalid_webhook_url", "must start with http"),
    ("url", "hooks.example.com", "invalid_webhook_url", "must start with http"),
    ("url", "https://hooks.example.com/a b", "invalid_webhook_url", "spaces"),
    ("url", "", "validation_failed", "empty"),
    ("url", None, "validation_failed", "null"),
    ("url", 5, "validation_failed", "string"),
    ("api_version", "2020-01-01", "unsupported_version", "2026-05-04"),
    ("api_version", "", "unsupported_version", "2026-05-04"),
    ("api_version", "2026-05-04 ", "unsupported_version", "2026-05-04"),
    ("api_version", "v" * 33, "validation_failed", "32"),
    ("api_version", 20260504, "validation_failed", "string"),
    ("description", "x" * 501, "validation_failed", "500"),
    ("description", 5, "validation_failed", "string"),
]

#: Refused only where receivers must be public, which is everywhere but in development.
NOT_PUBLIC = [
    ("http://hooks.example.com/", "https"),
    ("https://127.0.0.1/", "not allowed"),
    ("https://10.1.2.3/", "not allowed"),
    ("https://[::1]/", "not allowed"),
    ("https://169.254.169.254/latest/meta-data", "not allowed"),
    ("https://[::ffff:10.0.0.1]/", "not allowed"),
]


@pytest.fixture(params=["create", "update"])
def send(request, api, endpoint):
    """Create an endpoint with a field, or change the field of the one there is."""
    if request.param == "create":
        return lambda field, value: api.post("/api/v1/webhooks", GOOD | {field: value})
    return lambda field, value: api.patch(f"/api/v1/webhooks/{endpoint['id']}", {field: value})


class TestBadFields:
    @pytest.mark.parametrize(("field", "value", "code", "says"), BAD)
    def test_they_are_refused_in_words(self, send, endpoint, field, value, code, says):
        before = WebhookEndpoint.objects.values().get()

        error = assert_envelope_of(send(field, value), code, field)

        assert says in error["message"], error["message"]
        assert WebhookEndpoint.objects.values().get() == before

    @pytest.mark.parametrize(("url", "says"), NOT_PUBLIC)
    def test_private_receivers_are_refused_on_a_public_server(self, send, settings, url, says):
        settings.ALLOW_PRIVATE_TARGETS = False

        error = assert_envelope_of(send("url", url), "invalid_webhook_url", "url")

        assert says in error["message"], error["message"]

    @pytest.mark.parametrize("status", ["paused", "ENABLED", "", None, True])
    def test_an_unknown_status(self, api, endpoint, status):
        answer = api.patch(f"/api/v1/webhooks/{endpoint['id']}", {"status": status})

        assert_error(answer, 400, "validation_failed", "status")


class TestWhatIsAllowed:
    @pytest.mark.parametrize(
        "names",
        [
            ["*"],
            ["*", "rating.created"],
            ["rating.created", "rating.created"],
            ["rating.created"] * 50,
        ],
    )
    def test_a_wildcard_beside_names_and_names_twice_are_kept_as_they_are(self, send, names):
        assert send("enabled_events", names).json()["enabled_events"] == names

    @pytest.mark.parametrize("id", ["x", "whe_", "whe_c" + "0" * 24, "deliveries"])
    def test_an_unknown_endpoint_is_not_found(self, api, id):
        for answer in (api.get(f"/api/v1/webhooks/{id}"), api.patch(f"/api/v1/webhooks/{id}", {})):
            assert_error(answer, 404, "webhook_endpoint_not_found")


def assert_envelope_of(answer, code, field):
    """A refusal that names the field, or the item in it."""
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, code), error
    assert error["param"].split(".")[0] == field
    return error
