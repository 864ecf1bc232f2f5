"""The context that all measurements of a run share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.databases import scratch_database
from benchmarks.engine.systems import Baseline, Contender, Receiver
from benchmarks.services import LOGS, Redis


@dataclass
class Bench:
    """A run: its services, and whether it is a quick one."""

    server: str
    redis: Redis
    receiver: Receiver
    quick: bool

    @property
    def rounds(self) -> int:
        """The number of interleaved repetitions."""
        return 3

    def size(self, full: int, quick: int) -> int:
        """A size for a full or for a quick run."""
        return quick if self.quick else full

    @contextmanager
    def contender(self, name: str) -> Iterator[Contender]:
        """The contender, our server, with its own database."""
        with scratch_database(self.server, f"bench_{name}") as database:
            yield Contender(database=database, redis=self.redis)

    @contextmanager
    def baseline(self, name: str, *, payload: str, number: int) -> Iterator[Baseline]:
        """A baseline with its own database, which sends a payload as large as ours."""
        file: Path = LOGS / "payload.json"
        file.write_text(payload)
        with scratch_database(self.server, f"bench_{name}") as database:
            yield Baseline(
                name=name, database=database, redis=self.redis, payload=file, number=number
            )
