"""Long runs: the memory of a worker (G11), and the time of a claim in a large table (G12)."""

import json
from contextlib import ExitStack
from pathlib import Path

from benchmarks.engine.bench import Bench
from benchmarks.engine.systems import Contender, run_python
from benchmarks.report import Goal, Row, judged, middle
from benchmarks.services import until

G11 = Goal("G11", "memory of the worker processes after 1,000,000 deliveries ÷ 10,000", 1.2, 1.05)
G12 = Goal("G12", "claim with 10,000,000 finished rows ÷ with 10,000", 1.3, 1.1)


def memory(bench: Bench) -> list[Row]:
    """Real deliveries by one worker with two processes."""
    many, step = bench.size(1_000_000, 100_000), 50_000
    with bench.contender("memory") as contender:
        contender.seed(20, f"{bench.receiver.url}/fast/{{n}}")
        with contender.workers(2) as worker:
            _deliver(bench, contender, 10_000)
            course = [_megabytes(worker.pid)]
            for _ in range(many // step):
                _deliver(bench, contender, step)
                course.append(_megabytes(worker.pid))
    before, after = course[0], course[-1]
    figures = f"{after:.0f} MB ÷ {before:.0f} MB (two children, proportional)"
    figures += f"; on the way {', '.join(f'{one:.0f}' for one in course[:: many // step // 5])}"
    if many < 1_000_000:
        figures += f"; only {many:,} deliveries in a quick run"
    return [judged(G11, [after / before], figures)]


def _deliver(bench: Bench, contender: Contender, count: int) -> None:
    bench.receiver.take()
    contender.backlog(count)
    contender.start_leader()
    until(lambda: bench.receiver.count() >= count, seconds=300, pause=0.2)
    until(lambda: contender.due() == 0)


def _megabytes(worker: int) -> float:
    """The memory of a worker's children (PSS)."""
    children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    total = 0
    for child in children:
        for line in Path(f"/proc/{child}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def claim_time(bench: Bench) -> list[Row]:
    """Claims in a small and in a large table, in turn."""
    many = bench.size(10_000_000, 1_000_000)
    with ExitStack() as stack:
        small = stack.enter_context(bench.contender("small"))
        large = stack.enter_context(bench.contender("large"))
        for contender, finished in ((small, 10_000), (large, many)):
            contender.seed(20, f"{bench.receiver.url}/fast/{{n}}")
            _finish(contender, finished)
        times: dict[str, list[float]] = {"small": [], "large": []}
        for _ in range(bench.rounds):
            for name, contender in (("small", small), ("large", large)):
                contender.backlog(20_000)
                printed = run_python("benchmarks.engine.programs.claim_time", 50, env=contender.env)
                times[name].append(json.loads(printed))
    ratios = [one / other for one, other in zip(times["large"], times["small"], strict=True)]
    figures = f"{middle(times['large'])} ms ÷ {middle(times['small'])} ms a claim of 256 rows"
    if many < 10_000_000:
        figures += f"; only {many:,} rows in a quick run"
    return [judged(G12, ratios, figures)]


def _finish(contender: Contender, count: int) -> None:
    """Insert finished deliveries, one event each, without checks of foreign keys."""
    indexes = contender.sql(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'webhooks_webhookdelivery'"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )
    for name, _ in indexes:
        contender.sql(f'DROP INDEX "{name}"')
    contender.sql(
        f"""
        SET session_replication_role = replica;
        INSERT INTO webhooks_webhookdelivery
            (id, event_id, endpoint_id, replay, replays_delivery_id, synthetic, api_version,
             status, attempt, attempt_id, scheduled_for, next_attempt_at, lease, response_status,
             response_ms, response_body, error, created_at, delivered_at)
        SELECT 'whd_b' || tail, 'event_b' || tail, endpoint_id, 0, '', false, '', 'delivered', 1,
               'whd_b' || tail, now(), NULL, '', 200, 12, 'ok', '', now(), now()
        FROM (SELECT lpad(n::text, 24, '0') AS tail,
                     ids[1 + n % array_length(ids, 1)] AS endpoint_id
              FROM generate_series(1, {count}) AS n,
                   (SELECT array_agg(id) AS ids FROM webhooks_webhookendpoint) AS endpoints) AS row
        """
    )
    for _, definition in indexes:
        contender.sql(definition)
    contender.sql("VACUUM ANALYZE webhooks_webhookdelivery")
