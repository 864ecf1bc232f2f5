"""The webhooks section of the OpenAPI document: what the server sends, and with which headers.

It is made from the catalogue of event types.
"""

from typing import Any

from api.openapi.components import JSON
from webhooks.catalogue import evaluation
from webhooks.catalogue.types import CATALOGUE, EventType

_HEADERS = {
    "Autousers-Signature": r"^t=[0-9]+(,v1=[0-9a-f]{64})+$",
    "Autousers-Event-Id": "^event_",
    "Autousers-Event-Type": None,
    "Autousers-Delivery-Id": "^whd_",
}


def add_webhooks(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Put the section into the generated document (a hook of drf-spectacular)."""
    result["webhooks"] = {kind.value: {"post": _operation(kind)} for kind in EventType}
    return result


def _operation(kind: EventType) -> dict[str, Any]:
    narrowed = {
        "type": "object",
        "properties": {
            "type": {"const": kind.value},
            "data": {"type": "object", "properties": {"object": _snapshot(kind)}},
        },
    }
    body = {"allOf": [{"$ref": "#/components/schemas/Event"}, narrowed]}
    words = kind.value.replace(".", "_").split("_")
    return {
        "operationId": "on" + "".join(word.capitalize() for word in words),
        "summary": kind.value,
        "description": CATALOGUE[kind].when,
        "tags": ["Outgoing"],
        "security": [],
        "parameters": [_header(name, pattern) for name, pattern in _HEADERS.items()],
        "requestBody": {"required": True, "content": {JSON: {"schema": body}}},
        "responses": {"2XX": {"description": "Received. Anything else is tried again later."}},
    }


def _snapshot(kind: EventType) -> dict[str, Any]:
    """The schema of `data.object`: an evaluation by reference, with what the event adds to it."""
    about = CATALOGUE[kind]
    plain = evaluation.SCHEMA["properties"]
    if not plain.keys() <= about.schema["properties"].keys():
        return about.schema
    reference = {"$ref": "#/components/schemas/Evaluation"}
    added = {
        name: schema
        for name, schema in about.schema["properties"].items()
        if schema != plain.get(name)
    }
    if not added:
        return reference
    return {"allOf": [reference, {"type": "object", "properties": added, "required": list(added)}]}


def _header(name: str, pattern: str | None) -> dict[str, Any]:
    schema = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return {"name": name, "in": "header", "required": True, "schema": schema}
