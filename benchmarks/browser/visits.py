"""Visits with Chromium: how long one takes, and how much memory the worker holds.

A small page of this machine, the default conditions, at most ten stops of the Tab key, the browser
warm. Proportional memory is that of this process, the driver and the browser, right after a visit.
"""

import os
import statistics
import time
from ipaddress import ip_network

import benchmarks.browser.django  # noqa: F401 - sets up Django
from api.outbound.addresses import AddressPolicy
from autousers.engine.browser.events import Order
from autousers.engine.browser.host import BrowserHost, HostOptions
from autousers.engine.browser.running import tree
from autousers.observation.facts import Conditions
from benchmarks.browser.page import served


def measure(visits: int) -> dict[str, float]:
    """Make visits, the first of which starts the browser; seconds and megabytes."""
    policy = AddressPolicy(allowed_networks=(ip_network("127.0.0.1/32"),))
    host = BrowserHost(HostOptions(policy=policy))
    times, memory, own = [], [], []
    with served() as url:
        order = Order(url, Conditions())
        try:
            for _ in range(visits + 1):
                began = time.perf_counter()
                seen = host.visit(order, lambda _: None)
                times.append(time.perf_counter() - began)
                memory.append(tree.proportional_bytes([os.getpid(), *host.pids]) / 1e6)
                own.append(tree.proportional_bytes([os.getpid()]) / 1e6)
        finally:
            host.close()
    warm = sorted(times[1:])
    focus = seen.fact("focus-invisible")
    return {
        "first": times[0],
        "median": statistics.median(warm),
        "p90": warm[int(len(warm) * 0.9)],
        "memory": max(memory),
        "own": max(own),
        "stops": float(focus.of or 0) if focus else 0.0,
        "visits": float(visits),
    }
