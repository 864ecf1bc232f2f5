"""The processes of a browser, as Linux shows them: who they are, how much memory they hold."""

import contextlib
import os
import signal
from pathlib import Path

_PROC = Path("/proc")


def descendants(root: int) -> list[int]:
    """All processes below one, in no order; itself is not among them."""
    children: dict[int, list[int]] = {}
    for pid in _pids():
        if (parent := parent_of(pid)) is not None:
            children.setdefault(parent, []).append(pid)
    found: list[int] = []
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def resident_bytes(pids: list[int]) -> int:
    """Anonymous and shared memory of processes: what a page can make grow. Costs under 1 ms."""
    return sum(_status_bytes(pid) for pid in pids)


def proportional_bytes(pids: list[int]) -> int:
    """Proportional set size of processes, for reports: it costs far too much to be sampled."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, StopIteration):
            lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
            total += 1024 * int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return total


def kill(pids: list[int]) -> None:
    """Kill processes, and the groups that they lead."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getpgid(pid) == pid:
                os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    stat = stat_of(pid)
    return stat is not None and stat[0] != "Z"


def stat_of(pid: int) -> list[str] | None:
    """The fields of a process after its name, which may hold spaces and brackets."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def parent_of(pid: int) -> int | None:
    """The process that started it."""
    stat = stat_of(pid)
    return int(stat[1]) if stat else None


def _pids() -> list[int]:
    try:
        return [int(name) for name in os.listdir(_PROC) if name.isdigit()]
    except FileNotFoundError:
        return []


def _status_bytes(pid: int) -> int:
    try:
        text = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    return 1024 * sum(
        int(line.split()[1])
        for line in text.splitlines()
        if line.startswith(("RssAnon:", "RssShmem:"))
    )
