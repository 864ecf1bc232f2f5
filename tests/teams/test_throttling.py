"""Requests per minute: whom they count against, what the caller is told, and who is refused."""

import logging
import time

import pytest

from api.security import rate_limits, security_limits
from api.security.security_limits import BAD_CREDENTIALS
from teams.auth.authentication import ACTIVE_TEAM
from teams.limits.plans import PLAN_LIMITS
from teams.models import ApiKey, Plan, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team

EVALUATIONS = "/api/v1/evaluations"
NAMES = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def left(response):
    return int(response["X-RateLimit-Remaining"])


@pytest.fixture
def free(owner):
    return make_team(owner=owner, name="Free riders", plan="free")


@pytest.fixture
def free_api(free):
    return ApiClient(make_key(free))


def use_up(client, leave=0):
    limiter = rate_limits.limiter()
    team = ApiKey.objects.get(digest=ApiKey.digest_of(client.token)).team
    for _ in range(PLAN_LIMITS[Plan(team.plan)].rpm - leave):
        limiter.hit(f"team:{team.pk}", PLAN_LIMITS[Plan(team.plan)].rpm)


class TestWhatIsTold:
    @pytest.mark.parametrize(("plan", "limit"), [("free", 60), ("team", 120), ("pro", 600)])
    def test_every_reply_says_where_the_team_stands(self, owner, plan, limit):
        client = ApiClient(make_key(make_team(owner=owner, plan=plan)))

        for expected in (limit - 1, limit - 2, limit - 3):
            response = client.get(EVALUATIONS)
            assert response["X-RateLimit-Limit"] == str(limit)
            assert left(response) == expected
            assert 0 < int(response["X-RateLimit-Reset"]) - time.time() <= 61

    def test_refusals_say_it_too(self, team, api, evaluation):
        reader = ApiClient(make_key(team, scopes=("evaluations:read",)))
        responses = [
            reader.post(EVALUATIONS, {"name": "x"}),  # 403
            api.get(f"{EVALUATIONS}/none"),  # 404
            api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"name": ""}),  # 400
            api.patch(f"{EVALUATIONS}/{evaluation['id']}", b"{"),  # 400
            api.put(EVALUATIONS),  # 405
        ]

        assert [response.status_code for response in responses] == [403, 404, 400, 400, 405]
        remaining = [left(response) for response in responses]
        assert remaining == list(range(remaining[0], remaining[0] - 5, -1))

    def test_a_bug_says_it_too(self, api, monkeypatch):
        monkeypatch.setattr("api.rest.lists.read_query", lambda *_, **__: 1 / 0)
        assert left(api.get(EVALUATIONS)) == 599

    def test_a_plan_without_a_limit_has_no_numbers(self, owner):
        client = ApiClient(make_key(make_team(owner=owner, plan="enterprise")))
        response = client.get(EVALUATIONS)
        assert response.status_code == 200
        assert not set(NAMES) & set(response.headers)

    def test_what_needs_no_credential_has_none(self, anonymous, db):
        for response in (anonymous.get("/api/v1/openapi.json"), anonymous.options(EVALUATIONS)):
            assert not set(NAMES) & set(response.headers)


class TestTooMany:
    def test_the_last_one_passes_and_the_next_is_told_when_to_come_back(self, free_api):
        use_up(free_api, leave=1)
        last = free_api.get(EVALUATIONS)
        assert (last.status_code, left(last)) == (200, 0)

        response = free_api.get(EVALUATIONS)

        error = assert_error(response, 429, "rate_limit_exceeded")
        wait = int(response["Retry-After"])
        assert 58 <= wait <= 61
        assert error["type"] == "rate_limit_error"
        assert error["message"] == (
            "Rate limit of 60 requests per minute on the Free plan exceeded. "
            f"Try again in {wait} seconds."
        )
        assert left(response) == 0
        assert abs(int(response["X-RateLimit-Reset"]) - (time.time() + wait)) < 2

    def test_a_refused_one_changes_nothing_and_costs_nothing(self, free_api):
        use_up(free_api)
        for _ in range(3):
            assert free_api.post(EVALUATIONS, {"name": "x"}).status_code == 429
        rate_limits.limiter().forget()
        assert free_api.get(EVALUATIONS).json()["data"] == []

    def test_after_the_wait_it_passes(self, free_api, monkeypatch):
        use_up(free_api)
        wait = int(free_api.get(EVALUATIONS)["Retry-After"])
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + wait)
        assert free_api.get(EVALUATIONS).status_code == 200

    def test_a_plan_that_rises_counts_at_once(self, free, free_api):
        use_up(free_api)
        free.plan = "team"
        free.save(update_fields=["plan"])
        response = free_api.get(EVALUATIONS)
        assert (response.status_code, response["X-RateLimit-Limit"]) == (200, "120")

    def test_other_teams_notice_nothing(self, free_api, api):
        use_up(free_api)
        assert api.get(EVALUATIONS).status_code == 200

    def test_it_comes_after_the_credential_and_before_the_scope(self, free, free_api, anonymous):
        use_up(free_api)
        assert_error(anonymous.get(EVALUATIONS), 401, "invalid_credential")
        nothing = ApiClient(make_key(free, scopes=()))
        assert_error(nothing.get(EVALUATIONS), 429, "rate_limit_exceeded")
        # Before the plan, which has no webhooks, and before the version.
        assert_error(free_api.get("/api/v1/webhooks"), 429, "rate_limit_exceeded")
        response = free_api.get(EVALUATIONS, headers={"Autousers-Version": "never"})
        assert_error(response, 429, "rate_limit_exceeded")

    def test_it_comes_before_webhooks_are_found_switched_off(self, api, settings):
        settings.WEBHOOKS_ENABLED = False
        assert left(api.get("/api/v1/webhooks")) == 599
        use_up(api)
        assert_error(api.get("/api/v1/webhooks"), 429, "rate_limit_exceeded")

    def test_the_mode_log_lets_through_and_says_so(self, free, free_api, settings, caplog):
        settings.RATE_LIMIT_MODE = "log"
        use_up(free_api)
        with caplog.at_level(logging.WARNING, "autousers.rate_limits"):
            response = free_api.get(EVALUATIONS)
        assert (response.status_code, left(response)) == (200, 0)
        assert f"Over the rate limit, and let through: team:{free.pk}" in caplog.text


class TestWhomItCountsAgainst:
    def test_all_keys_of_a_team_share_a_window(self, team):
        first, second = ApiClient(make_key(team)), ApiClient(make_key(team))
        assert [left(c.get(EVALUATIONS)) for c in (first, second, first)] == [599, 598, 597]

    def test_people_of_a_team_and_its_keys_share_it_too(self, team, api, session):
        member = make_member(team, Role.VIEWER)
        clients = (session(), session(member), api)
        assert [left(client.get(EVALUATIONS)) for client in clients] == [599, 598, 597]

    def test_a_session_counts_against_the_team_it_acts_on(self, owner, team, free, session):
        client = session()

        def act_on(chosen):
            store = client.session
            store[ACTIVE_TEAM] = chosen.pk
            store.save()
            return left(client.get(EVALUATIONS))

        assert [act_on(team), act_on(free), act_on(team)] == [599, 59, 598]

    def test_a_person_without_a_team_counts_for_themselves(self, session, other_team):
        stranger = other_team.owner
        other_team.owner = make_member(other_team, Role.ADMIN)
        other_team.save()
        response = session(stranger).get(EVALUATIONS)
        assert (response.status_code, response["X-RateLimit-Limit"]) == (200, "60")


class TestFreeOfCharge:
    def test_test_events_cost_nothing_and_are_never_refused(self, api, endpoint):
        before = left(api.get(EVALUATIONS))
        path = f"/api/v1/webhooks/{endpoint['id']}/test"
        assert left(api.post(path)) == before
        use_up(api)
        response = api.post(path)
        assert (response.status_code, left(response)) == (202, 0)
        assert api.get(EVALUATIONS).status_code == 429


class TestBadCredentials:
    def test_they_count_against_the_address_and_no_team(self, team, api):
        bad = ApiClient("ak_live_" + "x" * 43)
        for expected in (BAD_CREDENTIALS - 1, BAD_CREDENTIALS - 2):
            response = bad.get(EVALUATIONS)
            assert_error(response, 401, "invalid_credential")
            assert response["X-RateLimit-Limit"] == str(BAD_CREDENTIALS)
            assert left(response) == expected
        assert left(api.get(EVALUATIONS)) == 599

    def test_a_flood_is_refused_and_good_ones_from_there_are_not(self, api, anonymous):
        for _ in range(BAD_CREDENTIALS):
            security_limits.hit("address:127.0.0.1", BAD_CREDENTIALS)
        revoked = ApiKey.objects.get()
        response = anonymous.get(EVALUATIONS)

        error = assert_error(response, 429, "too_many_bad_credentials")
        assert error["type"] == "rate_limit_error"
        assert 1 <= int(response["Retry-After"]) <= 61
        assert api.get(EVALUATIONS).status_code == 200
        revoked.revoke()
        assert_error(api.get(EVALUATIONS), 429, "too_many_bad_credentials")
        elsewhere = anonymous.get(EVALUATIONS, REMOTE_ADDR="192.0.2.7")
        assert_error(elsewhere, 401, "invalid_credential")

    def test_the_mode_log_does_not_switch_it_off(self, anonymous, db, settings):
        settings.RATE_LIMIT_MODE = "log"
        for _ in range(BAD_CREDENTIALS):
            security_limits.hit("address:127.0.0.1", BAD_CREDENTIALS)
        assert_error(anonymous.get(EVALUATIONS), 429, "too_many_bad_credentials")

    def test_a_redis_that_is_gone_does_not_switch_it_off(self, anonymous, db, monkeypatch):
        gone = security_limits.make_limiter(
            "redis://127.0.0.1:1/0", security_limits.make_limiter("")
        )
        monkeypatch.setattr(security_limits, "limiter", lambda: gone)
        monkeypatch.setattr(security_limits, "BAD_CREDENTIALS", 3)
        statuses = [anonymous.get(EVALUATIONS).status_code for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]

    @pytest.mark.parametrize(
        ("address", "counted_as"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
            ("", ""),
            ("unix:", "unix:"),
        ],
    )
    def test_what_counts_as_one_address(self, address, counted_as):
        assert rate_limits.network_of(address) == counted_as


def test_every_reply_with_numbers_has_all_three(api, anonymous):
    for response in (api.get(EVALUATIONS), anonymous.get(EVALUATIONS)):
        assert all(response[name].isdigit() for name in NAMES)
