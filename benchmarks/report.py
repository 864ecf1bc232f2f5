"""The table of results: each goal with its ratio and a verdict."""

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Goal:
    """A goal. `more` says whether a higher number is better."""

    name: str
    what: str
    must: float
    aim: float
    more: bool = False
    unit: str = ""


@dataclass
class Row:
    """One measured number, of a goal or for information."""

    goal: str
    what: str
    value: float
    must: float | None = None
    aim: float | None = None
    more: bool = False
    unit: str = ""
    details: str = ""
    spread: Sequence[float] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """aim, must or missed; a dash without a goal."""
        if self.must is None or self.aim is None:
            return "–"
        sign = -1 if self.more else 1
        if sign * self.value <= sign * self.aim:
            return "aim"
        return "must" if sign * self.value <= sign * self.must else "**missed**"

    def cells(self) -> list[str]:
        """The row as text."""
        low, high = (min(self.spread), max(self.spread)) if self.spread else (None, None)
        spread = f"{number(low)} … {number(high)}" if low is not None and high is not None else ""
        goal = lambda one: "" if one is None else f"{number(one)}{self.unit}"  # noqa: E731
        return [
            self.goal, self.what, f"{number(self.value)}{self.unit}", spread,
            goal(self.must), goal(self.aim), self.verdict, self.details,
        ]  # fmt: skip


def number(value: float) -> str:
    """A number with three significant digits."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def judged(goal: Goal, values: Sequence[float], details: str) -> Row:
    """The median of a goal's repetitions."""
    return Row(
        goal.name, goal.what, median(values), goal.must, goal.aim, goal.more, goal.unit,
        details, list(values),
    )  # fmt: skip


def middle(values: Sequence[float]) -> str:
    """The median as text."""
    return number(median(values))


HEAD = ["goal", "what", "median", "lowest … highest", "must", "aim", "verdict", "figures behind it"]


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    return _markdown(HEAD, [row.cells() for row in rows])


def _markdown(head: list[str], lines: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *lines])


def machine(server_version: str) -> str:
    """The machine of the measurement."""
    cpu = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    redis = subprocess.run(["redis-server", "--version"], capture_output=True, text=True).stdout
    load = "/".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, PostgreSQL {server_version}, "
        f"Redis {redis.split('v=')[1].split()[0] if 'v=' in redis else '?'}; load when it ended "
        f"{load}"
    )


def today() -> str:
    """The date, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def run(command: str, facts: str, minutes: float) -> str:
    """How and where something was measured."""
    return f"`{command}`, {today()}, {minutes:.0f} min, on {facts}."


BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"


def write(path: Path, rows: Sequence[Row], run: str, *, whole: bool) -> None:
    """Put the rows into the document, between its marks; what stands around it stays.

    A run of some goals replaces their rows in the table that is there, and each
    row says which run it is of.
    """
    before, _, rest = path.read_text().partition(BEGIN)
    old, _, after = rest.partition(END)
    runs = [] if whole else re.findall(r"^\d+\. (.*)$", old, re.MULTILINE)
    runs.append(run)
    measured = {row.goal for row in rows}
    there = (
        [] if whole else [_cells(line) for line in re.findall(r"^\|.*\|$", old, re.MULTILINE)[2:]]
    )
    lines = [cells for cells in there if cells[0] not in measured]
    lines += [[*row.cells(), str(len(runs))] for row in rows]
    lines.sort(key=lambda cells: int(cells[0][1:]) if cells[0][1:].isdigit() else 99)
    listed = "\n".join(f"{number}. {one}" for number, one in enumerate(runs, 1))
    path.write_text(
        f"{before}{BEGIN}\n{listed}\n\n{_markdown([*HEAD, 'run'], lines)}\n{END}{after}"
    )


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
