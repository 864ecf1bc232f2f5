"""Rows that are written in plain SQL: a statement names every column without a default."""

import inspect
import re

import pytest
from django.apps import apps
from django.db.models import NOT_PROVIDED

from api.logs import refusal_counts, request_log
from api.writes import idempotency
from webhooks import outbox
from webhooks.delivery import recording
from webhooks.replay import pacing

#: Rows of these tables begin with more to come: what is null at first is not named.
UNFINISHED = {"webhooks_webhookdelivery"}

INSERT = re.compile(r"INSERT INTO (\w+)\s*\(([^)]*)\)")
STATEMENTS = {
    "requests": request_log._INSERT,
    "refusals": refusal_counts._ADD,
    "attempts": recording._INSERT_ATTEMPTS,
    "events": outbox._EVENT,
    "deliveries": outbox._DELIVERIES,
    "paced deliveries": inspect.getsource(pacing._insert),
    "idempotency": inspect.getsource(idempotency),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_it_names_every_column(name):
    found = INSERT.search(STATEMENTS[name])
    assert found
    table, columns = found.groups()
    [model] = [model for model in apps.get_models() if model._meta.db_table == table]
    fields = [one for one in model._meta.concrete_fields if one.db_default is NOT_PROVIDED]
    needed = {one.column for one in fields if not (table in UNFINISHED and one.null)}
    named = {column.strip() for column in columns.split(",")}

    assert needed <= named
