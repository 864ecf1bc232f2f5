"""Look for known vulnerabilities of all that is pinned: exit 1 on some, 2 where nobody answers.

pip-audit calls a package that its service does not know "skipped" and ends
well. Unless all of them were looked up, nothing was audited.
"""

import json
import subprocess
import sys
from typing import Any

FILES = ("requirements-dev.txt", "benchmarks/requirements.txt", "clients/requirements.txt")

#: Ids of vulnerabilities that do not concern this server, each with the reason.
ACCEPTED: dict[str, str] = {}

#: Seconds for all of it.
LIMIT = 120


def main() -> int:
    """Audit, and print one line of result, the last."""
    files = [option for name in FILES for option in ("--requirement", name)]
    options = ["--disable-pip", "--require-hashes", "--format", "json", *files]
    try:
        ended = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "pip_audit", *options],
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return _say(f"NOT RUN: no answer within {LIMIT} s", 2)
    try:
        packages: list[dict[str, Any]] = json.loads(ended.stdout)["dependencies"]
    except ValueError:
        reason = (ended.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
        return _say(f"NOT RUN: {reason}", 2)
    return _say(*judge(packages))


def judge(packages: list[dict[str, Any]]) -> tuple[str, int]:
    """What a report says, and the exit code."""
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']}"
        for package in packages
        for vulnerability in package.get("vulns", [])
        if vulnerability["id"] not in ACCEPTED
    ]
    if found:
        return "\n".join([*found, f"{len(found)} known vulnerabilities"]), 1
    skipped = sum("skip_reason" in package for package in packages)
    if skipped or not packages:
        return (
            f"NOT RUN: the service knows {len(packages) - skipped} of {len(packages)} packages",
            2,
        )
    return f"{len(packages)} packages, no known vulnerability", 0


def _say(text: str, code: int) -> int:
    print(text)  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main())
