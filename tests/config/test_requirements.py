"""What is installed is pinned with hashes, and the files that say so fit each other."""

import json
import re
from pathlib import Path
from runpy import run_path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
NAMES = ("requirements", "requirements-dev", "benchmarks/requirements", "clients/requirements")

PIN = re.compile(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)
HASH = re.compile(r"^ +--hash=sha256:[0-9a-f]{64}( \\)?$")


def pinned(text: str) -> dict[str, str]:
    return dict(PIN.findall(text))


@pytest.mark.parametrize("name", NAMES)
class TestPins:
    def test_they_hold_what_the_input_asks_for(self, name):
        asked = pinned((ROOT / f"{name}.in").read_text())
        there = pinned((ROOT / f"{name}.txt").read_text())

        assert asked
        assert asked.items() <= there.items()

    def test_each_has_hashes(self, name):
        blocks = re.split(r"^(?=[a-z])", (ROOT / f"{name}.txt").read_text(), flags=re.MULTILINE)[1:]

        for block in blocks:
            pin, first, *_ = block.splitlines()
            assert PIN.match(pin), pin
            assert HASH.match(first), block

    def test_they_name_no_place_to_download_from(self, name):
        lines = (ROOT / f"{name}.txt").read_text().splitlines()

        assert not [line for line in lines if "://" in line or line.lstrip().startswith("/")]
        assert not [line for line in lines if line.startswith("-")]

    def test_each_line_of_the_input_says_why(self, name):
        lines = (ROOT / f"{name}.in").read_text().splitlines()
        packages = [line for line in lines if line and not line.startswith(("#", "-r "))]

        assert all(re.search(r" +# \S", line) for line in packages)

    def test_they_agree_with_the_servers(self, name):
        server = pinned((ROOT / "requirements.txt").read_text())
        there = pinned((ROOT / f"{name}.txt").read_text())

        assert {one: version for one, version in there.items() if server.get(one) != version} == {
            one: version for one, version in there.items() if one not in server
        }


class TestNodePins:
    def test_each_has_a_hash_and_names_no_place_to_download_from(self):
        lock = json.loads((ROOT / "clients" / "package-lock.json").read_text())
        packages = [package for path, package in lock["packages"].items() if path]

        assert len(packages) > 20
        assert all(package["integrity"].startswith("sha512-") for package in packages)
        assert not [package for package in packages if "resolved" in package]


class TestAudit:
    judge = staticmethod(run_path(str(ROOT / "scripts" / "audit.py"))["judge"])
    SOUND = {"name": "django", "version": "5.2.19", "vulns": []}

    def test_all_are_known_and_sound(self):
        assert self.judge([self.SOUND]) == ("1 packages, no known vulnerability", 0)

    def test_a_vulnerability(self):
        report = [self.SOUND, {"name": "lxml", "version": "1", "vulns": [{"id": "CVE-2026-1"}]}]

        assert self.judge(report) == ("lxml 1: CVE-2026-1\n1 known vulnerabilities", 1)

    def test_one_that_the_service_does_not_know_was_not_audited(self):
        report = [self.SOUND, {"name": "lxml", "version": "1", "skip_reason": "not found"}]

        assert self.judge(report) == ("NOT RUN: the service knows 1 of 2 packages", 2)

    def test_an_empty_report_is_none(self):
        assert self.judge([])[1] == 2
