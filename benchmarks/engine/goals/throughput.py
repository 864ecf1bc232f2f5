"""Deliveries per second: of a backlog (G1 to G3), and to slow receivers (G4)."""

import subprocess
import sys
from contextlib import ExitStack

from benchmarks.engine.bench import Bench
from benchmarks.engine.systems import Baseline, Contender
from benchmarks.report import Goal, Row, judged, middle
from benchmarks.services import environment, until

G1 = Goal("G1", "backlog, 2 processes ÷ bare aiohttp client, 1 process", 0.35, 0.6, more=True)
G2 = Goal("G2", "the same ÷ django-webhook 0.0.15", 40, 65, more=True, unit="×")
G3 = Goal("G3", "the same ÷ one Celery task per delivery", 15, 25, more=True, unit="×")
G4 = Goal("G4", "receiver takes 200 ms, 500 in flight ÷ ideal 2,500/s", 0.8, 0.95, more=True)

ENDPOINTS = 20
IN_FLIGHT = 100  # of the bare client: what it does best with

#: The pools of Celery; the faster one is used.
POOLS = (("prefork", 2), ("prefork", 8), ("threads", 8))


def backlog(bench: Bench) -> list[Row]:
    """Drain a backlog, in turn with the baselines."""
    count = bench.size(30_000, 10_000)
    rates: dict[str, list[float]] = {"contender": [], "bare": [], "package": [], "simple": []}
    with ExitStack() as stack:
        contender = stack.enter_context(bench.contender("contender"))
        world = contender.seed(ENDPOINTS, f"{bench.receiver.url}/fast/{{n}}")
        payload = world["payload"]
        package = stack.enter_context(
            bench.baseline("django_webhook_site", payload=payload, number=1)
        )
        simple = stack.enter_context(bench.baseline("one_task_each", payload=payload, number=2))
        package.python("writer", "seed", ENDPOINTS, f"{bench.receiver.url}/fast/{{n}}")
        package.pool = _better_pool(bench, package, bench.size(200, 100))
        simple.pool = _better_pool(bench, simple, bench.size(600, 300))
        for _ in range(bench.rounds):
            rates["contender"].append(_contender(bench, contender, count))
            rates["bare"].append(_bare(bench, count, payload))
            rates["package"].append(_baseline(bench, package, bench.size(600, 300)))
            rates["simple"].append(_baseline(bench, simple, bench.size(3_000, 1_500)))
    per_second = {system: f"{middle(values)}/s" for system, values in rates.items()}

    def ratios(system: str) -> list[float]:
        return [
            one / baseline for one, baseline in zip(rates["contender"], rates[system], strict=True)
        ]

    mine = per_second["contender"]
    return [
        judged(G1, ratios("bare"), f"{mine} ÷ {per_second['bare']}"),
        judged(G2, ratios("package"), f"{mine} ÷ {per_second['package']}, {_named(package)}"),
        judged(G3, ratios("simple"), f"{mine} ÷ {per_second['simple']}, {_named(simple)}"),
    ]


def _named(system: Baseline) -> str:
    return f"pool {system.pool[0]}, {system.pool[1]}"


def _contender(bench: Bench, contender: Contender, count: int) -> float:
    with contender.workers(2):
        bench.receiver.take()
        contender.backlog(count)
        rate = bench.receiver.per_second(count)
        until(lambda: contender.due() == 0)  # all of it must be recorded as well
    return rate


def _bare(bench: Bench, count: int, payload: str) -> float:
    from benchmarks.services import LOGS

    body = LOGS / "payload.json"
    body.write_text(payload)
    bench.receiver.take()
    count -= count % IN_FLIGHT
    command = [
        sys.executable,
        "-m",
        "benchmarks.engine.programs.bare_client",
        f"{bench.receiver.url}/fast/0",
    ]
    subprocess.run(
        [*command, str(count), str(IN_FLIGHT), body], env=environment("", ""), check=True
    )
    return bench.receiver.per_second(count)


def _baseline(bench: Bench, system: Baseline, count: int) -> float:
    if system.name == "django_webhook_site":
        system.python("writer", "steady", count // ENDPOINTS, 0)
    else:
        system.python("enqueue", count, ENDPOINTS, f"{bench.receiver.url}/fast/{{n}}")
    bench.receiver.take()
    with system.workers():
        return bench.receiver.per_second(count)


def _better_pool(bench: Bench, system: Baseline, count: int) -> tuple[str, int]:
    rates = {}
    for system.pool in POOLS:
        rates[system.pool] = _baseline(bench, system, count)
    return max(rates, key=lambda pool: rates[pool])


def slow_receiver(bench: Bench) -> list[Row]:
    """One process keeps 500 requests in flight to receivers that take 200 ms."""
    count = bench.size(25_000, 10_000)
    rates = []
    with bench.contender("slow") as contender:
        contender.seed(50, f"{bench.receiver.url}/slow/200/{{n}}")
        for _ in range(bench.rounds):
            with contender.workers(1, AUTOUSERS_WEBHOOK_MAX_IN_FLIGHT="500"):
                bench.receiver.take()
                contender.backlog(count)
                rates.append(bench.receiver.per_second(count))
                until(lambda: contender.due() == 0)
    return [judged(G4, [rate / 2_500 for rate in rates], f"{middle(rates)}/s")]
