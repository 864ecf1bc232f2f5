"""API keys: which ones are let in, what is kept of them, and what is not."""

import hashlib
import logging
from datetime import UTC, datetime, timedelta

import pytest
import structlog
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teams.auth.principals import KEY_BY_DIGEST
from teams.models import ApiKey, Membership, Role, Team
from teams.people import services
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team

EVALUATIONS = "/api/v1/evaluations"
NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


def key_of(token: str) -> ApiKey:
    return ApiKey.objects.get(digest=ApiKey.digest_of(token))


def refused(client: ApiClient, code: str) -> None:
    """Every kind of request is refused alike, and nothing is told of what is behind it."""
    for response in (
        client.get(EVALUATIONS),
        client.post(EVALUATIONS, {"name": "x"}),
        client.get(f"{EVALUATIONS}/nonsense"),
        client.get("/api/v1/events"),
    ):
        assert assert_error(response, 401, code)["type"] == "authentication_error"


class TestWhoIsLetIn:
    def test_a_key_that_is_alive(self, api):
        assert api.get(EVALUATIONS).status_code == 200

    def test_one_that_was_revoked_is_refused_at_once(self, api):
        key_of(api.token).revoke()
        refused(api, "revoked_credential")

    def test_one_expires_at_its_time(self, api):
        key = key_of(api.token)
        key.expires_at = NOW
        key.save()

        with time_machine.travel(NOW - timedelta(milliseconds=1), tick=False):
            assert api.get(EVALUATIONS).status_code == 200
        with time_machine.travel(NOW, tick=False):
            refused(api, "expired_credential")

    def test_one_whose_maker_left_the_team_is_refused(self, team):
        editor = make_member(team, Role.EDITOR)
        client = ApiClient(make_key(team, editor))
        assert client.get(EVALUATIONS).status_code == 200

        Membership.objects.get(user=editor).delete()

        refused(client, "revoked_credential")

    def test_one_whose_maker_handed_the_team_over_keeps_the_rest_of_their_rights(self, api, team):
        successor = make_member(team, Role.ADMIN)
        former = team.owner
        Membership.objects.get(user=successor).delete()
        Team.objects.update(owner=successor)
        refused(api, "revoked_credential")

        Membership.objects.create(team=team, user=former, role=Role.VIEWER)
        assert api.get(EVALUATIONS).status_code == 200
        assert_error(api.post(EVALUATIONS, {"name": "x"}), 403, "insufficient_role")

    def test_one_of_a_person_who_was_deactivated_is_refused(self, api, owner):
        owner.is_active = False
        owner.save()
        refused(api, "revoked_credential")

    def test_one_that_does_not_exist_is_refused(self, db):
        refused(ApiClient(ApiKey.MARK + "x" * 43), "invalid_credential")

    @pytest.mark.parametrize(
        "cut", [slice(None, -1), slice(1, None), slice(None, 20), slice(8, None)]
    )
    def test_a_part_of_one_is_refused(self, api, cut):
        refused(ApiClient(api.token[cut]), "invalid_credential")

    def test_its_digest_is_no_key(self, api):
        refused(ApiClient(ApiKey.MARK + ApiKey.digest_of(api.token)), "invalid_credential")

    def test_a_key_of_a_deleted_team_is_refused(self, api, team):
        team.delete()
        refused(api, "invalid_credential")


class TestWhatAKeyActsAs:
    def test_its_makers_role_of_today(self, team):
        member = make_member(team, Role.VIEWER)
        client = ApiClient(make_key(team, member))
        assert client.post(EVALUATIONS, {"name": "x"}).status_code == 403

        Membership.objects.filter(user=member).update(role=Role.EDITOR)
        assert client.post(EVALUATIONS, {"name": "x"}).status_code == 201

    def test_its_own_team_alone_though_its_maker_is_in_others(
        self, api, other_api, owner, other_team
    ):
        Membership.objects.create(team=other_team, user=owner, role=Role.ADMIN)
        theirs = other_api.post(EVALUATIONS, {"name": "x"}).json()["id"]

        assert_error(api.get(f"{EVALUATIONS}/{theirs}"), 404, "evaluation_not_found")
        assert api.get(EVALUATIONS).json()["data"] == []


class TestWhatIsKept:
    def test_a_key_has_the_mark_and_256_random_bits(self, team, owner):
        tokens = {services.create_key(team=team, user=owner, name="k", scopes=[])[1]
                  for _ in range(20)}  # fmt: skip
        assert len(tokens) == 20
        for token in tokens:
            assert token.startswith("ak_live_")
            assert len(token) == len("ak_live_") + 43

    def test_only_its_hash_and_its_beginning(self, api):
        key = key_of(api.token)
        row = ApiKey.objects.filter(pk=key.pk).values().get()

        assert row["digest"] == hashlib.sha256(api.token.encode()).hexdigest()
        assert row["prefix"] == api.token[:14]
        assert api.token not in str(row)
        assert api.token[14:] not in str(row)
        assert api.token not in str(key)

    def test_it_is_never_logged(self, api, evaluation, caplog, monkeypatch):
        caplog.set_level(logging.DEBUG)
        api.get(EVALUATIONS)
        api.get("/api/v1/nothing")
        api.post(EVALUATIONS, b"{")
        monkeypatch.setattr(
            "evaluations.rest.evaluation_views.find_evaluation", lambda *_, **__: 1 / 0
        )
        assert api.get(f"{EVALUATIONS}/{evaluation['id']}").status_code == 500

        assert "ZeroDivisionError" in caplog.text
        assert api.token not in caplog.text
        assert ApiKey.digest_of(api.token) not in caplog.text

    def test_it_is_not_in_what_is_printed_of_a_crash(self, api, caplog, monkeypatch):
        fail = lambda _: 1 / 0  # noqa: E731
        monkeypatch.setattr(KEY_BY_DIGEST, "first", fail)  # the key is a local of its caller
        assert api.get(EVALUATIONS).status_code == 500

        [ours] = [
            handler
            for handler in logging.root.handlers
            if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
        ]
        printed = "".join(ours.format(record) for record in caplog.records)
        assert "ZeroDivisionError" in printed
        assert api.token not in printed

    def test_a_scope_that_does_not_exist_is_refused(self, team, owner):
        with pytest.raises(services.UnknownScope, match="eval:read"):
            services.create_key(team=team, user=owner, name="k", scopes=["*", "eval:read"])


class TestTheHeader:
    @pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER    "])
    def test_any_case_and_one_space_or_more_will_do(self, api, scheme):
        headers = {"Authorization": f"{scheme}{api.token}"}
        assert ApiClient().get(EVALUATIONS, headers=headers).status_code == 200

    @pytest.mark.parametrize("header", ["Bearer{}", "Bearer\t{}", "Basic {}", "{}", "Bearer {} {}"])
    def test_anything_else_is_refused(self, api, header):
        headers = {"Authorization": header.replace("{}", api.token)}
        assert_error(ApiClient().get(EVALUATIONS, headers=headers), 401, "invalid_credential")


class TestLastUse:
    def use(self, client: ApiClient, moment: datetime, address: str = "192.0.2.1") -> ApiKey:
        with time_machine.travel(moment, tick=False):
            assert client.get(EVALUATIONS, REMOTE_ADDR=address).status_code == 200
        return key_of(client.token)

    def test_it_remembers_when_and_from_where(self, api):
        key = self.use(api, NOW)
        assert (key.last_used_at, key.last_used_address) == (NOW, "192.0.2.1")

    def test_it_is_written_at_most_once_a_minute(self, api):
        self.use(api, NOW)
        assert self.use(api, NOW + timedelta(seconds=59), "192.0.2.2").last_used_at == NOW
        later = NOW + timedelta(seconds=60)
        key = self.use(api, later, "192.0.2.3")
        assert (key.last_used_at, key.last_used_address) == (later, "192.0.2.3")

    def test_within_the_minute_nothing_is_written(self, api):
        self.use(api, NOW)
        with CaptureQueriesContext(connection) as queries:
            self.use(api, NOW + timedelta(seconds=30))
        assert not [query for query in queries if query["sql"].startswith("UPDATE")]

    @pytest.mark.parametrize("address", ["2001:db8::1", ""])
    def test_any_address_will_do(self, api, address):
        assert self.use(api, NOW, address).last_used_address == (address or None)

    def test_a_refused_key_is_not_in_use(self, api):
        key = key_of(api.token)
        key.revoke()
        api.get(EVALUATIONS)
        assert key_of(api.token).last_used_at is None


class TestSeveralTeams:
    def test_each_key_sees_its_own(self, owner, team):
        second = make_team(owner=owner, name="Second")
        for each in (team, second):
            answer = ApiClient(make_key(each)).post(EVALUATIONS, {"name": "x"}).json()
            assert answer["teamId"] == each.pk
