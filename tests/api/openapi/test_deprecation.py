"""What is deprecated says so, and is gone after its sunset where that is enforced."""

import logging

import pytest
import time_machine
from django.urls import include, path
from rest_framework.response import Response

from api.rest.deprecation import SUNSET, DeprecatedAliasMixin
from api.rest.views import ApiView
from config import urls
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key

SUNSET_HEADER = "Sun, 04 Apr 2027 00:00:00 GMT"
BEFORE, AFTER = "2027-04-03T23:59:59Z", "2027-04-04T00:00:01Z"


class NewView(ApiView):
    """A route under its new name."""

    read_scope = "templates:read"

    def get(self, request, id):
        return Response({"id": id})


class OldView(DeprecatedAliasMixin, NewView):
    """The same under its old one."""

    alias, successor = "/dimensions", "/templates"


urlpatterns = [
    path("api/v1/templates/<str:id>", NewView.as_view(), name="new"),
    path("api/v1/dimensions/<str:id>", OldView.as_view(), name="old"),
    path("", include(urls)),
]
handler404 = urls.handler404

pytestmark = pytest.mark.urls(__name__)
OLD = "/api/v1/dimensions/trust"


@pytest.fixture
def at():
    """Travel to a moment; keys made before stay good."""
    travels = []

    def go(moment):
        travel = time_machine.travel(moment, tick=True)
        travel.start()
        travels.append(travel)

    yield go
    for travel in travels:
        travel.stop()


def test_the_sunset_is_the_published_one():
    assert f"{SUNSET:%a, %d %b %Y %H:%M:%S} GMT" == SUNSET_HEADER


class TestAnAlias:
    def test_it_answers_the_same_and_says_what_follows_it(self, api):
        old, new = api.get(f"{OLD}?a=1&b=%20"), api.get("/api/v1/templates/trust")

        assert old.json() == new.json() == {"id": "trust"}
        assert old["Deprecation"] == "true"
        assert old["Sunset"] == SUNSET_HEADER
        assert old["Link"] == (
            '<http://testserver/api/v1/templates/trust?a=1&b=%20>; rel="successor-version"'
        )
        assert not {"Deprecation", "Sunset", "Link"} & set(new.headers)

    def test_its_refusals_say_so_too(self, api, anonymous):
        for response in (anonymous.get(OLD), api.post(OLD), api.options(OLD)):
            assert response["Deprecation"] == "true"
            assert response["Sunset"] == SUNSET_HEADER

    def test_a_line_break_in_the_address_stays_encoded(self, api):
        response = api.get("/api/v1/dimensions/a%0d%0aSet-Cookie:%20x")
        assert "\n" not in response["Link"]
        assert "%0D%0A" in response["Link"].upper()


@pytest.mark.parametrize("moment", [BEFORE, AFTER])
def test_it_works_after_the_sunset_unless_that_is_enforced(api, at, caplog, moment):
    at(moment)
    with caplog.at_level(logging.WARNING, "autousers.deprecation"):
        assert api.get(OLD).status_code == 200
        assert api.get("/api/v1/evaluations?cursor=x").status_code == 400  # no such item
    used = [record.getMessage() for record in caplog.records if "sunset" in record.getMessage()]
    assert used == (
        [
            "The route /dimensions was used after its sunset on 2027-04-04",
            "The parameter cursor was used after its sunset on 2027-04-04",
        ]
        if moment == AFTER
        else []
    )


class TestEnforced:
    @pytest.fixture(autouse=True)
    def enforced(self, settings):
        settings.ENFORCE_SUNSET = True

    def test_before_the_date_nothing_changes(self, api, at):
        at(BEFORE)
        assert api.get(OLD).status_code == 200

    def test_after_it_the_alias_is_gone(self, api, at):
        at(AFTER)
        response = api.get(OLD)

        error = assert_error(response, 410, "route_sunset")
        assert error["type"] == "not_found_error"
        assert error["message"] == (
            "The route /dimensions was retired. "
            "Use http://testserver/api/v1/templates/trust instead."
        )
        assert response["Deprecation"] == "true"
        assert api.get("/api/v1/templates/trust").status_code == 200

    def test_after_it_the_old_cursor_is_gone(self, api, at, evaluation):
        at(AFTER)
        response = api.get(f"/api/v1/evaluations?cursor={evaluation['id']}")

        error = assert_error(response, 410, "route_sunset", "cursor")
        assert error["message"] == ("The parameter cursor was retired. Use starting_after instead.")
        new = api.get(f"/api/v1/evaluations?starting_after={evaluation['id']}")
        assert new.status_code == 200

    def test_who_may_not_use_it_is_not_told(self, anonymous, team, at):
        at(AFTER)
        assert_error(anonymous.get(OLD), 401, "invalid_credential")
        reader = ApiClient(make_key(team, scopes=("evaluations:read",)))
        assert_error(reader.get(OLD), 403, "missing_required_scope")


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("cursor={id}", "starting_after={id}"),
        ("limit=5&cursor={id}", "limit=5&starting_after={id}"),
        ("my_cursor=cursor%3D1&cursor={id}", "my_cursor=cursor%3D1&starting_after={id}"),
    ],
)
def test_the_old_cursor_names_the_new_one(api, evaluation, sent, told):
    path = "/api/v1/evaluations"
    response = api.get(f"{path}?{sent.format(id=evaluation['id'])}")
    assert response["Deprecation"] == "true"
    assert response["Link"] == (
        f'<http://testserver{path}?{told.format(id=evaluation["id"])}>; rel="successor-version"'
    )
