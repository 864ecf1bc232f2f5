"""What the parts of a run share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.services import LOGS, Redis, scratch_database
from benchmarks.systems import Baseline, Contender, Receiver


@dataclass
class Bench:
    """A run: where everything is, and how thorough it is."""

    server: str
    redis: Redis
    receiver: Receiver
    quick: bool

    @property
    def rounds(self) -> int:
        """Interleaved repetitions."""
        return 3

    def size(self, full: int, quick: int) -> int:
        """How much, by how thorough the run is."""
        return quick if self.quick else full

    @contextmanager
    def contender(self, name: str) -> Iterator[Contender]:
        """Our server with a database of its own."""
        with scratch_database(self.server, name) as database:
            yield Contender(database=database, redis=self.redis)

    @contextmanager
    def baseline(self, name: str, *, payload: str, number: int) -> Iterator[Baseline]:
        """Another design with a database of its own, which sends a payload as large as ours."""
        file: Path = LOGS / "payload.json"
        file.write_text(payload)
        with scratch_database(self.server, name) as database:
            yield Baseline(
                name=name, database=database, redis=self.redis, payload=file, number=number
            )
