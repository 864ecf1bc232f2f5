"""The file broker: several processes write and read at once, and nothing is lost or doubled."""

import json
import multiprocessing
import time
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

# It has folders and processes of its own.
pytestmark = [pytest.mark.slow, pytest.mark.any_database]

PRODUCERS, CONSUMERS, MESSAGES = 3, 3, 150


def connect(folder: Path) -> Connection:
    """Open the broker as Celery does, by its transport's path."""
    return Connection(
        transport="config.brokers.files:Transport", transport_options={"folder": str(folder)}
    )


def produce(folder: Path, producer: int) -> None:
    """Publish this producer's share."""
    with connect(folder) as connection:
        queue = connection.SimpleQueue("work")
        for number in range(MESSAGES):
            # Large enough that a half-written file would be seen as one.
            queue.put({"id": f"{producer}-{number}", "padding": "x" * 20_000})


def consume(folder: Path, ledger: Path, stop: float) -> None:
    """Write down the id of every message received until all are in, or the time is up."""
    with connect(folder) as connection, ledger.open("w") as file:
        queue = connection.SimpleQueue("work")
        idle = 0
        while time.monotonic() < stop and idle < 40:
            try:
                message = queue.get_nowait()
            except Empty:
                idle += 1
                time.sleep(0.05)
                continue
            idle = 0
            assert len(message.payload["padding"]) == 20_000
            file.write(message.payload["id"] + "\n")
            message.ack()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "broker"


class TestBetweenProcesses:
    def test_it_delivers_every_message_exactly_once(self, folder, tmp_path):
        spawn = multiprocessing.get_context("spawn")
        ledgers = [tmp_path / f"consumer-{n}.txt" for n in range(CONSUMERS)]
        stop = time.monotonic() + 60
        processes = [
            *(spawn.Process(target=consume, args=(folder, path, stop)) for path in ledgers),
            *(spawn.Process(target=produce, args=(folder, n)) for n in range(PRODUCERS)),
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()

        assert [process.exitcode for process in processes] == [0] * len(processes)
        received = [line for path in ledgers for line in path.read_text().split()]
        assert sorted(received) == sorted(
            f"{producer}-{number}" for producer in range(PRODUCERS) for number in range(MESSAGES)
        )
        assert not list(folder.rglob("*.*"))


class TestOneQueue:
    def test_it_is_read_in_the_order_of_writing(self, folder):
        with connect(folder) as connection:
            queue = connection.SimpleQueue("work")
            for number in range(20):
                queue.put(number)

            assert queue.qsize() == 20
            assert [queue.get_nowait().payload for _ in range(20)] == list(range(20))

    def test_a_message_that_is_still_being_written_is_not_seen(self, folder):
        (folder / "work").mkdir(parents=True)
        (folder / "work" / "00000000000000000001-half.draft").write_text(json.dumps({})[:1])
        with connect(folder) as connection:
            queue = connection.SimpleQueue("work")

            with pytest.raises(Empty):
                queue.get_nowait()

    def test_what_was_received_and_not_acknowledged_goes_back_when_the_reader_closes(self, folder):
        with connect(folder) as connection:
            connection.SimpleQueue("work").put("again")
        with connect(folder) as connection:
            assert connection.SimpleQueue("work").get_nowait().payload == "again"

        with connect(folder) as connection:
            assert connection.SimpleQueue("work").get_nowait().payload == "again"

    def test_it_can_be_purged(self, folder):
        with connect(folder) as connection:
            queue = connection.SimpleQueue("work")
            queue.put(1)
            queue.put(2)

            assert queue.clear() == 2
            with pytest.raises(Empty):
                queue.get_nowait()

    def test_a_folder_that_was_removed_is_an_empty_queue(self, folder):
        with connect(folder) as connection, pytest.raises(Empty):
            connection.SimpleQueue("nothing").get_nowait()
