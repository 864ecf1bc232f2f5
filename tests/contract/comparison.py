"""Comparing what two OpenAPI documents say about the same operation.

Schemas are brought into one form first: references are followed, `allOf` is
joined, `anyOf` and `oneOf` become the union of what they allow. A schema is
then a flat list of facts by field path (`data.[].name`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

JSON = "application/json"
LIMITS = ("minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "default")
MAX_DEPTH = 12

Schema = dict[str, Any]
Facts = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Difference:
    """One fact on which two documents disagree."""

    place: str
    path: str
    fact: str
    theirs: Any
    ours: Any

    def __str__(self) -> str:
        where = f"{self.place} {self.path}".strip()
        return f"{where}: {self.fact} is {self.ours!r}, the contract says {self.theirs!r}"


@dataclass(frozen=True)
class Document:
    """A JSON document in which `$ref` can be followed."""

    root: dict[str, Any]

    def follow(self, node: dict[str, Any]) -> dict[str, Any]:
        """What a reference refers to, joined with what stands beside it."""
        while "$ref" in node:
            target: Any = self.root
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            beside = {key: value for key, value in node.items() if key != "$ref"}
            node = {**target, **beside}
        return node

    def plain(self, schema: Schema) -> Schema:
        """The schema without references and combinations at its top."""
        schema = self.follow(schema)
        rest = {k: v for k, v in schema.items() if k not in ("allOf", "anyOf", "oneOf")}
        for part in schema.get("allOf", ()):
            rest = _both(rest, self.plain(part))
        for combination in ("anyOf", "oneOf"):
            if combination in schema:
                rest = _both(rest, _either([self.plain(part) for part in schema[combination]]))
        return rest

    def facts(self, schema: Schema) -> Facts:
        """Every fact about a schema, by the path of the field."""
        return dict(self._walk(schema, "", required=True, depth=0))

    def _walk(
        self, schema: Schema, path: str, *, required: bool, depth: int
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        schema = self.plain(schema)
        yield path, {**_own_facts(schema), "required": required}
        if depth == MAX_DEPTH:
            return
        below = f"{path}." if path else ""
        for name, inner in schema.get("properties", {}).items():
            here = name in schema.get("required", ())
            yield from self._walk(inner, below + name, required=here, depth=depth + 1)
        if "items" in schema:
            yield from self._walk(schema["items"], below + "[]", required=True, depth=depth + 1)


def _types(schema: Schema) -> set[str] | None:
    """The JSON types a schema allows; None when it allows all."""
    if "const" in schema:
        return {"boolean" if isinstance(schema["const"], bool) else "string"}
    kind = schema.get("type")
    return None if kind is None else {kind} if isinstance(kind, str) else set(kind)


def _both(first: Schema, second: Schema) -> Schema:
    joined = {**first, **second}
    properties = dict(first.get("properties", {}))
    for name, schema in second.get("properties", {}).items():
        properties[name] = {"allOf": [properties[name], schema]} if name in properties else schema
    if properties:
        joined["properties"] = properties
    if required := {*first.get("required", ()), *second.get("required", ())}:
        joined["required"] = sorted(required)
    return joined


def _either(parts: list[Schema]) -> Schema:
    types: set[str] | None = set()
    for part in parts:
        allowed = _types(part)
        types = None if types is None or allowed is None else types | allowed
    present = [part for part in parts if _types(part) != {"null"}]
    joined: Schema = {}
    for part in present:
        joined = {
            **joined,
            **part,
            "properties": {**joined.get("properties", {}), **part.get("properties", {})},
        }
    joined["required"] = sorted(
        set.intersection(*({*part.get("required", ())} for part in present)) if present else ()
    )
    joined.pop("type", None)
    if types:
        joined["type"] = sorted(types)
    return joined


def _own_facts(schema: Schema) -> dict[str, Any]:
    types = _types(schema)
    facts: dict[str, Any] = {"types": None if types is None else sorted(types)}
    words = [schema["const"]] if "const" in schema else schema.get("enum")
    facts["enum"] = None if words is None else sorted(w for w in words if w is not None)
    facts["format"] = schema.get("format") if schema.get("format") != "double" else None
    facts["closed"] = schema.get("additionalProperties") is False
    for limit in LIMITS:
        facts[limit] = schema.get(limit)
    if not facts["minLength"] or facts["format"] == "uri":
        facts["minLength"] = None  # zero is no limit, and a URI is never empty
    return facts


def compare_request(place: str, theirs: Facts, ours: Facts) -> Iterator[Difference]:
    """What is taken must be the same, to the letter."""
    for path in sorted({*theirs, *ours}):
        if path not in theirs or path not in ours:
            yield Difference(place, path, "present", path in theirs, path in ours)
            continue
        for fact in ("types", "enum", "closed", "required", *LIMITS):
            if theirs[path][fact] != ours[path][fact]:
                yield Difference(place, path, fact, theirs[path][fact], ours[path][fact])
        if theirs[path]["format"] not in (None, ours[path]["format"]):
            yield Difference(place, path, "format", theirs[path]["format"], ours[path]["format"])


def compare_response(place: str, theirs: Facts, ours: Facts) -> Iterator[Difference]:
    """What is answered may be more than promised, and must be promised where it is required."""
    for path, promised in theirs.items():
        if path not in ours:
            yield Difference(place, path, "present", True, False)
            continue
        given = ours[path]
        for fact in ("types", "enum", "format"):
            anything = fact == "types" and promised["types"] is None
            if promised[fact] != given[fact] and not anything:
                yield Difference(place, path, fact, promised[fact], given[fact])
        if promised["required"] and not given["required"]:
            yield Difference(place, path, "required", True, False)
