"""The statements of `prepared_cursor` stay with the database, where that is wanted."""

import pytest
from django.db import IntegrityError, connection, transaction

from api import ids
from api.database.prepared import prepared_cursor
from teams.models import Team
from webhooks.outbox import record_event

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def threshold():
    """Sets when statements are prepared, on a connection of its own."""

    def put(value: int | None) -> None:
        connection.close()
        connection.settings_dict["OPTIONS"]["prepare_threshold"] = value

    before = connection.settings_dict["OPTIONS"]["prepare_threshold"]
    yield put
    put(before)


def record(team: Team, count: int) -> None:
    for _ in range(count):
        with transaction.atomic():
            record_event(type="rating.created", team_id=team.pk, object_id=ids.cuid(), snapshot={})


def kept() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%eventcounter%'"
        )
        return int(cursor.fetchone()[0])


class TestPreparedCursor:
    def test_recording_an_event_is_planned_once(self, team):
        connection.close()

        record(team, 3)

        assert kept() == 1

    def test_nothing_is_kept_where_the_settings_say_so(self, team, threshold):
        threshold(None)

        record(team, 3)

        assert kept() == 0

    @pytest.mark.django_db
    def test_it_refuses_to_go_on_in_a_transaction_that_is_broken(self, team):
        transaction.set_rollback(True)

        with pytest.raises(transaction.TransactionManagementError), prepared_cursor() as cursor:
            cursor.execute("SELECT 1")

    def test_its_errors_are_those_of_django(self, team):
        with pytest.raises(IntegrityError), prepared_cursor() as cursor:
            cursor.execute("INSERT INTO webhooks_eventcounter VALUES (%s, 1), (%s, 1)", ["c", "c"])
