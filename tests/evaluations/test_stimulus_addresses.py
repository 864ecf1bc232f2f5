"""Addresses of designs: what no run could fetch is refused when it is sent, by its place."""

import pytest

from evaluations.models import Evaluation
from tests.clients import assert_error
from webhooks.models import WebhookEvent

EVALUATIONS = "/api/v1/evaluations"
URL = "https://example.com/"
INSIDE = "http://10.0.0.1/"
RESERVED = "This server does not fetch from private or reserved addresses."

# (where it stands, what is sent with `address` there, the place as it is named)
PLACES = [
    ("design", lambda a: {"designUrls": [{"url": a}]}, "designUrls.0.url"),
    ("second design", lambda a: {"designUrls": [{"url": URL}, {"url": a}]}, "designUrls.1.url"),
    ("file", lambda a: {"designUrls": [{"url": URL, "fileUrl": a}]}, "designUrls.0.fileUrl"),
    ("picture", lambda a: {"designUrls": [{"fileUrl": a, "stimulusType": "IMAGE"}]},
     "designUrls.0.fileUrl"),
    ("left", lambda a: {"type": "SxS", "comparisonPairs": [{"currentUrl": a, "variantUrl": URL}]},
     "comparisonPairs.0.currentUrl"),
    ("right", lambda a: {"type": "SxS", "comparisonPairs": [{"currentUrl": URL, "variantUrl": a}]},
     "comparisonPairs.0.variantUrl"),
    ("left file", lambda a: {
        "type": "SxS", "comparisonPairs": [{"sideAFileUrl": a, "variantUrl": URL}]},
     "comparisonPairs.0.sideAFileUrl"),
    ("right file", lambda a: {
        "type": "SxS", "comparisonPairs": [{"currentUrl": URL, "sideBFileUrl": a}]},
     "comparisonPairs.0.sideBFileUrl"),
]  # fmt: skip

REFUSED = [
    "http://127.0.0.1/", "http://127.8.8.8:8000/admin/", "https://10.0.0.1/", "http://172.16.0.9/",
    "http://192.168.1.1/", "http://100.64.0.1/", "http://0.0.0.0/", "http://[::1]/",
    "http://[fd00::1]/", "http://224.0.0.1/", "http://10.0.0.1/#/inside", "HTTP://10.0.0.1",
]  # fmt: skip

#: Credentials of the machine are read here, also through IPv6.
METADATA = [
    "http://169.254.169.254/latest/meta-data/", "http://168.63.129.16/", "http://100.100.100.200/",
    "http://[fd00:ec2::254]/", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/",
]  # fmt: skip

#: What two readers could understand differently hides where it leads.
AMBIGUOUS = [
    ("http://example.com@10.0.0.1/", "The URL contains a user name or password."),
    ("http://me:secret@example.com/", "The URL contains a user name or password."),
    ("https://example.com/\\@10.0.0.1/", "The URL contains a backslash."),
    ("https://example.com:99999/", "The port must be a number from 1 to 65535."),
]

NOT_A_URL = [
    "file:///etc/passwd", "ftp://example.com/", "gopher://10.0.0.1/", "data:text/html,x",
    "javascript:alert(1)", "//10.0.0.1/", "10.0.0.1", "http://127.1/", "http://2130706433/",
    "http://0x7f000001/", "http://017700000001/", "http://[::1", "http://",
]  # fmt: skip

TAKEN = [
    "http://example.com/", "https://93.184.216.34/", "https://[2606:2800:220:1::1]/",
    "https://example.com/#/kiosk", "https://kiosk.internal.example/", "http://localhost:3000/",
]  # fmt: skip


@pytest.fixture(autouse=True)
def closed(settings):
    """As on a server that others can reach."""
    settings.ALLOW_PRIVATE_TARGETS = False
    settings.ALLOWED_NETWORKS = []


@pytest.fixture
def create(api):
    def create(**body):
        return api.post(EVALUATIONS, {"name": "Ticket kiosk"} | body)

    return create


def design(address):
    return {"designUrls": [{"url": address}]}


class TestCreating:
    @pytest.mark.parametrize(("body", "param"), [p[1:] for p in PLACES], ids=[p[0] for p in PLACES])
    def test_each_place_is_judged_and_named(self, create, body, param):
        error = assert_error(create(**body(INSIDE)), 400, "validation_failed", param)

        assert error["message"] == f"{param}: {RESERVED}"
        assert not Evaluation.objects.exists()
        assert not WebhookEvent.objects.exists()
        assert create(**body(URL)).status_code == 201

    @pytest.mark.parametrize("address", REFUSED + METADATA)
    def test_an_address_inside_is_refused(self, create, address):
        response = create(**design(address))
        error = assert_error(response, 400, "validation_failed", "designUrls.0.url")
        assert error["message"] == f"designUrls.0.url: {RESERVED}"

    @pytest.mark.parametrize(("address", "reason"), AMBIGUOUS)
    def test_what_can_be_read_in_two_ways_is_refused(self, create, address, reason):
        response = create(**design(address))
        error = assert_error(response, 400, "validation_failed", "designUrls.0.url")
        assert error["message"] == f"designUrls.0.url: {reason}"

    @pytest.mark.parametrize("address", NOT_A_URL)
    def test_what_is_no_address_of_the_web_is_refused(self, create, address):
        response = create(**design(address))
        error = assert_error(response, 400, "validation_failed", "designUrls.0.url")
        assert "http:// or https://" in error["message"]

    @pytest.mark.parametrize("address", TAKEN)
    def test_public_addresses_and_all_names_are_taken_as_they_were_sent(self, create, address):
        response = create(**design(address))
        assert response.status_code == 201, response.content
        assert response.json()["metadata"]["designUrls"][0]["url"] == address

    def test_a_dry_run_refuses_the_same(self, create):
        response = create(**design(INSIDE), dryRun=True)
        assert_error(response, 400, "validation_failed", "designUrls.0.url")


class TestDrafts:
    @pytest.mark.parametrize(
        ("body", "param"),
        [(design(INSIDE), "designUrls.0.url"), (design(METADATA[0]), "designUrls.0.url"),
         (design("file:///etc/passwd"), "designUrls.0.url"),
         ({"sideAUrl": INSIDE}, "sideAUrl"),
         ({"type": "SxS", "sideAUrl": URL, "sideBUrl": INSIDE}, "sideBUrl")],
    )  # fmt: skip
    def test_they_take_no_more_than_creating(self, api, evaluation, body, param):
        path = f"{EVALUATIONS}/{evaluation['id']}"
        before = api.get(path).json()

        assert_error(api.patch(f"{path}/draft", body), 400, "validation_failed", param)

        assert api.get(path).json() == before


class TestWhatTheOperatorOpens:
    def test_a_named_network_and_no_other(self, create, settings):
        settings.ALLOWED_NETWORKS = ["10.0.0.0/24"]
        assert create(**design(INSIDE)).status_code == 201
        assert create(**design("http://10.0.1.1/")).status_code == 400

    def test_private_addresses_for_development(self, create, settings):
        settings.ALLOW_PRIVATE_TARGETS = True
        assert create(**design("http://127.0.0.1:8000/")).status_code == 201

    @pytest.mark.parametrize("address", METADATA)
    def test_never_where_the_machine_keeps_its_credentials(self, create, settings, address):
        settings.ALLOW_PRIVATE_TARGETS = True
        settings.ALLOWED_NETWORKS = ["0.0.0.0/0", "::/0"]
        response = create(**design(address))
        assert_error(response, 400, "validation_failed", "designUrls.0.url")
