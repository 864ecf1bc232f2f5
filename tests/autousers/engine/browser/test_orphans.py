"""What is left of a browser when its worker is killed: nothing that runs, and soon no file."""

import signal
import subprocess
import sys
import time

import pytest

from autousers.engine.browser.running import folders, tree
from tests.autousers.engine.browser.conftest import skip_without_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.any_database]

WORKER = """
import sys
from autousers.engine.browser.events import Order
from autousers.engine.browser.host import BrowserHost, HostOptions
from autousers.observation.facts import Conditions
from tests.autousers.engine.browser import servers

host = BrowserHost(HostOptions(policy=servers.POLICY))
host.visit(Order(sys.argv[1], Conditions()), lambda event: print(*host.pids, flush=True))
"""


def test_kill_9_of_the_worker_during_a_visit_leaves_no_process_and_no_folder(site):
    skip_without_browser()
    page = site.page(
        "/", "<title>A</title><p>Words.</p><script>onresize = () => { for (;;) {} }</script>"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, page], stdout=subprocess.PIPE, text=True
    )
    pids = [int(pid) for pid in worker.stdout.readline().split()]
    assert len(pids) > 3
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    until = time.monotonic() + 20
    while (left := [pid for pid in pids if tree.is_alive(pid)]) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []
    mine = f"{folders.PREFIX}{worker.pid}-*"
    assert list(folders.root().glob(mine))
    folders.remove_stale()
    assert not list(folders.root().glob(mine))
