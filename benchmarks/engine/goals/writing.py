"""The cost of recording an event in a change: CPU (G5), and the gapless sequence."""

import json
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from benchmarks.engine.bench import Bench
from benchmarks.engine.systems import Contender, run_python
from benchmarks.report import Goal, Row, judged, middle

G5 = Goal("G5", "CPU of a change with an event and 10 deliveries ÷ without", 1.5, 1.3)
WRITERS = 4
FLOOR = Goal("SEQ", "events per second of one busy team, 4 writers", 200, 200, more=True, unit="/s")


def transaction_cpu(bench: Bench) -> list[Row]:
    """One process alternates between changes that are announced and changes that are not."""
    with bench.contender("cpu") as contender:
        urls = [f"{bench.receiver.url}/fast/{n}" for n in range(10)]
        [team] = contender.seed(1, *urls)["teams"]
        printed = run_python(
            "benchmarks.engine.programs.transaction_cpu",
            bench.size(10, 5),
            300,
            team["evaluation"],
            env=contender.env,
        )
    blocks = json.loads(printed)
    ratios = [one["with"]["all"] / one["without"]["all"] for one in blocks]
    parts = []
    for part, words in (("all", "in all"), ("python", "Python"), ("database", "PostgreSQL")):
        us = [median(one[side][part] for one in blocks) for side in ("with", "without")]
        parts.append(f"{words} {us[0]:.0f} ÷ {us[1]:.0f} µs = {us[0] / us[1]:.2f}")
    return [judged(G5, ratios, ", ".join(parts))]


def busy_team(bench: Bench) -> list[Row]:
    """Four writers change evaluations of one team, then of one team each."""
    count = bench.size(1_500, 500)
    with bench.contender("busy") as contender:
        teams = contender.seed(WRITERS, f"{bench.receiver.url}/fast/{{n}}")["teams"]
        own = [team["evaluation"] for team in teams]
        shared = json.loads(
            run_python(
                "benchmarks.engine.programs.more_evaluations",
                teams[0]["team"],
                WRITERS,
                env=contender.env,
            )
        )
        one_team, own_teams = [], []
        for _ in range(bench.rounds):
            one_team.append(_rate(contender, count, shared))
            own_teams.append(_rate(contender, count, own))
            contender.sql("UPDATE webhooks_webhookdelivery SET next_attempt_at = NULL")
    cost = [one / other for one, other in zip(one_team, own_teams, strict=True)]
    return [
        judged(FLOOR, one_team, f"each writer in a team of its own: {middle(own_teams)}/s"),
        Row("SEQ", "the same ÷ each writer in a team of its own", median(cost), spread=cost),
    ]


def _rate(contender: Contender, count: int, evaluations: list[str]) -> float:
    """The changes per second while all writers run."""
    with ThreadPoolExecutor(WRITERS) as pool:
        written = list(pool.map(lambda one: contender.write(count, 0, one), evaluations))
    begun = max(one[0][1] for one in written)
    ended = min(one[-1][1] for one in written)
    during = sum(begun <= moment <= ended for one in written for _, moment, _ in one)
    return during / (ended - begun)
