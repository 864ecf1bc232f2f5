"""`GET /evaluations`: order, paging in both directions, cursors and who sees what."""

from datetime import UTC, datetime, timedelta
from itertools import chain, count
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from api.ids import cuid
from api.tasks import forget
from evaluations.models import Evaluation
from teams.models import Membership, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team, make_user

EVALUATIONS = "/api/v1/evaluations"
MOMENT = datetime(2026, 6, 1, 8, tzinfo=UTC)


def make(team, number_of_rows, *, at=MOMENT, apart=timedelta(minutes=1)):
    """Make evaluations, and give their ids, newest change first."""
    rows = []
    for number in range(number_of_rows):
        moment = at + number * apart
        rows.append(Evaluation(team=team, name=f"#{number}", updated_at=moment))
        rows[-1].save()
    rows.sort(key=lambda row: (row.updated_at, row.pk), reverse=True)
    return [row.pk for row in rows]


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["data"]]


def walk(client, *, limit, start="", backwards=False):
    """Follow the cursors to the end; the pages, in the order they were fetched."""
    name = "ending_before" if backwards else "starting_after"
    pages, cursor = [], start
    while True:
        query = f"&{name}={cursor}" if cursor else ""
        response = client.get(f"{EVALUATIONS}?limit={limit}{query}")
        pages.append(ids(response))
        body = response.json()
        assert body["has_more"] == (body["next_cursor"] is not None)
        if not body["has_more"]:
            return pages
        cursor = body["next_cursor"]


class TestPage:
    def test_an_empty_list_is_a_page(self, api):
        assert api.get(EVALUATIONS).json() == {"data": [], "has_more": False, "next_cursor": None}

    def test_it_holds_whole_evaluations(self, api, evaluation):
        assert api.get(EVALUATIONS).json() == {
            "data": [evaluation],
            "has_more": False,
            "next_cursor": None,
        }

    def test_the_newest_change_comes_first(self, api, team):
        expected = make(team, 3)
        assert ids(api.get(EVALUATIONS)) == expected

        api.patch(f"{EVALUATIONS}/{expected[-1]}", {"name": "Changed"})
        assert ids(api.get(EVALUATIONS)) == [expected[-1], *expected[:-1]]

    def test_twenty_by_default(self, api, team):
        expected = make(team, 21)
        body = api.get(EVALUATIONS).json()

        assert [row["id"] for row in body["data"]] == expected[:20]
        assert (body["has_more"], body["next_cursor"]) == (True, expected[19])

    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    def test_as_many_as_asked_for(self, api, team, limit):
        expected = make(team, 3)
        assert ids(api.get(f"{EVALUATIONS}?limit={limit}")) == expected[:limit]

    def test_exactly_as_many_as_there_are_is_the_last_page(self, api, team):
        make(team, 3)
        body = api.get(f"{EVALUATIONS}?limit=3").json()
        assert (body["has_more"], body["next_cursor"]) == (False, None)

    @pytest.mark.parametrize(
        "limit",
        ["0", "101", "-1", "abc", "1.0", "", " 5", "5 ", "+5", "1e1", "٣", "00101",
         "0" * 5_000 + "5", "9" * 5_000, "null", "true"],
    )  # fmt: skip
    def test_a_limit_that_is_none_is_refused(self, api, limit):
        response = api.get(EVALUATIONS, {"limit": limit})
        error = assert_error(response, 400, "validation_failed", "limit")
        assert error["message"] == "limit must be a whole number from 1 to 100."


class TestPaging:
    @pytest.mark.parametrize("limit", [1, 2, 3, 7])
    @pytest.mark.parametrize("apart", [timedelta(minutes=1), timedelta(0)], ids=["", "equal times"])
    def test_forwards_every_row_comes_exactly_once(self, api, team, limit, apart):
        expected = make(team, 7, apart=apart)
        assert list(chain(*walk(api, limit=limit))) == expected

    @pytest.mark.parametrize("limit", [1, 2, 3, 7])
    @pytest.mark.parametrize("apart", [timedelta(minutes=1), timedelta(0)], ids=["", "equal times"])
    def test_backwards_every_row_comes_exactly_once(self, api, team, limit, apart):
        expected = make(team, 7, apart=apart)
        pages = walk(api, limit=limit, start=expected[-1], backwards=True)
        assert list(chain(*reversed(pages))) == expected[:-1]

    def test_there_and_back_again(self, api, team):
        expected = make(team, 6)
        second = api.get(f"{EVALUATIONS}?limit=2&starting_after={expected[1]}")
        first = api.get(f"{EVALUATIONS}?limit=2&ending_before={ids(second)[0]}")

        assert (ids(first), ids(second)) == (expected[:2], expected[2:4])

    def test_nothing_lies_beyond_the_ends(self, api, team):
        expected = make(team, 2)
        end = {"data": [], "has_more": False, "next_cursor": None}
        assert api.get(f"{EVALUATIONS}?starting_after={expected[-1]}").json() == end
        assert api.get(f"{EVALUATIONS}?ending_before={expected[0]}").json() == end

    def test_an_edit_between_pages_skips_nothing(self, api, team):
        expected = make(team, 6)
        first = ids(api.get(f"{EVALUATIONS}?limit=2"))
        api.patch(f"{EVALUATIONS}/{expected[-1]}", {"name": "An old one, changed today"})

        rest = list(chain(*walk(api, limit=2, start=first[-1])))

        # It moved to the front, where `ending_before` finds it; the others follow as they were.
        assert first + rest == expected[:-1]
        assert ids(api.get(f"{EVALUATIONS}?ending_before={first[0]}")) == [expected[-1]]

    def test_an_edit_of_the_cursors_own_row_skips_nothing(self, api, team):
        expected = make(team, 4)
        api.patch(f"{EVALUATIONS}/{expected[1]}", {"name": "Changed"})

        rest = ids(api.get(f"{EVALUATIONS}?starting_after={expected[1]}"))

        assert rest == [expected[0], expected[2], expected[3]]

    def test_a_row_made_between_pages_repeats_nothing(self, api, team):
        expected = make(team, 4)
        first = ids(api.get(f"{EVALUATIONS}?limit=2"))
        make(team, 1, at=MOMENT + timedelta(days=1))

        assert first + list(chain(*walk(api, limit=2, start=first[-1]))) == expected

    def test_a_prefixed_cursor_is_accepted(self, api, team):
        expected = make(team, 2)
        assert ids(api.get(f"{EVALUATIONS}?starting_after=eval_{expected[0]}")) == expected[1:]


class TestCursor:
    def test_two_at_once_are_refused(self, api, team):
        first, second = make(team, 2)
        for one, other in (("starting_after", "ending_before"), ("starting_after", "cursor"),
                           ("ending_before", "cursor")):  # fmt: skip
            response = api.get(f"{EVALUATIONS}?{one}={first}&{other}={second}")
            error = assert_error(response, 400, "validation_failed", other)
            assert error["message"] == f"Send only one of {one} and {other}."

    @pytest.mark.parametrize("name", ["starting_after", "ending_before", "cursor"])
    def test_a_foreign_one_answers_like_an_unknown_one(self, api, other_team, endpoint, name):
        [foreign] = make(other_team, 1)
        event = api.get("/api/v1/events").json()["data"]
        answers = []
        for cursor in (foreign, cuid(), "nonsense", "", endpoint["id"], endpoint["id"][4:],
                       *(row["id"] for row in event)):  # fmt: skip
            response = api.get(f"{EVALUATIONS}?{name}={cursor}")
            error = assert_error(response, 400, "invalid_cursor", name)
            del error["request_id"]
            answers.append(error)
        assert all(answer == answers[0] for answer in answers)

    def test_one_of_a_row_that_moved_to_another_team_is_unknown(self, api, session, owner, team):
        [moved] = make(team, 1)
        second = make_team(owner=owner, name="Second")
        session().patch(f"{EVALUATIONS}/{moved}", {"teamId": second.pk})
        response = api.get(f"{EVALUATIONS}?starting_after={moved}")
        assert_error(response, 400, "invalid_cursor", "starting_after")

    def test_a_deleted_one_keeps_its_place(self, api, team):
        expected = make(team, 5)
        api.delete(f"{EVALUATIONS}/{expected[2]}")

        assert ids(api.get(f"{EVALUATIONS}?starting_after={expected[2]}")) == expected[3:]
        assert ids(api.get(f"{EVALUATIONS}?ending_before={expected[2]}")) == expected[:2]

    def test_a_deleted_one_is_remembered_for_a_day(self, api, team):
        [only] = make(team, 1)
        now = datetime.now(UTC)
        api.delete(f"{EVALUATIONS}/{only}")
        path = f"{EVALUATIONS}?starting_after={only}"

        with time_machine.travel(now + timedelta(hours=23, minutes=59)):
            forget()
            assert api.get(path).status_code == 200
        with time_machine.travel(now + timedelta(hours=24, minutes=1)):
            forget()
            assert_error(api.get(path), 400, "invalid_cursor", "starting_after")

    def test_a_deleted_one_of_another_team_is_unknown(self, other_api, api, team):
        [only] = make(team, 1)
        api.delete(f"{EVALUATIONS}/{only}")
        response = other_api.get(f"{EVALUATIONS}?starting_after={only}")
        assert_error(response, 400, "invalid_cursor", "starting_after")


class TestWhileRowsChange:
    """A walk through the pages while rows are edited, as `docs/api/conventions.md` describes it."""

    @pytest.fixture
    def edit(self, api):
        names = (f"Edited {number}" for number in count(1))
        return lambda pk: api.patch(f"{EVALUATIONS}/{pk}", {"name": next(names)})

    def test_a_row_that_is_edited_before_it_is_reached_is_at_the_front(self, api, team, edit):
        rows = make(team, 6)
        first = api.get(f"{EVALUATIONS}?limit=3").json()

        edit(rows[4])

        rest = ids(api.get(f"{EVALUATIONS}?limit=3&starting_after={first['next_cursor']}"))
        assert rest == [rows[3], rows[5]]
        assert ids(api.get(f"{EVALUATIONS}?limit=1")) == [rows[4]]

    def test_a_cursor_whose_row_is_edited_continues_from_its_new_place(self, api, team, edit):
        rows = make(team, 6)
        first = api.get(f"{EVALUATIONS}?limit=3").json()

        edit(first["next_cursor"])

        walked = walk(api, limit=3, start=first["next_cursor"])
        assert list(chain(*walked)) == [rows[0], rows[1], rows[3], rows[4], rows[5]]

    def test_rows_repeat_while_the_cursor_is_edited_and_the_walk_ends_after_it(
        self, api, team, edit
    ):
        rows = make(team, 8)
        seen, cursor, edits = [], "", 4
        for _ in range(20):
            query = f"&starting_after={cursor}" if cursor else ""
            page = api.get(f"{EVALUATIONS}?limit=2{query}").json()
            seen += [row["id"] for row in page["data"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
            if edits:
                edit(cursor)
                edits -= 1
        assert cursor is None
        assert set(seen) == set(rows)
        assert len(seen) > len(rows)


class TestFilters:
    @pytest.fixture
    def kinds(self, team):
        kinds = [("Draft", "SSE"), ("Running", "SSE"), ("Running", "SxS"), ("Archived", "SxS")]
        for status, type_ in kinds:
            Evaluation(team=team, name=f"{status} {type_}", status=status, type=type_).save()
        return kinds

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("status=Running", {"Running SSE", "Running SxS"}),
            ("type=SxS", {"Running SxS", "Archived SxS"}),
            ("status=Running&type=SSE", {"Running SSE"}),
            ("status=Ended", set()),
            ("unknown=x", {"Draft SSE", "Running SSE", "Running SxS", "Archived SxS"}),
        ],
    )
    def test_it_narrows_the_list(self, api, kinds, query, names):
        data = api.get(f"{EVALUATIONS}?{query}").json()["data"]
        assert {row["name"] for row in data} == names


class TestDeprecatedCursor:
    def test_it_is_starting_after_with_a_warning(self, api, team):
        expected = make(team, 3)

        response = api.get(f"{EVALUATIONS}?limit=1&cursor={expected[0]}")

        assert ids(response) == [expected[1]]
        assert response["Deprecation"] == "true"
        assert response["Sunset"] == "Sun, 04 Apr 2027 00:00:00 GMT"
        link, relation = response["Link"].split("; ")
        assert relation == 'rel="successor-version"'
        successor = urlsplit(link.strip("<>"))
        assert successor.path == EVALUATIONS
        assert parse_qs(successor.query) == {"limit": ["1"], "starting_after": [expected[0]]}
        assert ids(api.get(f"{successor.path}?{successor.query}")) == [expected[1]]

    def test_nothing_else_is_deprecated(self, api, team):
        [only] = make(team, 1)
        for query in ("", "?limit=5", f"?starting_after={only}", f"?ending_before={only}"):
            response = api.get(f"{EVALUATIONS}{query}")
            assert not {"Deprecation", "Sunset", "Link"} & set(response.headers)


class TestWhoSeesWhat:
    def test_a_key_sees_its_team_alone(self, api, other_api, team, other_team):
        mine, theirs = make(team, 2), make(other_team, 2)
        assert (ids(api.get(EVALUATIONS)), ids(other_api.get(EVALUATIONS))) == (mine, theirs)

    def test_a_viewer_sees_the_team(self, team):
        expected = make(team, 2)
        client = ApiClient(make_key(team, make_member(team, Role.VIEWER)))
        assert ids(client.get(EVALUATIONS)) == expected

    def test_a_session_sees_all_teams_of_its_person(self, session, owner, team, other_team):
        Membership.objects.create(team=other_team, user=owner, role=Role.VIEWER)
        mine = make(team, 2)
        theirs = make(other_team, 2, at=MOMENT + timedelta(seconds=30))

        expected = [theirs[0], mine[0], theirs[1], mine[1]]
        assert ids(session().get(EVALUATIONS)) == expected
        assert list(chain(*walk(session(), limit=1))) == expected

    def test_a_session_of_a_person_in_no_team_sees_none(self, session, team):
        make(team, 1)
        assert ids(session(make_user("alone@example.org")).get(EVALUATIONS)) == []


class TestTeamFilter:
    def test_it_narrows_to_one_team(self, session, owner, team, other_team):
        Membership.objects.create(team=other_team, user=owner, role=Role.VIEWER)
        mine, theirs = make(team, 2), make(other_team, 2)

        for team_id, expected in ((team.pk, mine), (other_team.pk, theirs)):
            assert ids(session().get(f"{EVALUATIONS}?teamId={team_id}")) == expected
            assert ids(session().get(f"{EVALUATIONS}?teamId=team_{team_id}")) == expected

    def test_a_key_may_name_its_own(self, api, team):
        expected = make(team, 1)
        assert ids(api.get(f"{EVALUATIONS}?teamId={team.pk}")) == expected

    def test_a_key_may_name_no_other(self, api, other_team):
        for id in (other_team.pk, cuid(), "nonsense"):
            response = api.get(f"{EVALUATIONS}?teamId={id}")
            assert_error(response, 403, "key_bound_to_team", "teamId")

    def test_a_session_may_name_only_those_it_is_in(self, session, team, other_team):
        for id in (other_team.pk, cuid(), "nonsense"):
            response = session().get(f"{EVALUATIONS}?teamId={id}")
            assert_error(response, 404, "team_not_found", "teamId")
