"""The parts of `docs/` that are made from code: event types, retry schedule, verification snippets.

`make docs` replaces the text between `<!-- made: NAME -->` and `<!-- end -->`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from webhooks.catalogue import samples
from webhooks.catalogue.json_schema import Schema
from webhooks.catalogue.types import CATALOGUE, About
from webhooks.delivery.retry_schedule import MAX_ATTEMPTS, RETRY_DELAYS, in_words

PAGES = ("api/events.md", "api/webhooks.md")

_MARKED = re.compile(r"(<!-- made: ([\w. ]+) -->\n).*?(<!-- end -->)", flags=re.DOTALL)

_LANGUAGES = {".py": "python", ".ts": "typescript", ".go": "go", ".rb": "ruby"}


def page(path: Path) -> str:
    """The text of a page with its parts made from code brought up to date."""

    def made(match: re.Match[str]) -> str:
        make = _MADE.get(match[2])
        content = make() if make else _snippet(path.parent, match[2])
        return f"{match[1]}{content}{match[3]}"

    return _MARKED.sub(made, path.read_text())


def _snippet(docs: Path, name: str) -> str:
    path = docs / "snippets" / name
    return f"\n```{_LANGUAGES[path.suffix]}\n{path.read_text()}```\n\n"


def retry_schedule() -> str:
    """The table of attempts, and the time from the first to the last."""
    waits = [0, *RETRY_DELAYS]
    rows = "\n".join(
        f"| {attempt} | {seconds} | {in_words(seconds)} |"
        for attempt, seconds in enumerate(waits, start=1)
    )
    return (
        "\n| Attempt | Seconds after the previous one | |\n|---|---|---|\n"
        f"{rows}\n\nTimes are counted from the end of the previous attempt, without jitter: "
        f"{sum(waits) / 86_400:.2f} days from the first to the last.\nA delivery is abandoned "
        f"after {MAX_ATTEMPTS} failed attempts.\n\n"
    )


def event_types() -> str:
    """A list of all types, and a section on each."""
    index = "\n".join(
        f"- [`{kind}`](#{_anchor(kind)}): {about.carries}" for kind, about in CATALOGUE.items()
    )
    sections = "\n".join(_section(str(kind), about) for kind, about in CATALOGUE.items())
    return f"\n{index}\n\n{sections}\n"


def _anchor(kind: str) -> str:
    return kind.replace(".", "")


def _section(kind: str, about: About) -> str:
    like = about.like
    added = "This server adds the type to the published API.\n\n" if about.addition else ""
    same = f"The fields of [`{like}`](#{_anchor(like)}), and:\n\n" if like else ""
    fields = "\n".join(
        f"| `{name}` | {_type(schema)} | {schema['description']} |"
        for name, schema in _fields(about.schema, like=like)
    )
    sample = json.dumps(samples.event(kind), indent=2, ensure_ascii=False)
    return (
        f"### {kind}\n\n{about.when}\n\n{about.carries}\n\n"
        f"{added}{same}| Field | Type | |\n|---|---|---|\n{fields}\n\n"
        f"<details><summary>Sample</summary>\n\n```json\n{sample}\n```\n\n</details>\n"
    )


def _fields(schema: Schema, *, like: str = "", path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every field with its path, but for those of `like` that are the same there."""
    known: Mapping[str, Schema] = CATALOGUE[like].schema["properties"] if like else {}
    for name, field in schema.get("properties", {}).items():
        if known.get(name) == field:
            continue
        yield path + name, field
        yield from _fields(field, path=f"{path}{name}.")
        yield from _fields(field.get("items", {}), path=f"{path}{name}[].")


def _type(schema: Schema) -> str:
    """How a table names a type."""
    kinds: list[str] = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    named = [str(schema.get("format", kind)) if kind == "string" else kind for kind in kinds]
    if "enum" in schema:
        named = ["null" if word is None else f"`{word}`" for word in schema["enum"]]
    return ", ".join(named)


#: What makes the marked parts that are no snippets.
_MADE = {"event types": event_types, "retry schedule": retry_schedule}
