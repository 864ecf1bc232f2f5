"""What a test with real transactions leaves behind for the next one."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import connection

from api.models import EncryptionKey
from tests.emptying import KEPT, empty_database


@pytest.mark.django_db(transaction=True)
def test_every_table_is_empty_but_those_that_migrating_fills(evaluation, endpoint):
    permissions = Permission.objects.count()
    empty_database()

    kept = KEPT | {EncryptionKey._meta.db_table}
    models = [one for one in apps.get_models(include_auto_created=True) if one._meta.managed]
    left = [one for one in models if one._meta.db_table not in kept and one.objects.exists()]
    assert left == []
    assert Permission.objects.count() == permissions > 0
    assert EncryptionKey.objects.count() == 1
    names = connection.introspection.django_table_names(only_existing=True)
    assert {one._meta.db_table for one in models} <= set(names)
