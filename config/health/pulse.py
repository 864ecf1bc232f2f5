"""The pulse of the server: waiting work, failures on our side, and living processes.

The start page of the admin, the alarm in the log, `/metrics` and `manage.py health` all read it.
Each figure stops counting at `MANY`, in an index of waiting rows alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet
from django.utils import timezone

from autousers.models import AutouserRun, RunStatus
from config.health import heartbeats
from webhooks.models import WebhookDelivery, WebhookEndpoint

#: Figures stop here.
MANY = 1_000

#: Seconds that a delivery, and a run, may be due before that is a problem.
LATE_DELIVERY = 60.0
LATE_RUN = 300.0

PROCESSES, DELIVERIES, RUNS = "processes", "deliveries", "runs"


@dataclass(frozen=True)
class Process:
    """A process with a heartbeat."""

    name: str
    kind: str
    version: str
    age: float  # seconds since its last heartbeat

    @property
    def is_alive(self) -> bool:
        """Whether its last heartbeat is recent."""
        return self.age < heartbeats.dead_after()


@dataclass(frozen=True)
class Problem:
    """A problem for an operator: its subject, and a key that stays the same while it lasts."""

    subject: str
    key: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Pulse:
    """The state at one moment. Ages are in seconds; 0 where nothing is due."""

    #: The oldest delivery that is due and not for a failing receiver.
    oldest_delivery: float
    #: Deliveries for receivers that fail: attempts follow the retry schedule.
    waiting_for_receivers: int
    #: Deliveries whose last attempt failed on our side, and how many of them since a success.
    failed_by_us: int
    failed_by_us_since_success: int
    #: The error of the newest of them.
    our_error: str
    runs_waiting: int
    #: The oldest run that no worker has.
    oldest_run: float
    processes: list[Process] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """What an operator should look at; empty when the server is healthy."""
        return list(self._problems())

    @property
    def missing(self) -> list[str]:
        """The kinds of processes of which none is alive."""
        alive = {process.kind for process in self.processes if process.is_alive}
        return [kind for kind in heartbeats.KINDS if kind not in alive]

    def _problems(self) -> Iterator[Problem]:
        for kind in self.missing:
            yield Problem(PROCESSES, kind, _no_process(kind, self.processes))
        if self.failed_by_us_since_success:
            yield Problem(
                DELIVERIES,
                "failed by us",
                f"Deliveries fail on our side, {_several(self.failed_by_us_since_success)} since "
                f"the last success: {self.our_error}",
            )
        if self.oldest_delivery > LATE_DELIVERY:
            yield Problem(
                DELIVERIES,
                "late delivery",
                f"The oldest due delivery has waited for {self.oldest_delivery:.0f} s: "
                "there are no or too few workers",
            )
        if self.oldest_run > LATE_RUN:
            yield Problem(
                RUNS,
                "late run",
                f"The oldest due run has waited for {self.oldest_run:.0f} s: "
                "there are no or too few workers for runs",
            )


def take() -> Pulse:
    """Read the pulse, in eight queries. Their number does not depend on what waits."""
    now = timezone.now()
    waiting = WebhookDelivery.objects.filter(next_attempt_at__isnull=False)
    ours = waiting.filter(failed_by_us=True)
    newest = ours.order_by("-last_attempt_at").values_list("error", flat=True).first()
    return Pulse(
        oldest_delivery=_oldest_delivery(now),
        waiting_for_receivers=_count(waiting.filter(endpoint__failing_since__isnull=False)),
        failed_by_us=_count(ours),
        failed_by_us_since_success=_count(_since_success(ours)) if newest is not None else 0,
        our_error=newest or "",
        runs_waiting=_count(AutouserRun.objects.filter(status=RunStatus.PENDING)),
        oldest_run=_oldest_run(now),
        processes=processes(),
    )


def processes() -> list[Process]:
    """All processes with a heartbeat within the last hour."""
    return [
        Process(row.name, row.kind, row.version, max(0.0, row.age.total_seconds()))  # type: ignore[attr-defined]
        for row in heartbeats.with_age()
    ]


def _oldest_delivery(now: datetime) -> float:
    due = WebhookDelivery.objects.due(now).filter(endpoint__failing_since__isnull=True)
    return _age(now, due.order_by("next_attempt_at").values_list("next_attempt_at", flat=True))


def _oldest_run(now: datetime) -> float:
    due = AutouserRun.objects.due(now).order_by("due_at")
    return _age(now, due.values_list("due_at", flat=True))


def _since_success(ours: QuerySet[WebhookDelivery]) -> QuerySet[WebhookDelivery]:
    last = WebhookEndpoint.objects.aggregate(last=Max("last_delivered_at"))["last"]
    return ours.filter(last_attempt_at__gt=last) if last else ours


def _age(now: datetime, moments: QuerySet[Any, Any]) -> float:
    oldest = moments.first()
    return max(timedelta(0), now - oldest).total_seconds() if oldest else 0.0


def _count(rows: QuerySet[Any]) -> int:
    """How many there are, up to `MANY`."""
    return len(rows.order_by().values_list("pk")[:MANY])


def _several(count: int) -> str:
    return f"{MANY} or more" if count >= MANY else str(count)


def _no_process(kind: str, known: list[Process]) -> str:
    ages = [process.age for process in known if process.kind == kind]
    seen = f"the last heartbeat was {min(ages):.0f} s ago" if ages else "there is no heartbeat"
    return f"No process of the kind {kind} is alive ({seen}): {heartbeats.KINDS[kind]}"
