"""The server behind Debian's PgBouncer in transaction mode."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from api.database import pooler
from api.database.prepared import prepared_cursor
from evaluations.models import Evaluation
from tests import pgbouncer
from tests.clients import ApiClient
from tests.concurrency.threads import at_once
from tests.database.conftest import through
from tests.webhooks.engine import FakeClient, accepting, limits, statuses
from webhooks.delivery.worker import Drainer
from webhooks.models import WebhookDelivery, WebhookEvent
from webhooks.wakeup import pg_notify

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

EVALUATIONS = "/api/v1/evaluations"
MANY = 90


@pytest.fixture(autouse=True)
def said_nothing_yet() -> None:
    pooler._tell.cache_clear()


@pytest.fixture
def pooled(transactional_db: None, tmp_path) -> Iterator[None]:
    """This process reaches the database through PgBouncer."""
    with pgbouncer.running(tmp_path) as port, through(port):
        yield
        for_other_tests = connection.settings_dict
    for_other_tests.pop("DISABLE_SERVER_SIDE_CURSORS", None)


def prepared() -> int:
    """How many statements the session that answers keeps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


class TestRequests:
    def test_ninety_at_once_create_ninety(self, api, endpoint, pooled):
        def create(number: int) -> ApiClient:
            headers = {"Idempotency-Key": f"kiosk-{number}"}
            return ApiClient(api.token).post(EVALUATIONS, {"name": "Kiosk"}, headers=headers)

        replies = at_once([lambda number=number: create(number) for number in range(MANY)])

        assert [reply.status_code for reply in replies] == [201] * MANY
        assert Evaluation.objects.count() == WebhookEvent.objects.count() == MANY

    def test_what_they_announce_is_delivered_once(self, api, endpoint, pooled):
        for _ in range(10):
            assert api.post(EVALUATIONS, {"name": "Kiosk"}).status_code == 201

        def drain() -> int:
            client = FakeClient(accepting)
            return Drainer(client=client, limits=limits()).run(idle_timeout=0, time_limit=20)  # type: ignore[arg-type]

        sent = at_once([drain] * 4)

        assert sum(sent) == WebhookDelivery.objects.count() == 10
        assert statuses() == {"delivered"}


class TestItIsRecognised:
    def test_and_done_without_what_needs_a_session_of_its_own(self, pooled, caplog):
        for _ in range(3):
            with prepared_cursor() as cursor:
                cursor.execute("SELECT %s::int", [1])

        assert pooler.shares_sessions()
        assert prepared() == 0
        assert connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]
        with pg_notify.Listener() as listener:
            assert not listener.notified()
            assert not listener.is_leader

    def test_and_said_once(self, pooled, caplog):
        for _ in range(3):
            connection.close()
            connection.ensure_connection()

        assert caplog.text.count("A pooler is between this process and the database.") == 1
        assert "switched off (DATABASE_PREPARED_STATEMENTS=auto)" in caplog.text

    def test_in_session_mode_too_which_cannot_be_told_apart(self, transactional_db, tmp_path):
        with pgbouncer.running(tmp_path, mode="session") as port, through(port):
            connection.ensure_connection()
            assert pooler.shares_sessions()

    def test_and_statements_are_kept_where_the_operator_says_so(self, pooled, settings, caplog):
        settings.PREPARED_STATEMENTS = "on"
        connection.close()

        with transaction.atomic():
            with prepared_cursor() as cursor:
                cursor.execute("SELECT %s::int", [1])
            assert prepared() == 1

        assert "kept: the pooler must support them" in caplog.text

    def test_the_database_itself_is_no_pooler(self, transactional_db):
        connection.close()
        connection.ensure_connection()

        assert not pooler.shares_sessions()
        assert connection.connection.prepare_threshold == 0
