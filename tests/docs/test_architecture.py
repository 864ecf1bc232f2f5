"""`docs/develop/architecture.md` against the code: names, imports, states of a delivery."""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from webhooks.models import DeliveryStatus

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "develop" / "architecture.md").read_text(encoding="utf-8")
APPS = ("api", "teams", "evaluations", "ratings", "autousers", "webhooks", "config")

DIAGRAMS = re.findall(r"^```mermaid\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
CODE = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", PAGE, flags=re.DOTALL | re.MULTILINE))

#: What looks like a name of ours in a diagram and is none.
NOT_OURS = {"PostgreSQL", "SQLite", "post_save", "stateDiagram", "sequenceDiagram"}

NAME = r"[A-Za-z_]\w*"
CALLED = re.compile(rf"({NAME}(?:\.{NAME})*)\(\)")
COMPOUND = re.compile(rf"(?<![\w.])(_?[a-zA-Z]+_\w+|[A-Z]+[a-z]+[A-Z]\w*)(?!\w|\.{NAME}\()")


@cache
def defined() -> dict[str, set[str]]:
    """The names that each class and module of the apps defines; those of "" are all of them."""
    names: dict[str, set[str]] = defaultdict(set)
    bases: dict[str, set[str]] = defaultdict(set)
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            names[path.stem] |= {name for node in tree.body for name in bound(node)}
            names[""] |= {path.stem, path.parent.name}
            for node in ast.walk(tree):
                names[""] |= set(bound(node))
                if isinstance(node, ast.ClassDef):
                    names[node.name] |= {name for inner in node.body for name in bound(inner)}
                    bases[node.name] |= {ast.unparse(one).split(".")[-1] for one in node.bases}
    for owner in list(bases):
        names[owner] |= {name for base in ancestors(owner, bases) for name in names[base]}
    names[""] |= {model._meta.db_table for model in apps.get_models()}
    return names


def bound(node: ast.AST) -> Iterator[str]:
    """The names that a statement defines."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def ancestors(owner: str, bases: dict[str, set[str]]) -> set[str]:
    """The names of all classes that a class inherits from."""
    found: set[str] = set()
    waiting = set(bases.get(owner, ()))
    while waiting:
        base = waiting.pop()
        if base not in found:
            found.add(base)
            waiting |= bases.get(base, set())
    return found


def exists(name: str) -> bool:
    """Whether a name, alone or after that of its class or module, is one of ours."""
    owner, _, last = name.rpartition(".")
    return last in defined()[owner.rpartition(".")[2]]


def in_diagrams() -> set[str]:
    text = "\n".join(DIAGRAMS)
    return ({*CALLED.findall(text)} | {*COMPOUND.findall(text)}) - NOT_OURS


def in_prose() -> set[str]:
    """Names in the prose: paths, routes, options and addresses of the API are not among them."""
    known = {*DeliveryStatus.values, *APPS}
    named = {code.removesuffix("()") for code in CODE} - known
    return {name for name in named if re.fullmatch(rf"{NAME}(\.{NAME})*", name)}


def test_it_finds_the_names() -> None:
    assert {"wake.workers", "ApiView.initial", "webhooks_eventcounter"} <= in_diagrams()
    assert {"Drainer.run", "LEADER_LOCK", "RETRY_AFTER_OUR_FAULT"} <= in_prose()


@pytest.mark.parametrize("name", sorted(in_diagrams()))
def test_every_name_in_a_diagram_exists(name: str) -> None:
    assert exists(name)


@pytest.mark.parametrize("name", sorted(in_prose()))
def test_every_name_in_the_prose_exists(name: str) -> None:
    assert exists(name) or (ROOT / name).exists() or name == "ours"  # a word of `Fault`


def test_a_name_that_is_gone_is_noticed() -> None:
    assert not exists("wake.nobody")
    assert not exists("Drainer.nobody")
    assert not exists("record_nothing")


def test_the_arrows_are_those_of_the_import_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(one["layers"] for one in contracts["contracts"] if one["type"] == "layers")

    assert " --> ".join(layers) in DIAGRAMS[0]


def test_the_states_of_a_delivery_are_those_of_the_model() -> None:
    states = next(diagram for diagram in DIAGRAMS if "superseded" in diagram)

    assert set(re.findall(r"(\w+) -->|--> (\w+)", states)) - {("", "")}
    named = {word for pair in re.findall(r"(\w+) -->|--> (\w+)", states) for word in pair if word}
    assert named == set(DeliveryStatus.values)
