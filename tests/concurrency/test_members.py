"""Who is in a team changes at the same moment: there is one Owner, and nobody is in it twice."""

import pytest

from teams.models import ApiKey, Membership, Role, Team
from tests.clients import ApiClient
from tests.concurrency.threads import at_once
from tests.conftest import make_key, make_member

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

ROUNDS = 5


def codes(results):
    return sorted((response.status_code, response.json().get("error", {}).get("code"))
                  for response in results)  # fmt: skip


class TestHandingOver:
    def test_of_two_at_once_one_is_the_new_owner(self, api, owner, team):
        heirs = [make_member(team, Role.ADMIN, f"{n}@example.org") for n in range(4)]
        path = f"/api/v1/teams/{team.pk}/transfer-admin"

        results = at_once(
            [
                lambda heir=heir: ApiClient(api.token).post(path, {"newOwnerId": heir.pk})
                for heir in heirs
            ]
        )

        assert codes(results) == [(200, None)] + [(403, "insufficient_role")] * 3
        team.refresh_from_db()
        assert team.owner in heirs
        assert Membership.objects.filter(team=team).count() == 4
        assert not Membership.objects.filter(team=team, user_id=team.owner_id).exists()
        assert Membership.objects.get(team=team, user=owner).role == "Admin"

    @pytest.mark.parametrize("way", ["leave", "remove"])
    def test_whoever_goes_at_that_moment_is_owner_or_gone(self, api, owner, team, way):
        path = f"/api/v1/teams/{team.pk}"
        seen = set()
        for n in range(ROUNDS):
            heir = make_member(team, Role.ADMIN, f"{n}@example.org")
            key = make_key(team, heir)
            hand_over = {"newOwnerId": heir.pk}
            go = {
                "leave": lambda key=key: ApiClient(key).post(f"{path}/leave"),
                "remove": lambda heir=heir: ApiClient(api.token).delete(
                    f"{path}/members/{heir.pk}"
                ),
            }[way]
            handed, gone = at_once(
                [
                    lambda body=hand_over: ApiClient(api.token).post(
                        f"{path}/transfer-admin", body
                    ),
                    go,
                ]
            )
            team.refresh_from_db()
            seen.add((handed.status_code, gone.status_code))
            if handed.status_code == 200:
                assert gone.status_code == 400, gone.content
                assert gone.json()["error"]["code"] == "owner_protected"
                assert team.owner == heir
                assert ApiKey.objects.get(user=heir).revoked_at is None
                Team.objects.filter(pk=team.pk).update(owner=owner)
                Membership.objects.filter(team=team, user=owner).delete()
            else:
                assert handed.json()["error"]["code"] == "not_a_member"
                assert gone.status_code == 200
                assert team.owner == owner
        assert seen <= {(200, 400), (400, 200)}


class TestNames:
    def test_many_teams_of_one_name_at_once_all_get_a_slug(self, api):
        results = at_once([lambda: ApiClient(api.token).post("/api/v1/teams", {"name": "A"})] * 10)

        assert codes(results) == [(201, None)] * 10
        assert len({response.json()["slug"] for response in results}) == 10


class TestTeamsOfAPerson:
    def test_many_at_once_end_at_the_limit(self, api, settings):
        settings.TEAMS_PER_PERSON = 4  # of which the fixture has made one
        results = at_once([lambda: ApiClient(api.token).post("/api/v1/teams", {"name": "A"})] * 10)
        assert codes(results) == [(201, None)] * 3 + [(400, "too_many_teams")] * 7

    def test_one_made_and_one_handed_over_are_not_both_owned(self, session, api, team, settings):
        settings.TEAMS_PER_PERSON = 1
        for n in range(ROUNDS):
            heir = make_member(team, Role.ADMIN, f"{n}@example.org")
            browser = session(heir)
            browser.get("/api/v1/teams")
            body = {"newOwnerId": heir.pk}
            results = at_once(
                [
                    lambda browser=browser: browser.post("/api/v1/teams", {"name": "A"}),
                    lambda body=body: ApiClient(api.token).post(
                        f"/api/v1/teams/{team.pk}/transfer-admin", body
                    ),
                ]
            )
            refused = [code for _, code in codes(results) if code]
            assert refused == ["too_many_teams"]
            assert Team.objects.filter(owner=heir).count() == 1
            if results[1].status_code == 200:
                break


class TestNarrowing:
    def test_two_at_once_never_give_back_what_the_other_took(self, session, team):
        token = make_key(team, scopes=("evaluations:read", "ratings:read"))
        key = ApiKey.objects.get(digest=ApiKey.digest_of(token))
        browsers = [session() for _ in range(2)]
        for browser in browsers:
            browser.get("/api/v1/teams")
        wishes = [["evaluations:read"], ["ratings:read"]]

        results = at_once(
            [
                lambda browser=browser, wish=wish: browser.patch(
                    f"/api/v1/api-keys/{key.pk}", {"scopes": wish}
                )
                for browser, wish in zip(browsers, wishes, strict=True)
            ]
        )

        assert codes(results) == [(200, None), (400, "scopes_widened")]
