"""Measure visits with Chromium, and runs that share them.

    python -m benchmarks.browser.run [--visits N] [--write FILE]

`make bench-browser` does this. It needs Chromium, the program redis-server and a PostgreSQL server
(`DATABASE_URL`; a scratch database is made and dropped).
"""

import argparse
import os
import platform
import sys
from pathlib import Path
from typing import Any

from benchmarks.browser import runs, visits

VISIT_SECONDS, MEGABYTES, RUN_SECONDS, SHARED_VISITS = 2.5, 600, 60.0, 3


def report(visit: dict[str, Any], shared: dict[str, Any]) -> str:
    """The page of the documentation."""
    return f"""# Benchmark of the browser

For developers: what a visit costs, and what runs cost that share one. Written by
`make bench-browser`.

{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}, with the database,
the workers and the visited site on the same machine. Its load was {os.getloadavg()[0]:.1f} at the
end. A busy machine takes longer for the same work; seconds of CPU change less.

## A visit

A small page, default conditions, {visit["stops"]:.0f} stops of the Tab key,
{visit["visits"]:.0f} visits.

| | goal | measured |
|---|---|---|
| a visit, browser warm, median | {VISIT_SECONDS} s | {visit["median"]:.2f} s |
| … nine of ten | | {visit["p90"]:.2f} s |
| the first visit, which starts the browser | | {visit["first"]:.2f} s |
| memory of worker, driver and browser, most | {MEGABYTES} MB | {visit["memory"]:.0f} MB |
| … of it Python with Django | | {visit["own"]:.0f} MB |

## Runs that share visits

{shared["runs"]:,} runs of twenty autousers on one design under three conditions, on PostgreSQL,
with the runner of the `Procfile` (two processes, each with its browser, none of them started yet).

| | goal | measured |
|---|---|---|
| from being queued to the end of the last one | {RUN_SECONDS:.0f} s | {shared["seconds"]:.1f} s |
| runs that were completed | {shared["runs"]:,} | {shared["completed"]:,} |
| visits | {SHARED_VISITS} | {shared["visits"]} |
| … the last one ended after | | {shared["seen"]:.1f} s |
| events recorded | | {shared["events"]:,} |
| CPU of the workers, without the browsers | | {shared["worker_cpu"]:.1f} s |
| CPU of the browsers | | {shared["browser_cpu"]:.1f} s |
| CPU of the database | | {shared["database_cpu"]:.1f} s |
"""


def missed(visit: dict[str, Any], shared: dict[str, Any]) -> list[str]:
    """The goals that were missed."""
    goals = {
        "a visit": visit["median"] <= VISIT_SECONDS,
        "memory": visit["memory"] <= MEGABYTES,
        "runs": shared["seconds"] <= RUN_SECONDS,
        "all completed": shared["completed"] == shared["runs"],
        "three visits": shared["visits"] == SHARED_VISITS,
    }
    return [name for name, is_met in goals.items() if not is_met]


def main() -> int:
    """Measure, print, and write the page; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--visits", type=int, default=20)
    options = parser.parse_args()
    shared = runs.measure()
    visit = visits.measure(options.visits)
    text = report(visit, shared)
    print(text)
    if options.write:
        options.write.write_text(text)
    for name in (found := missed(visit, shared)):
        print(f"missed: {name}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
