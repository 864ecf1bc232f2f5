"""Kills (G9): a short run of chaos and its verdict."""

import os
import subprocess
import sys

from benchmarks.engine.bench import Bench
from benchmarks.report import Goal, Row, judged
from benchmarks.services import LOGS, ROOT

G9 = Goal("G9", "`kill -9` at any moment: events lost, doubled, invented, or sent again", 0, 0)


def killed(bench: Bench) -> list[Row]:
    """Run chaos and count the violations."""
    report = LOGS / "chaos.md"
    report.unlink(missing_ok=True)
    limits = ["--kills", str(bench.size(100, 30)), "--minutes", "3"]
    done = subprocess.run(
        [sys.executable, "-m", "chaos.run", *limits, "--report", report],
        env=dict(os.environ) | {"DATABASE_URL": bench.server},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if not report.exists():
        raise RuntimeError(f"chaos failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    summary = done.stdout.strip().splitlines()[-1]
    violations = float(summary.rpartition(" ")[2])
    return [judged(G9, [violations], f"chaos: {summary}; its long form: reliability.md")]
