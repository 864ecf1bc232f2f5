"""What a share lets its holder see and do, through all routes of an evaluation."""

import pytest

from evaluations.models import Evaluation, Share
from evaluations.sharing import services
from teams.models import Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member
from tests.evaluations.sharing.shared import make_outsider, make_share

EVALUATIONS = "/api/v1/evaluations"


@pytest.fixture
def holder(db):
    return make_outsider("holder@example.org")


@pytest.fixture
def path(evaluation):
    return f"{EVALUATIONS}/{evaluation['id']}"


def listed(client, query=""):
    return [row["id"] for row in client.get(f"{EVALUATIONS}?{query}").json()["data"]]


class TestSeeing:
    def test_it_is_seen_by_its_holder_who_is_told_so(self, session, holder, evaluation, path):
        make_share(evaluation["id"], holder)

        body = session(holder).get(path).json()

        assert (body["isSharedWithMe"], body["myPermission"]) == (True, "VIEWER")
        told = {"isSharedWithMe", "myPermission"}
        assert {k: v for k, v in body.items() if k not in told} == {
            k: v for k, v in evaluation.items() if k not in told
        }

    def test_it_is_in_the_holders_list(self, session, holder, evaluation):
        make_share(evaluation["id"], holder, "EDITOR")
        client = session(holder)

        (row,) = client.get(EVALUATIONS).json()["data"]

        assert row == client.get(f"{EVALUATIONS}/{row['id']}").json()
        assert (row["isSharedWithMe"], row["myPermission"]) == (True, "EDITOR")

    def test_it_is_not_seen_without_a_share(self, session, holder, path):
        assert_error(session(holder).get(path), 403, "evaluation_no_access")
        assert listed(session(holder)) == []

    def test_an_invite_shows_nothing(self, session, holder, evaluation, path):
        Share.objects.create(
            evaluation_id=evaluation["id"],
            email=holder.email,
            permission="OWNER",
            expires_at="2100-01-01T00:00:00Z",
        )
        assert_error(session(holder).get(path), 403, "evaluation_no_access")
        assert listed(session(holder)) == []

    def test_a_key_stays_within_its_team(self, holder, evaluation, path):
        make_share(evaluation["id"], holder, "OWNER")
        client = ApiClient(make_key(holder.owned_teams.get()))

        assert_error(client.get(path), 404, "evaluation_not_found")
        assert listed(client) == []
        assert listed(client, "limit=100") == []

    def test_the_list_can_be_narrowed(self, session, holder, evaluation):
        make_share(evaluation["id"], holder)
        client = session(holder)

        assert listed(client, "status=Draft&type=SSE") == [evaluation["id"]]
        assert listed(client, "status=Running") == []
        assert listed(client, f"teamId={holder.owned_teams.get().pk}") == []
        response = client.get(f"{EVALUATIONS}?teamId={evaluation['teamId']}")
        assert_error(response, 404, "team_not_found", "teamId")

    def test_a_member_is_not_told_that_it_is_shared(self, session, team, evaluation, path):
        viewer = make_member(team, Role.VIEWER)
        make_share(evaluation["id"], viewer, "EDITOR")

        body = session(viewer).get(path).json()

        assert (body["isSharedWithMe"], body["myPermission"]) == (False, "EDITOR")


class TestPaging:
    @pytest.fixture
    def mixed(self, api, session, holder):
        """Own, shared and foreign evaluations by turns, and what the holder sees of them."""
        client, seen = session(holder), []
        for number in range(9):
            whose = (client, api, api)[number % 3]
            id = whose.post(EVALUATIONS, {"name": f"#{number}"}).json()["id"]
            if number % 3 == 1:
                make_share(id, holder)
            if number % 3 != 2:
                seen.insert(0, id)
        return client, seen

    @pytest.mark.parametrize("limit", [1, 2, 5, 6, 26, 100])
    def test_it_gives_each_row_once_and_says_when_there_are_more(self, mixed, limit):
        client, seen = mixed
        found, cursor = [], ""
        while True:
            body = client.get(f"{EVALUATIONS}?limit={limit}{cursor}").json()
            found += [row["id"] for row in body["data"]]
            if not body["has_more"]:
                break
            cursor = f"&starting_after={body['next_cursor']}"
        assert found == seen

    def test_it_goes_backwards(self, mixed):
        client, seen = mixed
        assert listed(client, f"ending_before={seen[3]}&limit=2") == seen[1:3]

    @pytest.mark.parametrize("how", ["revoked", "deleted"])
    def test_a_cursor_outlives_the_access(self, mixed, api, holder, how):
        client, seen = mixed
        lost = seen[1] if Share.objects.filter(evaluation=seen[1]).exists() else seen[0]
        rest = seen[seen.index(lost) + 1 :]
        if how == "deleted":
            assert api.delete(f"{EVALUATIONS}/{lost}").status_code == 200
        else:
            services.revoke_share(Share.objects.get(evaluation=lost, user=holder))

        assert listed(client, f"starting_after={lost}") == rest

    @pytest.mark.usefixtures("mixed")
    def test_the_place_is_nobody_elses(self, session, holder):
        share = Share.objects.filter(user=holder).latest("pk")
        services.revoke_share(share)
        other = make_outsider("other@example.org")

        response = session(other).get(f"{EVALUATIONS}?starting_after={share.evaluation_id}")
        assert_error(response, 400, "invalid_cursor", "starting_after")


class TestDoing:
    RATING = {"dimensionRatings": {"overall": 4}}

    def may(self, client, path, evaluation):
        """Which of four things a caller may do, from least to most."""
        rating = self.RATING | {"comparisonId": evaluation["comparisons"][0]["id"]}
        done = [
            client.post(f"{path}/ratings", rating),
            client.patch(path, {"name": "Renamed"}),
            client.patch(path, {"shareAccess": "ANYONE_WITH_LINK"}),
            client.delete(path),
        ]
        refused = [one for one in done if one.status_code >= 400]
        for one in refused:
            assert_error(one, 403, "insufficient_role", one.json()["error"].get("param"))
        return len(done) - len(refused)

    @pytest.mark.parametrize(
        ("permission", "allowed"), [("VIEWER", 1), ("EDITOR", 2), ("OWNER", 4)]
    )
    def test_a_permission_allows_what_the_role_does(
        self, api, session, holder, evaluation, path, permission, allowed
    ):
        api.patch(path, {"status": "Running"})
        make_share(evaluation["id"], holder, permission)

        assert self.may(session(holder), path, evaluation) == allowed

    def test_of_role_and_share_the_higher_counts_for_keys_too(
        self, api, session, team, evaluation, path
    ):
        api.patch(path, {"status": "Running"})
        viewer = make_member(team, Role.VIEWER)
        key = ApiClient(make_key(team, viewer))
        assert self.may(key, path, evaluation) == 1
        make_share(evaluation["id"], viewer, "EDITOR")
        assert key.patch(path, {"name": "Renamed"}).json()["myPermission"] == "EDITOR"

        editor = make_member(team, Role.EDITOR, "editor@example.org")
        make_share(evaluation["id"], editor, "VIEWER")
        assert self.may(session(editor), path, evaluation) == 2

    def test_an_owner_by_share_cannot_take_it_out_of_its_team(
        self, session, holder, evaluation, path
    ):
        make_share(evaluation["id"], holder, "OWNER")
        client, own = session(holder), holder.owned_teams.get()

        response = client.patch(path, {"teamId": own.pk})

        assert_error(response, 403, "insufficient_role", "teamId")
        assert Evaluation.objects.get().team_id == evaluation["teamId"]
