"""Compiled queries give what their querysets give, by the same SQL."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import NotSupportedError, connection, transaction
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.database.announced import AnnouncedQuerySet
from api.database.compiled import Compiled
from autousers.models import Autouser, AutouserRun, Observation
from autousers.runs import lifecycle, observing
from evaluations.models import Evaluation, Share, evaluation
from evaluations.studies import access
from teams.auth import principals
from teams.models import ApiKey, Role, Team
from tests.autousers.studies import make_study, rate_as
from tests.conftest import make_key, make_member

pytestmark = pytest.mark.django_db


def all_compiled() -> Iterator[Any]:
    """Every one that a module keeps, by itself or in a table."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("api", "teams", "evaluations", "autousers", "webhooks"):
            for value in vars(module).values():
                yield from value.values() if isinstance(value, dict) else [value]


#: What most requests of keys run.
FIND = access.FIND[True, False, False, False]

#: What Django keeps with an instance for itself.
DJANGOS_OWN = ("_state", "_prefetched_objects_cache")


def held(row: Any) -> Any:
    """All that an instance holds: columns, annotations, related rows and lists."""
    if not hasattr(row, "_state"):
        return [held(one) for one in row] if isinstance(row, list) else row
    values = {name: held(value) for name, value in vars(row).items() if name not in DJANGOS_OWN}
    related = {
        name: held(one)
        for name, one in row._state.fields_cache.items()
        if one is None or not hasattr(one, "shown_comparisons")  # a child's own parent
    }
    return type(row), row._state.adding, row._state.db, values, related


def compare(query: Compiled[Any], *values: str, **shape: Any) -> list[Any]:
    """What a compiled query gives, after a comparison with its queryset."""
    query(*values, **shape)  # what is kept is used from here on
    with CaptureQueriesContext(connection) as ours:
        rows = query(*values, **shape)
    with CaptureQueriesContext(connection) as theirs:
        expected = list(query.build(*values, **shape))
    assert [held(row) for row in rows] == [held(row) for row in expected]
    assert [one["sql"] for one in ours] == [one["sql"] for one in theirs]
    return rows


@pytest.fixture
def study(team: Team) -> Evaluation:
    return make_study(team, designs=3)


@pytest.fixture
def bare_study(team: Team) -> Evaluation:
    """Without designs, author and description."""
    Evaluation.objects.filter(pk=(study := make_study(team, designs=1)).pk).update(created_by=None)
    study.comparisons.all().delete()
    return study


class TestEveryQueryOfTheProgram:
    """A compiled query belongs into one of these tests."""

    def test_it_is_known_here(self):
        kept = {id(one) for one in all_compiled() if isinstance(one, Compiled)}
        compared = [principals.KEY_BY_DIGEST, principals.KEY_BY_ID, access.NEWEST]
        compared += [lifecycle.EVALUATION_OF, lifecycle.HELD, observing.ENDED]
        compared += [evaluation.COUNTED]

        assert kept == {id(query) for query in [*compared, *access.FIND.values()]}

    def test_it_finds_a_key_like_its_queryset(self, team, api):
        key = ApiKey.objects.get()

        assert compare(principals.KEY_BY_DIGEST, key.digest)[0].role == Role.OWNER
        assert compare(principals.KEY_BY_ID, key.pk)[0].team == team

    def test_it_finds_the_key_of_a_member_like_its_queryset(self, team):
        make_key(team, make_member(team, Role.EDITOR))

        assert compare(principals.KEY_BY_ID, ApiKey.objects.get().pk)[0].role == Role.EDITOR

    def test_it_finds_a_run_that_ends_like_its_queryset(self, study, team):
        [autouser, *_] = Autouser.objects.filter(team=None)
        run = rate_as(autouser, study.comparisons.first(), {"usability": 4}).autouser_run
        fields = {"status": "running", "lease": "mine", "due_at": timezone.now()}
        super(AnnouncedQuerySet, AutouserRun.objects.filter(pk=run.pk)).update(**fields)

        with transaction.atomic():
            assert compare(lifecycle.EVALUATION_OF, run.pk) == [study]
            assert compare(lifecycle.HELD, run.pk, "mine") == [run]
            assert compare(lifecycle.HELD, run.pk, "another") == []

    def test_it_counts_runs_like_its_queryset(self, study):
        assert compare(evaluation.COUNTED, study.pk)[0].counted_runs is None
        [autouser, *_] = Autouser.objects.filter(team=None)
        rate_as(autouser, study.comparisons.first(), {"usability": 4})

        assert compare(evaluation.COUNTED, study.pk)[0].counted_runs["completed"] == 1
        study.forget_runs()
        assert study.run_summary["total"] == 1

    def test_the_runs_of_a_deleted_evaluation_cannot_be_counted(self, study):
        Evaluation.objects.filter(pk=study.pk).delete()
        study.forget_runs()
        with pytest.raises(Evaluation.DoesNotExist):
            study.run_summary  # noqa: B018 - it is read

    def test_it_finds_the_newest_visit_like_its_queryset(self, study):
        for day in (1, 3, 2):
            ended_at = timezone.now() + timedelta(days=day)
            Observation.objects.create(evaluation=study, key="k", status="done", ended_at=ended_at)

        [found] = compare(observing.ENDED, study.pk, "k")
        assert found.ended_at.day == (timezone.now() + timedelta(days=3)).day

    @pytest.mark.parametrize("flags", access.FIND)
    def test_it_finds_an_evaluation_like_its_queryset(self, flags, study, team, other_team):
        stranger = other_team.owner.pk

        assert compare(access.FIND[flags], study.pk, stranger, other_team.pk, team.pk) == [study]
        assert compare(access.FIND[flags], study.pk, stranger, other_team.pk) == []
        assert compare(access.FIND[flags], study.pk, stranger) == []

    @pytest.mark.parametrize("flags", access.FIND)
    def test_it_finds_a_shared_evaluation_like_its_queryset(self, flags, study, other_team):
        holder = other_team.owner
        Share.objects.create(evaluation=study, user=holder, permission="EDITOR")
        Share.objects.create(evaluation=study, user=study.team.owner, permission="OWNER")
        _, _, shared, _ = flags

        found = compare(access.FIND[flags], study.pk, holder.pk, other_team.pk)
        assert [one.share_permission for one in found] == (["EDITOR"] if shared else [])
        assert len(compare(access.FIND[flags], study.pk, holder.pk)) == shared

    @pytest.mark.parametrize("flags", access.FIND)
    def test_it_finds_an_evaluation_without_anything(self, flags, bare_study, team):
        (found,) = compare(access.FIND[flags], bare_study.pk, team.owner.pk, team.pk)

        assert found.shown_comparisons == []
        assert found.share_permission is None

    @pytest.mark.parametrize(
        "narrowed", [{}, {"status": "Running"}, {"type": "SSE", "status": "Draft"}]
    )
    @pytest.mark.parametrize("count", [1, 26])
    @pytest.mark.parametrize("shared", [True, False])
    def test_it_lists_evaluations_like_its_queryset(
        self, narrowed, count, shared, study, bare_study, team, other_team
    ):
        teams = [team.pk, other_team.pk]
        shape = {"narrowed_by": tuple(narrowed), "count": count, "shared": shared}

        found = compare(access.NEWEST, other_team.owner.pk, *narrowed.values(), *teams, **shape)

        assert found == ([] if "type" in narrowed else [bare_study, study][:count])

    @pytest.mark.parametrize("teams", [0, 1])
    @pytest.mark.parametrize("count", [1, 26])
    def test_it_lists_shared_evaluations_like_its_queryset(
        self, teams, count, study, bare_study, team, other_team
    ):
        own = make_study(other_team, designs=1)
        holder, shape = other_team.owner.pk, {"narrowed_by": (), "count": count, "shared": True}
        Share.objects.create(evaluation=study, user_id=holder, permission="VIEWER")

        found = compare(access.NEWEST, holder, *[other_team.pk][:teams], **shape)

        assert found == [*[own][:teams], study][:count]


class TestCompiled:
    def test_it_compiles_once(self, study, team, monkeypatch):
        query = Compiled(lambda pk: Evaluation.objects.filter(pk=pk).whole())
        query(study.pk)
        monkeypatch.delattr(SQLCompiler, "as_sql")

        (found,) = query(study.pk)

        assert [one.position for one in found.shown_comparisons] == [0, 1, 2]

    def test_it_puts_the_values_of_each_call_in(self, study, bare_study):
        query = Compiled(lambda *pks: Evaluation.objects.filter(pk__in=pks).order_by("pk"))

        assert query(study.pk) == [study]
        assert query(bare_study.pk) == [bare_study]
        assert query(study.pk, bare_study.pk) == [study, bare_study]
        assert query(study.pk, study.pk) == [study]

    def test_it_asks_nothing_where_nothing_can_match(self, django_assert_num_queries):
        query = Compiled(lambda *pks: Evaluation.objects.filter(pk__in=pks))

        with django_assert_num_queries(0):
            assert query() == []
            assert query.first() is None

    def test_it_refuses_a_query_that_converts_a_value(self):
        query = Compiled(lambda text: Evaluation.objects.filter(name__icontains=text))

        with pytest.raises(TypeError, match="converts"):
            query("kiosk")

    @pytest.mark.django_db(transaction=True)
    def test_it_locks_only_within_a_transaction(self, study, team):
        find_to_lock = access.FIND[True, True, False, False]
        with transaction.atomic():
            assert find_to_lock.first(study.pk, team.owner.pk, team.pk) == study

        with pytest.raises(TransactionManagementError):
            find_to_lock(study.pk, team.owner.pk, team.pk)

    @pytest.mark.services
    @pytest.mark.django_db(transaction=True)
    def test_it_runs_on_the_connection_of_each_thread(self, study, team):
        FIND(study.pk, team.owner.pk, team.pk)

        def find() -> tuple[list[Evaluation], int]:
            try:
                found = FIND(study.pk, team.owner.pk, team.pk)
                return found, connection.connection.info.backend_pid
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            found, session = pool.submit(find).result(timeout=30)

        assert found == [study]
        assert session != connection.connection.info.backend_pid


@pytest.fixture
def longer_names() -> Iterator[Callable[[], None]]:
    """A migration that runs in the middle of a test; it is undone afterwards."""

    def alter(length: int) -> None:
        url = connection.connection.info.dsn
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                f"ALTER TABLE evaluations_evaluation ALTER name TYPE character varying({length})"
            )

    yield lambda: alter(201)
    alter(200)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
class TestAMigrationWhileTheServerRuns:
    """PostgreSQL keeps refusing a plan in whose table a column changed its type."""

    def test_the_query_is_planned_anew(self, study, team, longer_names):
        assert FIND(study.pk, team.owner.pk, team.pk) == [study]
        longer_names()

        assert FIND(study.pk, team.owner.pk, team.pk) == [study]

    def test_within_a_transaction_only_that_one_fails(self, study, team, longer_names):
        FIND(study.pk, team.owner.pk, team.pk)
        longer_names()

        with pytest.raises(NotSupportedError), transaction.atomic():
            FIND(study.pk, team.owner.pk, team.pk)
        with transaction.atomic():
            assert FIND(study.pk, team.owner.pk, team.pk) == [study]
