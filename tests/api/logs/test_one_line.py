"""Names are one line: what breaks a line, or turns its direction, is refused by name."""

import pytest
from django.test import Client

from teams.models import ApiKey, Team, User
from tests.admin.conftest import form_data, path_of
from tests.clients import assert_error
from tests.conftest import PASSWORD, make_invitation

pytestmark = pytest.mark.slow

BROKEN = {
    "CR LF": "Kiosk\r\nBcc: all@example.org",
    "LF": "Kiosk\n",
    "tab": "Kiosk\tcrew",
    "escape": "Kiosk\x1b[2J",
    "DEL": "Kiosk\x7f",
    "C1": "Kiosk\x85",
    "line separator": "Kiosk\u2028crew",
    "right to left": "Kiosk\u202ecod.exe",
}
REFUSAL = "one line, without control characters"
DESIGN = {"url": "https://example.com/"}
PAIR = {"currentUrl": "https://example.com/a", "variantUrl": "https://example.com/b"}
FIELDS = {"new_password1": "a very long new password", "new_password2": "a very long new password"}


def own(**parts):
    own = {"id": "own", "name": "Own", **parts}
    return {"name": "x", "selectedDimensionIds": ["own"], "customDimensions": [own]}


#: Method, path, body and param of each name in a body; `…` is the name.
NAMES = [
    ("POST", "/evaluations", {"name": "…"}, "name"),
    ("PATCH", "/evaluations/{study}", {"name": "…"}, "name"),
    ("PATCH", "/evaluations/{study}/draft", {"name": "…"}, "name"),
    ("POST", "/evaluations", {"name": "x", "designUrls": [{**DESIGN, "label": "…"}]},
     "designUrls.0.label"),
    ("POST", "/evaluations",
     {"name": "x", "type": "SxS", "comparisonPairs": [{**PAIR, "label": "…"}]},
     "comparisonPairs.0.label"),
    ("POST", "/evaluations", own(name="…"), "customDimensions.0.name"),
    ("POST", "/evaluations", own(label="…"), "customDimensions.0.label"),
    ("POST", "/teams", {"name": "…"}, "name"),
    ("PATCH", "/teams/{team}", {"name": "…"}, "name"),
    ("POST", "/autousers", {"name": "…", "systemPrompt": "You are Pia."}, "name"),
    ("POST", "/autousers", {"name": "x", "role": "…", "systemPrompt": "You are Pia."}, "role"),
    ("POST", "/templates", {"name": "…"}, "name"),
    ("POST", "/templates",
     {"name": "x", "factors": [{"id": "x", "label": "…", "description": ""}]}, "factors.0.label"),
]  # fmt: skip


def with_name(body, name):
    if isinstance(body, dict):
        return {key: with_name(value, name) for key, value in body.items()}
    if isinstance(body, list):
        return [with_name(value, name) for value in body]
    return name if body == "…" else body


def send(client, world, method, path, body):
    study, team = world
    path = "/api/v1" + path.format(study=study["id"], team=team.pk)
    return getattr(client, method.lower())(path, body)


@pytest.fixture
def world(evaluation, team):
    return evaluation, team


class TestTheApi:
    @pytest.mark.parametrize(("method", "path", "body", "param"), NAMES)
    def test_no_name_has_more_than_a_line(self, api, world, method, path, body, param):
        response = send(api, world, method, path, with_name(body, BROKEN["CR LF"]))
        error = assert_error(response, 400, "validation_failed", param)
        assert REFUSAL in error["message"]

    @pytest.mark.parametrize(("method", "path", "body", "param"), NAMES)
    def test_any_other_text_is_a_name(self, api, world, method, path, body, param):
        name = "Küche № 7 — 日本 <b>שלום</b> 🧪\u200f\u200d"
        response = send(api, world, method, path, with_name(body, name))
        assert response.status_code in (200, 201), response.content

    @pytest.mark.parametrize("name", BROKEN.values(), ids=BROKEN)
    def test_nor_has_a_key(self, session, team, name):
        response = session().post("/api/v1/api-keys", {"name": name, "scopes": []})
        assert REFUSAL in assert_error(response, 400, "validation_failed", "name")["message"]
        key = session().post("/api/v1/api-keys", {"name": "x", "scopes": []}).json()
        response = session().patch(f"/api/v1/api-keys/{key['id']}", {"name": name})
        assert_error(response, 400, "validation_failed", "name")


@pytest.mark.parametrize("name", ["Nora\r\nBcc: all@example.org", "Nora\x1b[2J", "No\u202ear"])
class TestThePages:
    def test_a_person_signs_up_with_a_line(self, db, settings, name):
        settings.SIGN_UP = "open"
        response = Client().post("/sign-up", {"name": name, "email": "nora@example.org"})
        assert response.status_code == 400
        assert REFUSAL in response.content.decode()

    def test_whoever_is_invited_too(self, team, name):
        browser = Client()
        browser.get("/invitation", {"token": make_invitation(team).token})
        response = browser.post("/invitation", {"name": name, **FIELDS})
        assert response.status_code == 400
        assert User.objects.count() == 1

    def test_a_key_of_the_settings_too(self, owner, team, name):
        browser = Client()
        browser.post("/sign-in", {"username": owner.email, "password": PASSWORD})
        response = browser.post("/settings/api-keys", {"name": name, "scopes": ["events:read"]})
        assert response.status_code == 400
        assert not ApiKey.objects.exists()

    def test_and_the_forms_of_the_admin(self, owner, team, name):
        owner.is_staff = owner.is_superuser = True
        owner.save()
        admin = Client()
        admin.force_login(owner)
        for row in (team, owner):
            response = admin.post(path_of(row), form_data(admin.get(path_of(row)), name=name))
            assert REFUSAL in response.content.decode()
        assert Team.objects.get().name == "Kiosk crew"
