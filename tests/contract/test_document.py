"""The OpenAPI document: where it is served, what it says of every operation, its copy on disk."""

import json
from io import StringIO
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command

from api.openapi.document import _made, document
from api.openapi.spellings import is_nullable, spelled_twice
from tests.clients import ApiClient
from tests.document import CHECKED_IN, operations
from webhooks.catalogue.types import EventType
from webhooks.models import WebhookEvent

URL = "/api/v1/openapi.json"


@pytest.fixture(scope="module")
def served() -> dict[str, Any]:
    return dict(json.loads(document()))


class TestTheRoute:
    def test_it_answers_without_a_credential(self, anonymous: ApiClient) -> None:
        response = anonymous.get(URL)

        assert response.status_code == 200
        assert response["Content-Type"] == "application/json"
        assert response.json()["openapi"] == "3.1.1"
        assert response.content == document()

    def test_it_does_not_look_at_a_credential(self) -> None:
        assert ApiClient("ak_live_nonsense").get(URL).status_code == 200

    def test_its_refusals_are_in_the_envelope(self, anonymous: ApiClient) -> None:
        assert anonymous.post(URL).status_code == 405

        refused = anonymous.get(URL, headers={"Autousers-Version": "2020-01-01"})
        assert refused.status_code == 400
        assert refused.json()["error"]["param"] == "Autousers-Version"

    def test_it_is_made_once(self, anonymous: ApiClient) -> None:
        anonymous.get(URL)
        made = _made.cache_info().misses

        anonymous.get(URL)

        assert _made.cache_info().misses == made == 1


class TestTheCopyOnDisk:
    def test_it_is_what_the_code_says(self) -> None:
        written = StringIO()

        call_command(
            "spectacular", format="openapi-json", validate=True, fail_on_warn=True, stdout=written
        )

        assert CHECKED_IN.read_text(encoding="utf-8").strip() == written.getvalue().strip(), (
            "docs/api/openapi.json is out of date; run: make openapi"
        )


class TestWhatItSays:
    def test_every_reply_has_a_request_id(self, served: dict[str, Any]) -> None:
        for path, method, operation in operations(served):
            for status, response in operation["responses"].items():
                if "$ref" in response:
                    response = served["components"]["responses"][response["$ref"].split("/")[-1]]
                assert "X-Request-Id" in response["headers"], (method, path, status)

    def test_every_refusal_is_the_envelope(self, served: dict[str, Any]) -> None:
        for response in served["components"]["responses"].values():
            schema = response["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ErrorEnvelope"}

    @pytest.mark.parametrize("status", ["429", "503"])
    def test_too_much_and_too_early_say_when_to_come_back(
        self, served: dict[str, Any], status: str
    ) -> None:
        for _path, _method, operation in operations(served):
            name = operation["responses"][status]["$ref"].split("/")[-1]
            assert "Retry-After" in served["components"]["responses"][name]["headers"]

    def test_only_the_document_itself_is_public(self, served: dict[str, Any]) -> None:
        both = [{"bearerAuth": []}, {"sessionCookie": []}]
        for path, _method, operation in operations(served):
            if path == "/openapi.json":
                assert operation["security"] == []
                assert "401" not in operation["responses"]
            else:
                assert operation["security"] == both
                assert {"401", "403", "404"} <= set(operation["responses"])

    def test_routes_with_a_body_say_what_can_be_wrong_with_it(self, served: dict[str, Any]) -> None:
        for _path, _method, operation in operations(served):
            assert ("requestBody" in operation) == ({"413", "415"} <= set(operation["responses"]))

    def test_routes_with_an_idempotency_key_say_that_it_can_be_taken(
        self, served: dict[str, Any]
    ) -> None:
        for _path, _method, operation in operations(served):
            names = {parameter["name"] for parameter in operation["parameters"]}
            assert ("Idempotency-Key" in names) == ("409" in operation["responses"])

    def test_it_names_the_scopes_roles_and_plans(self, served: dict[str, Any]) -> None:
        create = served["paths"]["/webhooks"]["post"]

        assert create["x-scopes"] == ["webhooks:write"]
        assert create["x-role"] == "Admin+"
        assert create["x-plan"] == "Pro, Enterprise"
        assert served["paths"]["/webhooks"]["get"]["x-role"] == "Viewer+"

    def test_every_tag_is_declared(self, served: dict[str, Any]) -> None:
        used = {
            tag for _path, _method, operation in operations(served) for tag in operation["tags"]
        }
        used |= {tag for item in served["webhooks"].values() for tag in item["post"]["tags"]}

        assert [tag["name"] for tag in served["tags"] if tag["name"] not in used] == []
        assert used <= {tag["name"] for tag in served["tags"]}


class TestGenerators:
    """What client generators trip over. `make clients` runs them."""

    def test_no_component_has_the_name_of_an_inline_type(self, served: dict[str, Any]) -> None:
        """They call the type of a field by the component and the field."""
        schemas = served["components"]["schemas"]
        inline = [
            component + field.capitalize()
            for component, schema in schemas.items()
            for field, inner in schema.get("properties", {}).items()
            if "enum" in inner or "properties" in inner
        ]
        assert [name for name in inline if name.lower() in {s.lower() for s in schemas}] == []

    def test_no_component_has_the_name_of_its_own_field(self, served: dict[str, Any]) -> None:
        """They call variables by the one and by the other, where the field is an object."""
        assert [
            name
            for name, schema in served["components"]["schemas"].items()
            for field, inner in schema.get("properties", {}).items()
            if name.lower() == field.lower() and ("properties" in inner or "$ref" in inner)
        ] == []

    def test_both_spellings_of_a_field_are_one_type(self, served: dict[str, Any]) -> None:
        schemas = served["components"]["schemas"]
        twins = 0
        for schema in schemas.values():
            properties = schema.get("properties", {})
            for snake, camel in spelled_twice(properties):
                twins += 1
                assert properties[snake] == properties[camel]
                assert not is_nullable(properties[snake])
        assert twins > 20


class TestWebhooks:
    def test_every_event_that_is_sent_is_described(
        self, api: ApiClient, evaluation: dict[str, Any], served: dict[str, Any]
    ) -> None:
        api.patch(f"/api/v1/evaluations/{evaluation['id']}", {"status": "Running"})

        sent = {
            event.type: json.loads(bytes(event.payload)) for event in WebhookEvent.objects.all()
        }

        assert set(served["webhooks"]) == set(EventType)
        assert set(sent) == {"evaluation.created", "evaluation.status_changed"}
        for kind, payload in sent.items():
            body = served["webhooks"][kind]["post"]["requestBody"]
            schema = body["content"]["application/json"]["schema"]
            jsonschema.validate(
                payload,
                {**schema, "components": served["components"]},
                jsonschema.Draft202012Validator,
            )

    def test_the_headers_of_a_delivery_are_described(self, served: dict[str, Any]) -> None:
        for item in served["webhooks"].values():
            assert [parameter["name"] for parameter in item["post"]["parameters"]] == [
                "Autousers-Signature",
                "Autousers-Event-Id",
                "Autousers-Event-Type",
                "Autousers-Delivery-Id",
            ]
