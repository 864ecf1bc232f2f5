"""The hooks before a commit are the first checks of CI, and need nothing from elsewhere."""

import re
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
CONFIG = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))


def hooks() -> list[dict[str, Any]]:
    return [hook for repository in CONFIG["repos"] for hook in repository["hooks"]]


def commands_of_ci() -> list[str]:
    """The commands of CI from the lint to the step before the tests, one a line."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    quick = script.partition('step "lint"')[2].partition('step "OpenAPI document"')[0]
    return re.findall(r"^(?:ruff|mypy|lint-imports|manage)\b.*$", quick, re.MULTILINE)


def test_every_quick_check_of_ci_has_a_hook_of_its_name():
    named = {hook["name"] for hook in hooks()}

    assert commands_of_ci()
    assert [command for command in commands_of_ci() if command not in named] == []


def test_each_of_these_hooks_runs_that_command():
    entries = {hook["name"]: hook["entry"] for hook in hooks()}

    for command in commands_of_ci():
        words = command.replace("manage", "manage.py").split()
        assert all(word in entries[command] for word in words), command


def test_nothing_is_fetched():
    assert {repository["repo"] for repository in CONFIG["repos"]} == {"local"}
    assert {hook["language"] for hook in hooks()} <= {"system", "pygrep"}
