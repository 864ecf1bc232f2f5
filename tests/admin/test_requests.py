"""The operators' page of requests: finding one by its id, and revoking the key behind it."""

from urllib.parse import urlencode

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.utils import timezone

from api.models import RefusalCount, RequestLog
from teams.models import ApiKey
from tests.admin.conftest import list_of, path_of, run_action
from tests.admin.test_big_tables import queries_of, reads_all_of
from tests.conftest import make_key

pytestmark = pytest.mark.slow

ID = "0190d5b8-0000-7000-8000-0000000000ff"


def log_request(team, **changes):
    values = {
        "request_id": ID, "method": "POST", "route": "/api/v1/evaluations",
        "path": "/api/v1/evaluations", "status": 400, "duration_ms": 3, "team_id": team.pk,
        "user_id": team.owner.pk, "error_code": "validation_failed", "created_at": timezone.now(),
    }  # fmt: skip
    return RequestLog.objects.create(**(values | changes))


@pytest.fixture
def key(team):
    token = make_key(team)
    return ApiKey.objects.get(digest=ApiKey.digest_of(token))


@pytest.fixture
def row(team, key):
    return log_request(team, key_prefix=key.prefix, body='{"name":"<b>"}')


def found(admin, row, **query):
    return list(admin.get(list_of(row), query).context["cl"].result_list)


class TestFinding:
    def test_by_request_id_team_and_filters(self, admin, team, row):
        other = log_request(team, request_id="other", status=503, route="", team_id="")

        assert found(admin, row, q=ID) == [row]
        assert found(admin, row, q=f" {ID} ") == [row]
        assert found(admin, row, q=team.pk) == [row]
        assert found(admin, row, status="400") == [row]
        assert found(admin, row, status="5") == [other]
        assert found(admin, row, route="/api/v1/evaluations") == [row]
        assert found(admin, row) == [other, row]

    def test_the_search_reads_indexes(self, admin, team, row):
        RequestLog.objects.bulk_create(
            RequestLog(
                request_id=str(n), method="GET", path="/", status=404, duration_ms=1,
                created_at=timezone.now(),
            )
            for n in range(3_000)
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        for query in ({"q": ID}, {"status": "400"}, {"route": "/api/v1/evaluations"}):
            [sql, *_] = [one for one in queries_of(admin, list_of(row), query)
                         if "api_requestlog" in one and "LIMIT" in one]  # fmt: skip
            assert reads_all_of(sql) == set(), sql

    def test_every_route_is_offered(self, admin, row):
        page = admin.get(list_of(row)).content.decode()
        for route in ("evaluations/{id}", "webhooks/{id}/rotate-secret", "events"):
            assert urlencode({"route": f"/api/v1/{route}"}) in page

    def test_the_page_shows_the_body_as_text(self, admin, row):
        page = admin.get(path_of(row)).content.decode()
        assert "&lt;b&gt;" in page
        assert "<b>" not in page


class TestTheKeyBehindIt:
    def test_it_is_linked(self, admin, row, key):
        page = admin.get(path_of(row)).content.decode()
        assert f"/admin/teams/apikey/?q={key.prefix}" in page

    def test_it_is_revoked_with_one_click(self, admin, row, key, team):
        other = ApiKey.objects.get(digest=ApiKey.digest_of(make_key(team)))
        page = admin.get(path_of(row)).content.decode()
        assert 'value="revoke_key"' in page

        response = run_action(admin, "revoke_key", row)

        key.refresh_from_db()
        other.refresh_from_db()
        assert key.revoked_at is not None
        assert other.revoked_at is None
        assert "Keys revoked: 1." in response.content.decode()
        entry = LogEntry.objects.get()
        assert (entry.object_id, entry.get_change_message()) == (key.pk, "Revoked.")

    def test_twice_is_said(self, admin, row):
        run_action(admin, "revoke_key", row)
        page = run_action(admin, "revoke_key", row).content.decode()
        assert "Revoked before: 1." in page

    def test_a_request_without_one_says_so(self, admin, team):
        page = run_action(admin, "revoke_key", log_request(team)).content.decode()
        assert "No key was found behind these requests." in page

    def test_it_needs_the_permission_to_revoke(self, operator, row, key):
        client = operator("view_requestlog")
        assert 'value="revoke_key"' not in client.get(path_of(row)).content.decode()
        run_action(client, "revoke_key", row)
        key.refresh_from_db()
        assert key.revoked_at is None


def test_nobody_alters_it(admin, row):
    page = admin.get(path_of(row)).content.decode()
    assert 'name="_save"' not in page
    assert admin.post(f"{path_of(row)}delete/", {"post": "yes"}).status_code in (403, 404)
    assert RequestLog.objects.exists()


def test_refusals_without_a_row_are_shown_by_how_often(admin):
    values = {"hour": timezone.now(), "code": "route_not_found", "status": 404}
    row = RefusalCount.objects.create(network="192.0.2.7", times=31_337, **values)
    others = RefusalCount.objects.create(times=12, **values)

    assert found(admin, row) == [row, others]
    assert found(admin, row, q="192.0.2.7") == [row]
    assert found(admin, row, status="401") == []
    page = admin.get(list_of(row)).content.decode()
    for shown in ("none matched", "route_not_found", "192.0.2.7", "others", "31337"):
        assert shown in page.replace(",", "")
