"""The webhooks section of the OpenAPI document: what the server sends, and with which headers."""

from typing import Any

from api.components import JSON
from evaluations.models import EvaluationStatus
from webhooks.events import EventType

_EVALUATION = {"$ref": "#/components/schemas/Evaluation"}
_MOVED_EVALUATION = {
    "allOf": [
        _EVALUATION,
        {
            "type": "object",
            "properties": {
                "previous_status": {"type": "string", "enum": list(EvaluationStatus.values)}
            },
            "required": ["previous_status"],
        },
    ]
}

#: Every type that is sent today: the operation's name, when it is sent, and its `data.object`.
ANNOUNCED: dict[EventType, tuple[str, str, dict[str, Any]]] = {
    EventType.EVALUATION_CREATED: (
        "onEvaluationCreated",
        "An evaluation was created.",
        _EVALUATION,
    ),
    EventType.EVALUATION_STATUS_CHANGED: (
        "onEvaluationStatusChanged",
        "The status of an evaluation changed.",
        _MOVED_EVALUATION,
    ),
}

_HEADERS = {
    "Autousers-Signature": r"^t=[0-9]+(,v1=[0-9a-f]{64})+$",
    "Autousers-Event-Id": "^event_",
    "Autousers-Event-Type": None,
    "Autousers-Delivery-Id": "^whd_",
}


def add_webhooks(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Put the section into the generated document (a hook of drf-spectacular)."""
    result["webhooks"] = {
        kind.value: {"post": _operation(kind, *about)} for kind, about in ANNOUNCED.items()
    }
    return result


def _operation(
    kind: EventType, operation_id: str, summary: str, snapshot: dict[str, Any]
) -> dict[str, Any]:
    narrowed = {
        "type": "object",
        "properties": {
            "type": {"const": kind.value},
            "data": {"type": "object", "properties": {"object": snapshot}},
        },
    }
    body = {"allOf": [{"$ref": "#/components/schemas/Event"}, narrowed]}
    return {
        "operationId": operation_id,
        "summary": summary,
        "tags": ["Outgoing"],
        "security": [],
        "parameters": [_header(name, pattern) for name, pattern in _HEADERS.items()],
        "requestBody": {"required": True, "content": {JSON: {"schema": body}}},
        "responses": {"2XX": {"description": "Received. Anything else is tried again later."}},
    }


def _header(name: str, pattern: str | None) -> dict[str, Any]:
    schema = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return {"name": name, "in": "header", "required": True, "schema": schema}
