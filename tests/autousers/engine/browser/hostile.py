"""All hostile pages, one after the other, as a table: `make hostile` (NAMES=loop,heap).

Each visit must end in its time, with a reason where one is expected; nothing private may be
reached; afterwards no process and no file may be left.
"""

import re
import sys
import time

from autousers.engine.browser.events import Order, VisitFailed
from autousers.engine.browser.host import BrowserHost, HostOptions
from autousers.engine.browser.running import folders, tree
from autousers.observation.facts import Conditions
from tests.autousers.engine.browser import servers
from tests.autousers.engine.browser.hostile_case import Case
from tests.autousers.engine.browser.hostile_pages import cases

SECONDS = 30.0
"""The deadline of a visit here."""
MARGIN = 26.0
"""Seconds on top of it in which the browser may start and end."""


def visited(host: BrowserHost, site: servers.Site, case: Case) -> str:
    """Visit a page; how it ended."""
    site.page(f"/{case.name}", case.body)
    url = case.address or site.url(f"/{case.name}", case.host or servers.SITE)
    try:
        seen = host.visit(Order(url, Conditions(keyboard=True)), lambda _: None)
    except VisitFailed as failed:
        return str(failed)
    wall = seen.blocked_by
    return wall.text if wall else ""


def is_expected(case: Case, ended: str) -> bool:
    """Whether a visit ended as its case says; a page that may be looked at may also fail."""
    return bool(re.search(case.ends, ended)) if case.ends else True


def options() -> HostOptions:
    """A host that may visit the site and nothing else."""
    return HostOptions(
        policy=servers.POLICY, seconds=SECONDS, calm_seconds=2.0, lookup=servers.Names()
    )


def main(names: list[str]) -> int:
    """Visit them all, and print a line for each; 1 when one of them did harm."""
    faults = 0
    with servers.site() as site, servers.target() as target:
        host = BrowserHost(options())
        for case in cases(site, target.port):
            if names and case.name not in names:
                continue
            began, before = time.monotonic(), len(target.reached)
            ended = visited(host, site, case)
            seconds = time.monotonic() - began
            reached = target.reached[before:]
            sound = is_expected(case, ended) and not reached and seconds < SECONDS + MARGIN
            faults += not sound
            mark = "ok  " if sound else "BAD "
            said = f"{ended or 'looked at'} {reached or ''}"
            print(f"{mark} {case.name:22} {seconds:5.1f} s  {said}", flush=True)
        pids = host.pids
        host.close()
        time.sleep(0.3)
        left = [pid for pid in pids if tree.is_alive(pid)]
        files = folders.own()
        print(f"left behind: {len(left)} processes, {len(files)} folders")
        print(f"the private target was reached {len(target.reached)} times")
    return int(bool(faults or left or files))


if __name__ == "__main__":
    sys.exit(main([name for one in sys.argv[1:] for name in one.split(",") if name]))
