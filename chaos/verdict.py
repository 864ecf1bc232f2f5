"""The checks after a run, from the database and the receivers' own log."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from django.conf import settings
from django.db.models import Count, Max

from chaos import runs
from chaos.receivers import Arrival
from chaos.scale import DEADLINE, LEASE_MARGIN
from chaos.traffic import Answer
from evaluations.models import Evaluation
from webhooks.models import (
    AttemptResult,
    DeliveryStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

#: The configured duration of a lease, not read from the server.
LEASE = timedelta(seconds=DEADLINE + LEASE_MARGIN)

#: Clocks of one machine, rounded to milliseconds.
SLACK = timedelta(milliseconds=50)

#: The longest time of a claim on a busy machine (seconds).
CLAIMING = 0.5


@dataclass(frozen=True)
class Excuses:
    """The attempts that may be lost: in flight or being claimed at a death."""

    in_flight_at_deaths: Set[str]
    frozen_at: Sequence[float]

    def cover(self, attempt: WebhookAttempt) -> bool:
        """Whether an attempt may have been lost."""
        if attempt.pk in self.in_flight_at_deaths:
            return True
        started = attempt.started_at.timestamp()
        return any(-SLACK.total_seconds() <= at - started <= CLAIMING for at in self.frozen_at)


@dataclass
class Verdict:
    """The counts of a run, and the violations."""

    figures: dict[str, int] = field(default_factory=dict)
    violations: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def violation(self, rule: str, example: object = "") -> None:
        """Record a violation."""
        self.violations[rule] += 1
        self.examples.setdefault(rule, str(example)[:300])

    def broken(self, kind: str) -> int:
        """The number of violations of a kind."""
        return sum(count for rule, count in self.violations.items() if rule.startswith(kind))


def judge(answers: Sequence[Answer], arrivals: Sequence[Arrival], excuses: Excuses) -> Verdict:
    """Check everything. Only attempts with an excuse may be lost."""
    verdict = Verdict()
    _changes_have_events(verdict, answers)
    _rows_have_events(verdict)
    runs.check(verdict.violation, verdict.figures)
    _sequences_have_no_gaps(verdict)
    _events_have_deliveries(verdict)
    _deliveries_arrived(verdict, arrivals)
    _attempts_make_sense(verdict, arrivals, excuses)
    return verdict


def _changes_have_events(verdict: Verdict, answers: Sequence[Answer]) -> None:
    """Every change that was confirmed to a caller has exactly one event."""
    by_request = Counter(WebhookEvent.objects.values_list("request_id", "type"))
    by_key = Counter(
        WebhookEvent.objects.exclude(idempotency_key=None).values_list("idempotency_key", "type")
    )
    for answer in answers:
        count = by_request[answer.request_id, answer.type]
        if answer.sure and count == 0:
            verdict.violation("lost: an answered change has no event", answer)
        if count > 1 or (answer.key and by_key[answer.key, answer.type] > 1):
            verdict.violation("doubled: an answered change has two events", answer)
    verdict.figures["changes answered"] = len(answers)


def _rows_have_events(verdict: Verdict) -> None:
    """Every row has one event for its creation and one for each transition, and no other."""
    events: dict[str, list[tuple[str, int, bytes]]] = defaultdict(list)
    for object_id, type, transition, payload in WebhookEvent.objects.values_list(
        "object_id", "type", "transition", "payload"
    ).iterator():
        events[object_id].append((type, transition, bytes(payload)))
    for pk, transition, status in Evaluation.objects.values_list("pk", "transition", "status"):
        _row_has_events(verdict, pk, transition, status, events.pop(pk, []))
    known = runs.announced_ids()
    for object_id in events.keys() - known:
        verdict.violation("invented: an event of a row that does not exist", object_id)
    verdict.figures["evaluations"] = Evaluation.objects.count()
    verdict.figures["events"] = WebhookEvent.objects.count()


def _row_has_events(
    verdict: Verdict, pk: str, transition: int, status: str, events: list[tuple[str, int, bytes]]
) -> None:
    created = [one for one in events if one[0] == "evaluation.created"]
    changed = sorted(one for one in events if one[0] == "evaluation.status_changed")
    if len(created) != 1:
        verdict.violation("lost or doubled: not one evaluation.created for a row", pk)
    numbers = [number for _, number, _ in changed]
    if set(range(1, transition + 1)) - set(numbers):
        verdict.violation("lost: a transition has no event", (pk, transition, numbers))
    _ends_once(verdict, pk, events)
    if len(numbers) != len(set(numbers)):
        verdict.violation("doubled: a transition has two events", (pk, numbers))
    if any(number > transition for number in numbers):
        verdict.violation("invented: an event of a transition that did not happen", (pk, numbers))
    before = "Draft"
    for _, number, payload in changed:
        body = json.loads(payload)["data"]["object"]
        if body["previous_status"] != before:
            verdict.violation("the chain of statuses is broken", (pk, number))
        before = body["status"]
    if changed and before != status:
        verdict.violation("the last event does not tell the row's status", pk)


def _ends_once(verdict: Verdict, pk: str, events: list[tuple[str, int, bytes]]) -> None:
    """An evaluation that ended was completed exactly once."""
    completed = sum(type == "evaluation.completed" for type, _, _ in events)
    reached = {
        json.loads(payload)["data"]["object"]["status"]
        for type, _, payload in events
        if type == "evaluation.status_changed"
    }
    if completed != int("Ended" in reached):
        verdict.violation("lost or doubled: not one evaluation.completed for an end", pk)


def _sequences_have_no_gaps(verdict: Verdict) -> None:
    teams = WebhookEvent.objects.values("team").annotate(count=Count("pk"), last=Max("sequence"))
    for team in teams:
        if team["count"] != team["last"]:
            verdict.violation("a team's sequence has a gap", team)


def _events_have_deliveries(verdict: Verdict) -> None:
    """One delivery for each event and subscribed endpoint; all endpoints are older than events."""
    have = Counter(WebhookDelivery.objects.values_list("event_id", "endpoint_id"))
    wanting = list(WebhookEndpoint.objects.values_list("pk", "team_id", "enabled_events"))
    for event, team, type in WebhookEvent.objects.values_list("pk", "team_id", "type"):
        for endpoint, its_team, types in wanting:
            wants = its_team == team and ("*" in types or type in types)
            if have.pop((event, endpoint), 0) != int(wants):
                verdict.violation("not one delivery for an event and endpoint", (event, endpoint))
    if have:
        verdict.violation("a delivery of nothing", next(iter(have)))


def _deliveries_arrived(verdict: Verdict, arrivals: Sequence[Arrival]) -> None:
    """A delivered one is in the receiver's log; any other had all promised attempts."""
    accepted = {(one.event, one.endpoint) for one in arrivals if one.accepted}
    numbers: dict[str, set[int]] = defaultdict(set)
    for delivery, number in WebhookAttempt.objects.values_list("delivery_id", "number"):
        numbers[delivery].add(number)
    for row in WebhookDelivery.objects.iterator():
        verdict.figures[f"deliveries {row.status}"] = (
            verdict.figures.get(f"deliveries {row.status}", 0) + 1
        )
        arrived = (row.event_id, row.endpoint_id) in accepted
        if row.status == DeliveryStatus.DELIVERED and not arrived:
            verdict.violation("lost: delivered, but its receiver never accepted it", row.pk)
        if row.status in (DeliveryStatus.PENDING, DeliveryStatus.FAILED):
            verdict.violation("still due long after its time", row.pk)
        if numbers[row.pk] != set(range(1, row.attempt + 1)):
            verdict.violation("an attempt is not in the log", (row.pk, sorted(numbers[row.pk])))
        if (
            row.status == DeliveryStatus.ABANDONED
            and len(numbers[row.pk]) != settings.WEBHOOK_MAX_ATTEMPTS
        ):
            verdict.violation("lost: abandoned before all its attempts", row.pk)


def _attempts_make_sense(verdict: Verdict, arrivals: Sequence[Arrival], excuses: Excuses) -> None:
    sent = Counter(one.attempt for one in arrivals)
    known: set[str] = set()
    by_delivery: dict[str, list[WebhookAttempt]] = defaultdict(list)
    lost = 0
    for attempt in WebhookAttempt.objects.order_by("started_at", "number").iterator():
        known.add(attempt.pk)
        by_delivery[attempt.delivery_id].append(attempt)
        if attempt.result == AttemptResult.LOST:
            lost += 1
            if not excuses.cover(attempt):
                verdict.violation("an attempt was lost though nobody died", attempt.pk)
    for id, count in sent.items():
        if id not in known:
            verdict.violation("a request that no attempt knows of", id)
        if count > 1:
            verdict.violation("one attempt was sent twice", id)
    for attempts in by_delivery.values():
        _attempts_follow(verdict, attempts)
    per_pair = Counter((one.endpoint, one.event) for one in arrivals if one.accepted)
    verdict.figures["requests received"] = len(arrivals)
    verdict.figures["attempts"] = len(known)
    verdict.figures["attempts on their way at deaths"] = len(excuses.in_flight_at_deaths)
    verdict.figures["attempts lost"] = lost
    verdict.figures["accepted more than once"] = sum(per_pair.values()) - len(per_pair)


def _attempts_follow(verdict: Verdict, attempts: Iterable[WebhookAttempt]) -> None:
    """Attempts do not overlap: each begins after the previous one failed or its lease ended."""
    for before, after in pairwise(attempts):
        if after.number != before.number + 1 and "sender" not in before.error:
            verdict.violation("attempts are not numbered 1, 2, 3", (before.pk, after.pk))
        lease_over = after.started_at >= before.started_at + LEASE - SLACK
        if lease_over:
            continue
        if before.result == AttemptResult.DELIVERED:
            verdict.violation("an attempt follows one that delivered", (before.pk, after.pk))
        if before.result == AttemptResult.LOST:
            verdict.violation("an attempt begins before the last one's lease is over", after.pk)
        ended = before.started_at + timedelta(milliseconds=before.total_ms or 0)
        if after.started_at < ended - SLACK:
            verdict.violation("two attempts of one delivery at once", (before.pk, after.pk))
