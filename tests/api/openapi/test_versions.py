"""`Autousers-Version`: accepted, echoed, and refused when it is not served."""

import pytest

from api.rest import versioning
from tests.clients import assert_error

EVALUATIONS = "/api/v1/evaluations"
HEADER = "Autousers-Version"
CURRENT_VERSION = "2026-05-04"
ROUTES = [EVALUATIONS, f"{EVALUATIONS}/c1", "/api/v1/webhooks", "/api/v1/webhooks/whe_1",
          "/api/v1/events", "/api/v1/events/event_1"]  # fmt: skip
NOT_SERVED = ["2020-01-01", "2026-13-99", "2026-05-05", "2999-01-01", "2026-5-4", "20260504",
              "v1", "latest", "",
              "2026-05-04T00:00:00Z", "2026-05-04,2026-05-04", "é", "x" * 5_000]  # fmt: skip


def test_the_current_one_is_served():
    assert versioning.current() == CURRENT_VERSION
    assert versioning.served()[-1] == CURRENT_VERSION


@pytest.mark.parametrize("path", ROUTES)
def test_it_is_echoed_by_every_route(api, path):
    for headers in ({}, {HEADER: CURRENT_VERSION}):
        assert api.get(path, headers=headers)[HEADER] == CURRENT_VERSION


def test_it_is_echoed_by_changes_and_refusals(api, anonymous, evaluation):
    path = f"{EVALUATIONS}/{evaluation['id']}"
    for response in (
        api.post(EVALUATIONS, {"name": "x"}),
        api.patch(path, {"name": "x"}),
        api.patch(path, {"name": ""}),
        api.options(path),
        api.delete(path),
        anonymous.get(path),
    ):
        assert response[HEADER] == CURRENT_VERSION


@pytest.mark.parametrize("version", NOT_SERVED)
@pytest.mark.parametrize("path", ROUTES)
def test_one_that_is_not_served_is_refused_with_those_that_are(api, path, version):
    error = assert_error(
        api.get(path, headers={HEADER: version}), 400, "unsupported_version", HEADER
    )
    assert error["message"] == (
        f"The API version {version[:40]!r} is not served. Served: 2026-05-04."
    )


@pytest.mark.parametrize("path", ROUTES)
def test_it_is_not_looked_at_before_the_credential(anonymous, db, path):
    response = anonymous.get(path, headers={HEADER: "never"})
    assert_error(response, 401, "invalid_credential")


def test_a_change_asked_for_in_an_unknown_version_is_not_made(api, evaluation):
    path = f"{EVALUATIONS}/{evaluation['id']}"
    assert api.patch(path, {"name": "x"}, headers={HEADER: "2020-01-01"}).status_code == 400
    assert api.get(path).json() == evaluation


def test_asking_what_is_allowed_takes_any_version(anonymous, db):
    assert anonymous.options(EVALUATIONS, headers={HEADER: "never"}).status_code == 204
