"""Rows and tasks for the straightforward design.

python -m benchmarks.engine.baselines.one_task_each.enqueue COUNT ENDPOINTS URL
"""

import os
import sys
from pathlib import Path

import benchmarks.django  # noqa: F401 - sets up Django
from benchmarks.engine.baselines.one_task_each.models import Delivery, Endpoint, Event
from benchmarks.engine.baselines.one_task_each.tasks import deliver


def enqueue(count: int, endpoints: int, url: str) -> None:
    """As many deliveries, over so many endpoints, each with an event of its own."""
    payload = Path(os.environ["BENCH_PAYLOAD"]).read_bytes()
    made = Endpoint.objects.bulk_create(
        Endpoint(url=url.format(n=number), secret="x" * 38) for number in range(endpoints)
    )
    events = Event.objects.bulk_create(
        Event(type="evaluation.status_changed", payload=payload) for _ in range(count)
    )
    deliveries = Delivery.objects.bulk_create(
        Delivery(event=event, endpoint=made[number % endpoints])
        for number, event in enumerate(events)
    )
    for delivery in deliveries:
        deliver.delay(delivery.pk)


if __name__ == "__main__":
    enqueue(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
