"""Bodies that arrive slowly: what all of them may hold together is bounded."""

from types import SimpleNamespace

from config.web.allowance import Allowance
from config.web.worker import ARRIVING_LIMIT, Worker


class Arriving:
    """A connection whose body has come this far."""

    def __init__(self, size: int) -> None:
        self.arrival = SimpleNamespace(size=size, allowance=Allowance(size))


def worker_with(*sizes: int) -> tuple[Worker, list[int]]:
    """A worker with connections that hold so many bytes; the first one has waited longest."""
    worker = Worker.__new__(Worker)
    worker.waiting = dict.fromkeys(map(Arriving, sizes))
    cut: list[int] = []
    worker._expire = lambda conn: cut.append(conn.arrival.size)
    return worker, cut


def test_nobody_is_cut_off_within_it():
    worker, cut = worker_with(ARRIVING_LIMIT // 2, ARRIVING_LIMIT // 2)
    worker._free_memory()
    assert cut == []


def test_who_has_waited_longest_is_cut_off_beyond_it_and_no_more_than_needed():
    part = ARRIVING_LIMIT // 4
    worker, cut = worker_with(part - 1, part - 2, part - 3, part - 4, part - 5, 10)
    worker._free_memory()
    assert cut == [part - 1]
