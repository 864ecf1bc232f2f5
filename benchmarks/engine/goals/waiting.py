"""Latency: at a steady pace (G6), in a burst (G7), beside an endpoint that hangs (G8)."""

import json
from contextlib import ExitStack

from benchmarks.engine.bench import Bench
from benchmarks.engine.systems import Contender
from benchmarks.report import Goal, Row, judged, middle
from benchmarks.services import until

MEDIAN = Goal("G6", "commit → receiver at 20 events/s, p50 ÷ django-webhook's", 0.2, 0.05)
TAIL = Goal("G6", "the same, p99", 0.2, 0.05)
G7 = Goal("G7", "10,000 events at once: last receipt after last commit", 1.0, 0.1, unit=" s")
G8 = Goal("G8", "p99 of 20 healthy endpoints while one hangs ÷ without it", 2, 1.2)


def percentile(values: list[float], part: float) -> float:
    """The quantile `part` of the values."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def _waits(marks: list[tuple[int, str, float]], written: list[list[float]]) -> list[float]:
    """The milliseconds from the commit to each receipt."""
    committed = {int(one[0]): one[1] for one in written}
    return [(moment - committed[mark]) * 1000 for mark, _, moment in marks if mark in committed]


def latency(bench: Bench) -> list[Row]:
    """Twenty events a second to one endpoint, in turn with django-webhook."""
    count = bench.size(1_000, 150)
    mine: list[list[float]] = []
    theirs: list[list[float]] = []
    with ExitStack() as stack:
        contender = stack.enter_context(bench.contender("latency"))
        world = contender.seed(1, f"{bench.receiver.url}/fast/0")
        evaluation = world["teams"][0]["evaluation"]
        package = stack.enter_context(
            bench.baseline("django_webhook_site", payload=world["payload"], number=1)
        )
        package.python("writer", "seed", 1, f"{bench.receiver.url}/fast/0")
        for _ in range(bench.rounds):
            with contender.workers(2):
                _warm(bench, contender, evaluation)
                written = contender.write(count, 20, evaluation)
                until(lambda: bench.receiver.count() >= count + 2)
                mine.append(_waits(bench.receiver.take()["marks"], written))
            with package.workers():
                bench.receiver.take()
                package.python("writer", "steady", 20, 20)
                until(lambda: bench.receiver.count() >= 20)
                bench.receiver.take()
                written = json.loads(package.python("writer", "steady", count, 20))
                until(lambda: bench.receiver.count() >= count)
                theirs.append(_waits(bench.receiver.take()["marks"], written))
    rows = []
    for goal, part in ((MEDIAN, 0.5), (TAIL, 0.99)):
        one = [percentile(waits, part) for waits in mine]
        baseline = [percentile(waits, part) for waits in theirs]
        ratios = [a / b for a, b in zip(one, baseline, strict=True)]
        rows.append(judged(goal, ratios, f"{middle(one)} ms ÷ {middle(baseline)} ms"))
    return rows


def _warm(bench: Bench, contender: Contender, evaluation: str, receipts: int = 4) -> None:
    """Warm up: open connections and decrypt secrets, as in a server that has run for a while."""
    bench.receiver.take()
    contender.write(receipts - 2, 20, evaluation)
    until(lambda: bench.receiver.count() >= receipts)
    until(lambda: contender.due() == 0)
    bench.receiver.take()


def burst(bench: Bench) -> list[Row]:
    """One writer commits without a pause."""
    count = bench.size(10_000, 3_000)
    lags, rates = [], []
    with bench.contender("burst") as contender:
        teams = contender.seed(10, f"{bench.receiver.url}/fast/{{n}}")["teams"]
        evaluations = [team["evaluation"] for team in teams]
        for _ in range(bench.rounds):
            with contender.workers(2):
                bench.receiver.take()
                written = contender.write(count, 0, *evaluations)
                until(lambda: bench.receiver.count() >= count + 2)
                log = bench.receiver.take()
                lags.append(max(0.0, log["last"] - written[-1][1]))
                rates.append(count / (written[-1][1] - written[0][1]))
    return [judged(G7, lags, f"written at {middle(rates)} events/s")]


def fairness(bench: Bench) -> list[Row]:
    """Events for a team with 20 healthy endpoints, with and without one that hangs for 10 s."""
    seconds, pace = bench.size(40, 25), 10
    count = seconds * pace
    tails: dict[bool, list[float]] = {False: [], True: []}
    with bench.contender("fairness") as contender:
        healthy = [f"{bench.receiver.url}/fast/{n}" for n in range(20)]
        alone = contender.seed(1, *healthy)["teams"][0]["evaluation"]
        beside = contender.seed(1, *healthy, f"{bench.receiver.url}/slow/10000/0")["teams"][0]
        for _ in range(bench.rounds):
            for hanging, evaluation in ((False, alone), (True, beside["evaluation"])):
                tails[hanging].append(_tail(bench, contender, evaluation, count, pace))
                contender.sql(
                    "UPDATE webhooks_webhookdelivery SET next_attempt_at = NULL, lease = ''"
                    " WHERE next_attempt_at IS NOT NULL"
                )
    ratios = [one / baseline for one, baseline in zip(tails[True], tails[False], strict=True)]
    figures = f"{middle(tails[True])} ms ÷ {middle(tails[False])} ms, all healthy ones delivered"
    return [judged(G8, ratios, figures)]


def _tail(bench: Bench, contender: Contender, evaluation: str, count: int, pace: float) -> float:
    """The p99 of the healthy endpoints in ms, after all deliveries."""
    with contender.workers(2):
        bench.receiver.take()
        written = contender.write(count, pace, evaluation)
        wanted = len(written) * 20
        marks: list[tuple[int, str, float]] = []

        def all_there() -> bool:
            marks.extend(one for one in bench.receiver.take()["marks"] if "/fast/" in one[1])
            return len(marks) >= wanted

        until(all_there, pause=0.5)
        return percentile(_waits(marks, written), 0.99)
