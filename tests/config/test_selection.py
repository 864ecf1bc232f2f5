"""No test is lost between the runs of CI."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import selection
from tests.selection import (
    EXISTING,
    RAN,
    SKIPPED,
    first_cases,
    says_the_same_everywhere,
    uses_a_database,
)


def record(path: Path, *lines: tuple[str, str, str]) -> str:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return str(path)


class TestWhatMayBeLeftOut:
    def test_a_test_with_a_database_runs_on_both(self, request, db):
        assert uses_a_database(request.node)
        assert not says_the_same_everywhere(request.node)

    def test_so_does_one_whose_fixtures_need_it(self, request, team):
        assert not says_the_same_everywhere(request.node)

    @pytest.mark.django_db
    def test_and_one_with_the_marker(self, request):
        assert not says_the_same_everywhere(request.node)

    def test_one_without_need_not(self, request, monkeypatch):
        monkeypatch.setattr(selection, "CONFIGURATION", "tests/elsewhere/")
        assert says_the_same_everywhere(request.node)

    def test_but_one_of_the_configuration_runs_on_both(self, request):
        assert not says_the_same_everywhere(request.node)

    @pytest.mark.any_database
    def test_nor_one_that_says_so(self, request, db):
        assert says_the_same_everywhere(request.node)

    def test_beside_postgresql_one_case_is_enough_but_where_all_run_on_both(self):
        names = ["a::x[1]", "a::x[2]", "a::y", "tests/config/b::x[1]", "tests/config/b::x[2]"]
        kept = first_cases(SimpleNamespace(nodeid=name) for name in names)
        assert [item.nodeid for item in kept] == ["a::x[1]", "a::y", *names[3:]]


class TestTheRunsTogether:
    @pytest.fixture
    def first(self, tmp_path) -> str:
        return record(
            tmp_path / "first",
            *((EXISTING, name, "") for name in "abc"),
            (RAN, "a", ""),
            (SKIPPED, "b", "no PostgreSQL"),
        )

    def test_what_another_run_ran_is_there(self, tmp_path, first, capsys):
        second = record(tmp_path / "second", (RAN, "b", ""), (RAN, "c", ""))

        assert selection.main([first, second]) == 0
        assert capsys.readouterr().out == ("3 tests ran at least once, 0 were skipped everywhere\n")

    def test_what_none_ran_fails_and_is_named(self, tmp_path, first, capsys):
        second = record(tmp_path / "second", (RAN, "b", ""))

        assert selection.main([first, second]) == 1
        assert "LEFT OUT BY EVERY RUN: c\n" in capsys.readouterr().out

    def test_what_one_skipped_and_the_other_left_out_is_lost(self, tmp_path, first, capsys):
        second = record(tmp_path / "second", (EXISTING, "b", ""), (RAN, "c", ""))

        assert selection.main([first, second]) == 1
        assert "LEFT OUT BY EVERY RUN: b\n" in capsys.readouterr().out

    def test_what_is_skipped_everywhere_is_told_with_its_reason(self, tmp_path, first, capsys):
        second = record(tmp_path / "second", (SKIPPED, "b", "no nginx"), (RAN, "c", ""))

        assert selection.main([first, second]) == 0
        assert "skipped everywhere: b (no nginx)\n" in capsys.readouterr().out

    def test_no_runs_at_all_are_a_failure(self, tmp_path):
        assert selection.main([record(tmp_path / "none")]) == 1
