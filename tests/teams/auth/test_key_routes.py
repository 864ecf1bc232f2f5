"""`/api-keys`: people make, narrow and revoke keys; keys themselves may not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from api.clock import iso
from api.ids import cuid
from teams.auth.authentication import ACTIVE_TEAM
from teams.auth.scopes import SCOPES
from teams.models import ApiKey, Membership, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import PASSWORD, make_key, make_member, make_team

KEYS = "/api/v1/api-keys"
WHOAMI = "/api/v1/auth/whoami"
EVALUATIONS = "/api/v1/evaluations"
TOMORROW = iso(timezone.now() + timedelta(days=1))


@pytest.fixture
def browser(session, team):
    """The Owner, signed in."""
    return session()


@pytest.fixture
def key(browser):
    """A key of the Owner's with two scopes, as the API answered it."""
    body = {"name": "ci", "scopes": ["evaluations:*", "webhooks:read"]}
    response = browser.post(KEYS, body)
    assert response.status_code == 201, response.content
    return response.json()


class TestMaking:
    def test_it_is_shown_once_and_works(self, browser, team):
        body = {"name": "ci", "scopes": ["evaluations:read"], "expiresAt": TOMORROW}
        made = browser.post(KEYS, body)

        assert made.status_code == 201
        key = made.json()
        token = key.pop("token")
        assert token.startswith("ak_live_")
        assert key.pop("plainKey") == token
        row = ApiKey.objects.get()
        assert (row.team, row.digest) == (team, ApiKey.digest_of(token))
        assert key == {
            "id": row.pk,
            "name": "ci",
            "prefix": token[:14],
            "keyPrefix": token[:14],
            "scopes": ["evaluations:read"],
            "createdAt": iso(row.created_at),
            "lastUsedAt": None,
            "lastUsedIp": None,
            "revokedAt": None,
            "expiresAt": TOMORROW,
        }
        assert browser.get(KEYS).json()["data"] == [key]
        assert ApiClient(token).get(EVALUATIONS).status_code == 200

    def test_it_is_for_the_team_the_session_acts_on(self, browser, owner):
        second = make_team(owner=owner, name="Second")
        state = browser.session
        state[ACTIVE_TEAM] = second.pk
        state.save()
        token = browser.post(KEYS, {"name": "x", "scopes": []}).json()["token"]
        assert ApiClient(token).get(WHOAMI).json()["teamId"] == second.pk

    def test_without_scopes_it_may_call_what_needs_none(self, browser):
        token = browser.post(KEYS, {"name": "x", "scopes": [], "expiresAt": None}).json()["token"]
        assert ApiClient(token).get(WHOAMI).status_code == 200
        assert_error(ApiClient(token).get(EVALUATIONS), 403, "missing_required_scope")

    def test_a_scope_named_twice_counts_once(self, browser):
        scopes = ["ratings:read", "ratings:*", "ratings:read"]
        made = browser.post(KEYS, {"name": "x", "scopes": scopes}).json()
        assert made["scopes"] == ["ratings:read", "ratings:*"]

    def test_every_scope_can_be_given(self, browser):
        browser.submit("/confirm-password", password=PASSWORD)
        made = browser.post(KEYS, {"name": "x", "scopes": list(SCOPES)})
        assert made.json()["scopes"] == list(SCOPES)

    def test_a_viewers_key_may_no_more_than_a_viewer(self, session, team):
        viewer = make_member(team, Role.VIEWER)
        client = session(viewer)
        client.submit("/confirm-password", password=PASSWORD)
        token = client.post(KEYS, {"name": "x", "scopes": ["*"]}).json()["token"]
        assert ApiClient(token).get(EVALUATIONS).status_code == 200
        assert_error(ApiClient(token).post(EVALUATIONS, {"name": "x"}), 403, "insufficient_role")

    def test_sent_twice_under_one_key_it_is_made_once(self, browser):
        body, headers = {"name": "x", "scopes": []}, {"Idempotency-Key": "mint"}
        first, again = (browser.post(KEYS, body, headers=headers) for _ in range(2))
        assert first.json() == again.json()
        assert ApiKey.objects.count() == 1
        other = browser.post(KEYS, {**body, "name": "y"}, headers=headers)
        assert_error(other, 409, "idempotency_key_reused", "Idempotency-Key")

    def test_the_published_client_reads_the_same_under_data(self, browser):
        headers = {"User-Agent": "autousers-cli/1.0"}
        body = browser.post(KEYS, {"name": "x", "scopes": []}, headers=headers).json()
        assert body["data"]["plainKey"] == body["token"]

    @pytest.mark.parametrize(
        ("body", "param", "said"),
        [
            ({"scopes": []}, "name", "required"),
            ({"name": "", "scopes": []}, "name", "empty"),
            ({"name": "x" * 101, "scopes": []}, "name", "100"),
            ({"name": 5, "scopes": []}, "name", "string"),
            ({"name": "x"}, "scopes", "required"),
            ({"name": "x", "scopes": None}, "scopes", "null"),
            ({"name": "x", "scopes": "*"}, "scopes", "list"),
            ({"name": "x", "scopes": {}}, "scopes", "list"),
            ({"name": "x", "scopes": [5]}, "scopes", "list of scopes"),
            ({"name": "x", "scopes": ["eval:read"]}, "scopes", "no scope eval:read"),
            ({"name": "x", "scopes": ["*", "admin", "root"]}, "scopes", "no scope admin, root"),
            ({"name": "x", "scopes": ["events:*"]}, "scopes", "no scope events:*"),
            ({"name": "x", "scopes": ["EVENTS:READ"]}, "scopes", "no scope EVENTS:READ"),
            ({"name": "x", "scopes": [], "expiresAt": "soon"}, "expiresAt", "ISO 8601"),
            ({"name": "x", "scopes": [], "expiresAt": 5}, "expiresAt", "ISO 8601"),
            ({"name": "x", "scopes": [], "expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt",
             "future"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_made_is_refused_and_says_why(self, browser, body, param, said):
        error = assert_error(browser.post(KEYS, body), 400, "validation_failed", param)
        assert said in error["message"]
        assert not ApiKey.objects.exists()


class TestListing:
    def test_it_has_ones_own_of_the_team_newest_first(self, browser, session, team, owner):
        admin = make_member(team, Role.ADMIN)
        make_key(team, admin)
        make_key(make_team(owner=owner, name="Second"))
        made = [browser.post(KEYS, {"name": f"{n}", "scopes": []}).json()["id"] for n in range(3)]
        browser.delete(f"{KEYS}/{made[1]}")

        page = browser.get(KEYS).json()

        assert [row["id"] for row in page["data"]] == made[::-1]
        assert [bool(row["revokedAt"]) for row in page["data"]] == [False, True, False]
        assert page["has_more"] is False
        assert not any("token" in row for row in page["data"])
        assert len(session(admin).get(KEYS).json()["data"]) == 1

    def test_it_has_pages(self, browser):
        made = [browser.post(KEYS, {"name": f"{n}", "scopes": []}).json()["id"] for n in range(3)]
        page = browser.get(KEYS, {"limit": 2}).json()
        assert page["next_cursor"] == made[1]
        rest = browser.get(KEYS, {"starting_after": made[1]}).json()
        assert [row["id"] for row in rest["data"]] == made[:1]
        bad = browser.get(KEYS, {"starting_after": cuid()})
        assert_error(bad, 400, "invalid_cursor", "starting_after")


class TestChanging:
    def test_it_is_renamed_and_narrowed(self, browser, key):
        changes = {"name": "new", "scopes": ["evaluations:read", "evaluations:read"]}
        changed = browser.patch(f"{KEYS}/{key['id']}", changes)
        assert changed.status_code == 200
        assert changed.json() == {
            **{name: key[name] for name in key if name not in ("token", "plainKey")},
            "name": "new",
            "scopes": ["evaluations:read"],
        }
        assert_error(
            ApiClient(key["token"]).post(EVALUATIONS, {"name": "x"}), 403, "missing_required_scope"
        )

    @pytest.mark.parametrize(
        ("before", "after", "more"),
        [
            (["evaluations:read"], ["evaluations:read", "evaluations:write"], "evaluations:write"),
            (["evaluations:read", "evaluations:write"], ["evaluations:*"], "evaluations:*"),
            (["evaluations:*"], ["*"], "*"),
            (["evaluations:*"], ["ratings:read"], "ratings:read"),
            ([], ["events:read"], "events:read"),
            (list(SCOPES[1:]), ["*"], "*"),
        ],
    )
    def test_it_never_gains_a_scope(self, browser, team, before, after, more):
        token = make_key(team, scopes=tuple(before))
        key = ApiKey.objects.get(digest=ApiKey.digest_of(token))
        response = browser.patch(f"{KEYS}/{key.pk}", {"name": "new", "scopes": after})
        error = assert_error(response, 400, "scopes_widened", "scopes")
        assert f"does not hold {more}." in error["message"]
        key.refresh_from_db()
        assert (key.name, key.scopes) == ("test", before)

    @pytest.mark.parametrize(
        ("before", "after"),
        [(["*"], ["evaluations:*"]), (["*"], list(SCOPES)), (["ratings:*"], ["ratings:write"])],
    )
    def test_a_wildcard_narrows_to_what_it_stood_for(self, browser, team, before, after):
        make_key(team, scopes=tuple(before))
        path = f"{KEYS}/{ApiKey.objects.get().pk}"
        assert browser.patch(path, {"scopes": after}).json()["scopes"] == after

    def test_what_was_taken_away_does_not_come_back(self, browser, key):
        path = f"{KEYS}/{key['id']}"
        browser.patch(path, {"scopes": []})
        response = browser.patch(path, {"scopes": key["scopes"]})
        assert_error(response, 400, "scopes_widened", "scopes")

    def test_a_revoked_one_cannot_be_changed(self, browser, key):
        browser.delete(f"{KEYS}/{key['id']}")
        response = browser.patch(f"{KEYS}/{key['id']}", {"name": "new"})
        assert_error(response, 400, "api_key_revoked")

    @pytest.mark.parametrize(
        ("body", "param"),
        [
            ({"name": ""}, "name"),
            ({"name": None}, "name"),
            ({"scopes": None}, "scopes"),
            ({"scopes": ["everything"]}, "scopes"),
        ],
    )
    def test_nonsense_is_refused(self, browser, key, body, param):
        response = browser.patch(f"{KEYS}/{key['id']}", body)
        assert_error(response, 400, "validation_failed", param)


class TestRevoking:
    def test_it_ends_at_once_and_for_good(self, browser, key):
        client = ApiClient(key["token"])
        assert client.get(EVALUATIONS).status_code == 200

        revoked = browser.delete(f"{KEYS}/{key['id']}")

        assert revoked.json() == {"deleted": True, "id": key["id"]}
        assert_error(client.get(EVALUATIONS), 401, "revoked_credential")

    def test_a_second_time_changes_nothing(self, browser, key):
        browser.delete(f"{KEYS}/{key['id']}")
        before = ApiKey.objects.get().revoked_at
        assert browser.delete(f"{KEYS}/{key['id']}").status_code == 200
        assert ApiKey.objects.get().revoked_at == before


class TestWhoMay:
    @pytest.mark.parametrize(
        ("role", "status"),
        [(Role.VIEWER, 404), (Role.EDITOR, 404), (Role.ADMIN, 200), (None, 404)],
    )
    def test_somebody_elses_key_is_for_admins_of_its_team(
        self, session, key, team, other_team, role, status
    ):
        user = make_member(team, role) if role else other_team.owner
        for response in (
            session(user).patch(f"{KEYS}/{key['id']}", {"name": "mine"}),
            session(user).delete(f"{KEYS}/{key['id']}"),
        ):
            assert response.status_code == status
            if status == 404:
                assert_error(response, 404, "api_key_not_found")

    def test_after_leaving_ones_own_key_is_gone(self, session, team):
        editor = make_member(team, Role.EDITOR)
        client = session(editor)
        made = client.post(KEYS, {"name": "x", "scopes": []}).json()
        Membership.objects.get(user=editor).delete()
        assert_error(client.patch(f"{KEYS}/{made['id']}", {}), 404, "api_key_not_found")

    @pytest.mark.parametrize("id", ["nonsense", "cm9k3d0aa0004s8l2c8t1kfwm"])
    def test_an_unknown_one_is_not_found(self, browser, id):
        assert_error(browser.patch(f"{KEYS}/{id}", {}), 404, "api_key_not_found")
        assert_error(browser.delete(f"{KEYS}/{id}"), 404, "api_key_not_found")

    def test_a_key_may_nothing_here_not_even_to_itself(self, api, key):
        for response in (
            api.get(KEYS),
            api.post(KEYS, {"name": "x", "scopes": []}),
            api.patch(f"{KEYS}/{key['id']}", {"scopes": []}),
            api.delete(f"{KEYS}/{key['id']}"),
            api.patch(f"{KEYS}/{cuid()}", {}),
        ):
            error = assert_error(response, 403, "session_required")
            assert error["type"] == "authorization_error"
        assert ApiKey.objects.filter(revoked_at=None).count() == 2
