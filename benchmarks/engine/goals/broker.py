"""Writing while the broker is gone (G10)."""

from statistics import median

from benchmarks.engine.bench import Bench
from benchmarks.report import Goal, Row, judged, middle
from benchmarks.services import until

G10 = Goal("G10", "broker killed: p50 of a write ÷ with it", 1.2, 1.05)


def broker_down(bench: Bench) -> list[Row]:
    """The same writes with a running and with a killed broker, in turn; all must arrive."""
    count = bench.size(1_000, 300)
    up, down = [], []
    with bench.contender("broker") as contender:
        evaluation = contender.seed(1, f"{bench.receiver.url}/fast/0")["teams"][0]["evaluation"]
        bench.receiver.take()
        with contender.workers(2):
            for _ in range(bench.rounds):
                up.append(median(one[2] * 1000 for one in contender.write(count, 0, evaluation)))
                bench.redis.kill()
                try:
                    down.append(
                        median(one[2] * 1000 for one in contender.write(count, 0, evaluation))
                    )
                finally:
                    bench.redis.start()
            wanted = 2 * bench.rounds * (count + 2)
            until(lambda: bench.receiver.count() >= wanted, seconds=60)
            until(lambda: contender.due() == 0)
    ratios = [one / other for one, other in zip(down, up, strict=True)]
    figures = f"{middle(down)} ms ÷ {middle(up)} ms, no write failed, all {wanted:,} delivered"
    return [judged(G10, ratios, figures)]
