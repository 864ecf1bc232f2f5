"""Fields of the OpenAPI document that have two spellings, such as created_at and createdAt.

Client generators name the type of a nullable field after the field, in one
spelling. Two fields of one name would give the same type twice, and a client
that does not compile. So both refer to one component of that name.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]


def share_spellings(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Move the schemas of such fields into components (a hook of drf-spectacular)."""
    schemas: dict[str, Schema] = result["components"]["schemas"]
    shared: dict[str, Schema] = {}
    for owner, schema in schemas.items():
        properties: dict[str, Schema] = schema.get("properties", {})
        for spelling, other in spelled_twice(properties):
            if is_nullable(properties[spelling]):
                name = _component(shared, owner, spelling, properties[spelling])
                reference = {"$ref": f"#/components/schemas/{name}"}
                properties[spelling], properties[other] = reference, dict(reference)
    schemas.update(shared)
    return result


def spelled_twice(names: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names of two words or more that are there in snake_case and in camelCase."""
    for name in names:
        first, *rest = name.split("_")
        camel = first + "".join(word.capitalize() for word in rest)
        if rest and camel in names:
            yield name, camel


def is_nullable(schema: Schema) -> bool:
    """Whether it is a plain type or null."""
    return isinstance(schema.get("type"), list) and "null" in schema["type"]


def _component(shared: dict[str, Schema], owner: str, field: str, schema: Schema) -> str:
    """The name of a component with this schema; owners whose fields are equal share it."""
    title = "".join(word.capitalize() for word in field.split("_"))
    for name, known in shared.items():
        if name.endswith(title) and known == schema:
            return name
    shared[owner + title] = dict(schema)
    return owner + title
