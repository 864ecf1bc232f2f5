"""The table of who is answered what: reading it, and writing it anew.

An operation stands on a line of its own, with the scopes of which a key needs
one. Below it stand the answers, each with those who get it. What everybody
gets everywhere stands once, under `*`.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from django.urls import resolve

from api.rest.permissions import scopes_of
from tests.access.routes import REQUESTS
from tests.access.world import CALLERS

FILE = Path(__file__).with_name("table.txt")
EVERY_OPERATION = "*"
_OPERATION = re.compile(r"(?P<name>[^\[]+?)(?: \[(?P<scopes>[^]]+)\])?")

Answers = dict[str, str]


class Row(NamedTuple):
    """What is promised of one operation."""

    scopes: tuple[str, ...]
    answers: Answers


def read() -> dict[str, Row]:
    """What is promised, by operation."""
    rows: dict[str, Row] = {}
    name = EVERY_OPERATION
    for line in FILE.read_text().splitlines():
        if line.startswith("  "):
            answer, _, callers = line.partition(": ")
            rows[name].answers.update(dict.fromkeys(callers.split(), answer.strip()))
        elif (found := _OPERATION.fullmatch(line)) and not line.startswith("#"):
            name = found["name"]
            rows[name] = Row(tuple(found["scopes"].split(" or ")) if found["scopes"] else (), {})
    everywhere = rows.pop(EVERY_OPERATION, Row((), {})).answers
    return {name: Row(row.scopes, everywhere | row.answers) for name, row in rows.items()}


def write(found: Mapping[str, Row]) -> None:
    """Write the table as it is found to be."""
    everywhere = {
        caller: answers.pop()
        for caller in CALLERS
        if len(answers := {row.answers[caller] for row in found.values()}) == 1
    }
    lines = ["# Who is answered what: an operation, then each answer and those who get it."]
    for name, row in {EVERY_OPERATION: Row((), everywhere), **found}.items():
        lines += ["", f"{name} [{' or '.join(row.scopes)}]" if row.scopes else name]
        told = name != EVERY_OPERATION
        own = {c: a for c, a in row.answers.items() if not (told and c in everywhere)}
        for answer in sorted(set(own.values())):
            lines.append(f"  {answer}: {' '.join(c for c in CALLERS if own.get(c) == answer)}")
    FILE.write_text("\n".join(lines) + "\n")


def name_of(operation: tuple[str, str]) -> str:
    """An operation, as the table writes it."""
    return " ".join(operation)


def scopes_in_code(operation: tuple[str, str]) -> tuple[str, ...]:
    """The scopes of which the view of an operation wants one."""
    method, path = operation
    view: Any = resolve(f"/api/v1/{path}").func.view_class  # type: ignore[attr-defined]
    return scopes_of(view, method)


OPERATIONS = {name_of(operation): operation for operation in REQUESTS}
