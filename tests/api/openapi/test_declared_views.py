"""Views that declare a list or an object get their verbs from the base, and no others."""

from typing import Any

import pytest

from api.rest.lists import Listing, ListView
from api.rest.objects import DeletedSerializer, ObjectView, Reading, Removal

LISTING = Listing(
    operation_id="getThings", summary="Things", description="All.", serializer=DeletedSerializer
)
READING = Reading(
    operation_id="getThing", summary="Thing", description="One.", serializer=DeletedSerializer
)
REMOVAL = Removal(
    operation_id="deleteThing", summary="Delete", description="Delete it.", role="Admin+"
)


class TestVerbs:
    def test_a_list_answers_get_alone(self):
        class Things(ListView):
            listing = LISTING

        assert set(Things().allowed_methods) == {"GET", "OPTIONS"}

    def test_an_object_answers_what_it_declares(self):
        class Thing(ObjectView):
            reading = READING

        class Removable(ObjectView):
            removal = REMOVAL

        assert set(Thing().allowed_methods) == {"GET", "OPTIONS"}
        assert set(Removable().allowed_methods) == {"DELETE", "OPTIONS"}

    def test_each_view_has_a_function_of_its_own(self):
        """The OpenAPI schema of an operation is kept on its function."""

        class One(ListView):
            listing = LISTING

        class Other(ListView):
            listing = LISTING

        assert One.get is not Other.get


class TestWrites:
    def test_a_declared_delete_reads_the_rights_again(self):
        class Removable(ObjectView):
            removal = REMOVAL

        assert Removable.delete.reads_rights_again

    @pytest.mark.parametrize("base", [ListView, ObjectView])
    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_a_write_that_does_not_is_refused(self, base: Any, method: str):
        with pytest.raises(TypeError, match=f"{method} must be wrapped in @idempotent"):
            type("Unguarded", (base,), {method: lambda self, request: None})

    def test_so_is_a_declared_one(self, monkeypatch):
        """Also if the base itself forgot it."""
        monkeypatch.setattr("api.rest.objects.idempotent", lambda handler: handler)

        with pytest.raises(TypeError, match=r"Removable.delete must be wrapped"):
            type("Removable", (ObjectView,), {"removal": REMOVAL})
