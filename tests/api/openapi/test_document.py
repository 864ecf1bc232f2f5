"""The OpenAPI document is made once, however many ask for it first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from api.openapi import document as module


def test_many_who_ask_first_wait_for_one_who_makes_it(monkeypatch):
    made, never = [], Event()

    def get_schema(self, **options):
        made.append(1)
        never.wait(0.2)  # the time in which the others come
        return {"openapi": "3.1.1"}

    monkeypatch.setattr(module.SchemaGenerator, "get_schema", get_schema)
    module._made.cache_clear()
    try:
        with ThreadPoolExecutor(4) as pool:
            documents = set(pool.map(lambda _: module.document(), range(4)))
    finally:
        module._made.cache_clear()
    assert len(documents) == len(made) == 1
