"""Which tests a run may leave out, and the proof that all runs together leave out none.

PostgreSQL runs every test. Beside it, SQLite leaves out those that say the same on every database:
tests that may not use one at all (pytest-django refuses their queries), and tests with the marker
`any_database`. Of a test with parameters it runs the first case: its statements are the same for
all. All others run on both. The tests of the configuration and of the database, in `tests/config`
and `tests/database`, run whole on both.

`make quick` leaves out what is marked `slow`, and all but the first case of a test with parameters.

`--record FILE` writes down which tests exist and which ran; `python -m tests.selection FILE...`
fails when the runs of these files together have left one out.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}

#: Where the database may matter without a query.
CONFIGURATION = "tests/config/"

#: Where each case runs on each database.
WHOLE = (CONFIGURATION, "tests/database/")

#: These take a second to import each. All of their tests are `slow`, and the same on any database.
HEAVY = ("test_schemathesis.py", "test_expressions.py")

EXISTING, RAN, SKIPPED = "existing", "ran", "skipped"


def uses_a_database(item: pytest.Item) -> bool:
    """Whether a test may send queries to the database of the tests."""
    names = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(names & DATABASE_FIXTURES)


def says_the_same_everywhere(item: pytest.Item) -> bool:
    """Whether another database cannot change the result of a test."""
    if item.get_closest_marker("any_database") is not None:
        return True
    return not uses_a_database(item) and not item.nodeid.startswith(CONFIGURATION)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two options of this module."""
    group = parser.getgroup("selection")
    group.addoption(
        "--beside-postgresql",
        action="store_true",
        help="leave out what PostgreSQL has shown: the same on any database, or another case",
    )
    group.addoption(
        "--quick",
        action="store_true",
        help="leave out what is slow, and of a test with parameters all cases but the first",
    )
    group.addoption("--record", metavar="FILE", help="write down which tests exist and which ran")


class Recorder:
    """Writes down the tests of one run, a line each: what is known, the test, and the reason."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def write(self, lines: Iterable[tuple[str, str, str]]) -> None:
        """Add lines; several processes may do so."""
        with self._path.open("a") as file:
            file.write("".join(f"{json.dumps(line)}\n" for line in lines))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note how a test ended."""
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "expected"
            self.write([(SKIPPED, report.nodeid, reason)])
        elif report.when == "call":
            self.write([(RAN, report.nodeid, "")])


def pytest_configure(config: pytest.Config) -> None:
    """Record in the process that hears of every test; the workers of xdist do not."""
    path = config.getoption("--record")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(path))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Write down which tests exist, then leave out what need not run."""
    beside = config.getoption("--beside-postgresql")
    if beside:
        keep(config, items, [item for item in items if not says_the_same_everywhere(item)])
    path = config.getoption("--record")
    if path and os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
        # What says the same everywhere exists for PostgreSQL alone, also where it is skipped there.
        Recorder(path).write((EXISTING, item.nodeid, "") for item in items)
    if beside:
        keep(config, items, first_cases(items))
    if config.getoption("--quick"):
        keep(config, items, quick_ones(items))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Spend no time on an import for tests that would be left out anyway."""
    leaves_it_out = config.getoption("--quick") or config.getoption("--beside-postgresql")
    return True if leaves_it_out and collection_path.name in HEAVY else None


def keep(config: pytest.Config, items: list[pytest.Item], kept: list[pytest.Item]) -> None:
    """Leave out all other tests, and have pytest count them."""
    names = {item.nodeid for item in kept}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in names])
    items[:] = kept


def first_cases(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """One case of each test with parameters, and all of those that run whole everywhere."""
    first: dict[str, pytest.Item] = {}
    for item in items:
        whole = item.nodeid.startswith(WHOLE)
        first.setdefault(item.nodeid if whole else item.nodeid.partition("[")[0], item)
    return list(first.values())


def quick_ones(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """What takes no time, and one case of each test with parameters."""
    first: dict[str, pytest.Item] = {}
    for item in items:
        if item.get_closest_marker("slow") is None:
            first.setdefault(item.nodeid.partition("[")[0], item)
    return list(first.values())


def compare(paths: Iterable[Path]) -> tuple[set[str], dict[str, str], set[str]]:
    """Of the recorded runs together: what ran, what all of them skipped and why, what is lost.

    Lost is what one run left out though the others only skipped it.
    """
    lines = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    ran = {test for kind, test, _ in lines if kind == RAN}
    runs = Counter(test for kind, test, _ in lines if kind == EXISTING)
    skips = Counter(test for kind, test, _ in lines if kind == SKIPPED)
    reasons = {test: why for kind, test, why in lines if kind == SKIPPED}
    skipped = {
        test: reasons[test] for test in skips if test not in ran and skips[test] >= runs[test]
    }
    return ran, skipped, set(runs) - ran - set(skipped)


def main(paths: list[str]) -> int:
    """Tell what ran; 1 when a test was left out by every run."""
    ran, skipped, left_out = compare(map(Path, paths))
    for test, why in sorted(skipped.items()):
        print(f"skipped everywhere: {test} ({why})")
    for test in sorted(left_out):
        print(f"LEFT OUT BY EVERY RUN: {test}")
    print(f"{len(ran)} tests ran at least once, {len(skipped)} were skipped everywhere")
    return 1 if left_out or not ran else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
