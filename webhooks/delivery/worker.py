"""The drain: a loop that claims, sends and records deliveries, then waits for new ones.

One thread, one event loop, many requests in flight. No transaction and no
lock is held while a request is in flight.
"""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.db import (
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
)

from webhooks.delivery import claims, recording
from webhooks.delivery.claims import Claim
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.delivery.requests import no_request, prepare
from webhooks.http.client import Client, Outcome, Post
from webhooks.leases import lease_duration
from webhooks.wakeup.pg_notify import Listener

log = logging.getLogger("autousers.webhooks")

#: Seconds between two claims without a notification, for retries that become due.
POLL_INTERVAL = 1.0

#: Results are recorded when there are so many, or when the oldest is so old (seconds).
BATCH_SIZE = 64
BATCH_WAIT = 0.02

#: Least seconds between two claims while requests are in flight: each claim costs queries.
CLAIM_INTERVAL = 0.005

#: Seconds between two attempts to reach a database that is gone.
DATABASE_PAUSE = 0.5

#: Errors of a database that may come back. (InternalError: the transaction was idle for too long.)
_DATABASE_GONE = (OperationalError, InterfaceError, InternalError)


class Drainer:
    """Delivers what is due in one process.

    `limits` say how many requests may start, and adapt to how they end. `listener`
    hears the notifications of new deliveries. When `stopping` returns True, nothing
    more is claimed, and the drain ends once the requests in flight have ended.
    `start_follower` starts another drain, which takes what this one leaves.
    """

    def __init__(
        self,
        *,
        client: Client,
        limits: ConcurrencyLimits,
        listener: Listener | None = None,
        stopping: Callable[[], bool] = lambda: False,
        start_follower: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._listener = listener
        self._limits = limits
        self._stopping = stopping
        self._start_follower = start_follower
        self._clock = clock
        self._results: list[Outcome] = []
        self._oldest_result = 0.0
        self._claim_wanted = True
        self._leader_notified = False  # the claim to come follows a notification, and we lead
        self._last_claim_at = 0.0
        self._paused_until = 0.0
        self._database_gone_since: float | None = None
        self._resigned = False
        self._worked_at = 0.0
        #: Whether it was woken after it had resigned, when it claims nothing more.
        self.woken_again = False
        self.sent = 0

    def wake(self) -> None:
        """Claim now. May be called from another thread."""
        self._claim_wanted = self.woken_again = True
        self._client.wake()

    def run(self, *, idle_timeout: float, time_limit: float) -> int:
        """Drain until there is a reason to end; returns how many attempts were started.

        The leader waits for more work until it had none for `idle_timeout` seconds. A
        follower ends as soon as nothing is due, so that its worker slot is free for other
        tasks. After `time_limit` seconds both end, even if deliveries are due.
        """
        self._worked_at = self._clock()
        ends_at = self._worked_at + time_limit
        while True:
            now = self._clock()
            closing = self._stopping() or now >= ends_at
            if closing:
                self._leave_work()
            found = 0 if closing else self._start_due(now)
            if self._idle and (
                closing or not (found or self._claim_wanted or now < self._paused_until)
            ):
                if self._resigned:
                    return self.sent
                if not self._waits_for_work(now, idle_timeout):
                    self._resign()
            self._collect(0.0 if found else self._wait_time(now, closing=closing))

    @property
    def _idle(self) -> bool:
        return not self._limits.in_flight and not self._results

    @property
    def _is_leader(self) -> bool:
        return self._listener is None or self._listener.is_leader

    def _waits_for_work(self, now: float, idle_timeout: float) -> bool:
        """Whether an idle drain stays: as the leader, or because it may become the leader soon."""
        if not idle_timeout:
            return False
        if not self._is_leader:
            return self._listener is not None and self._listener.may_lead_soon
        return now - self._worked_at < idle_timeout

    def _leave_work(self) -> None:
        """Claim nothing more, and start another drain for the remaining work."""
        if self._resigned:
            return
        needed = self._is_leader or self._limits.backlog
        self._resign()
        if needed:
            self._start_follower()

    def _resign(self) -> None:
        """Stop listening, then claim once more: a notification may have come just before."""
        self._resigned = self._claim_wanted = True
        self.woken_again = False
        if self._listener is not None:
            self._listener.resign()

    def _start_due(self, now: float) -> int:
        """Claim and start as many requests as the limits allow; returns how many."""
        self._listen(now)
        if not self._may_claim(now):
            return 0
        self._claim_wanted = False
        self._last_claim_at = began = self._clock()
        try:
            claimed = self._claim()
        except _DATABASE_GONE as error:
            self._pause_for_database(error)
            self._claim_wanted = True
            return 0
        self._database_gone_since = None
        if self._limits.backlog:
            self._start_follower()
        if not claimed:
            return 0
        self._claim_wanted = True  # there may be more than the limits allowed
        self._worked_at = now
        if self._clock() - began > settings.WEBHOOK_LEASE_MARGIN:
            # Their results could come after the end of the lease, so they are left to it.
            log.warning("A claim took too long; %s deliveries wait for a new claim", len(claimed))
            return 0
        for claim in claimed:
            self._limits.start(claim.endpoint_id, retry=claim.is_retry)
            item = prepare(claim)
            if isinstance(item, Post):
                self._submit(item)
            else:
                self._finish(item)
        self.sent += len(claimed)
        return len(claimed)

    def _claim(self) -> list[Claim]:
        """Claim, in one round trip if a notification came while nothing was in flight."""
        notified, self._leader_notified = self._leader_notified, False
        if notified and not self._limits.in_flight:
            claimed = claims.claim_first_attempts(self._limits)
            if len(claimed) == self._limits.free_for_any():
                # There may be more: send these and claim again at once.
                self._last_claim_at -= CLAIM_INTERVAL
            if claimed:
                return claimed
        return claims.claim(self._limits)

    def _listen(self, now: float) -> None:
        """Ask the listener for notifications."""
        if self._listener is None or self._resigned or now < self._paused_until:
            return
        try:
            if self._listener.notified():
                self._claim_wanted = True
                self._leader_notified = self._listener.is_leader
                if not self._limits.free():
                    self._start_follower()
        except _DATABASE_GONE as error:
            self._pause_for_database(error)
            self._claim_wanted = True

    def _may_claim(self, now: float) -> bool:
        if not self._limits.free() or now < self._paused_until:
            return False
        since = now - self._last_claim_at
        return since >= POLL_INTERVAL or (
            self._claim_wanted and (since >= CLAIM_INTERVAL or not self._limits.in_flight)
        )

    def _submit(self, post: Post) -> None:
        try:
            self._client.submit(post)
        except Exception as error:
            log.exception("A request could not be started")
            self._finish(
                no_request(post.key, f"{type(error).__name__} in the sender.", fault="ours")
            )

    def _collect(self, seconds: float) -> None:
        for outcome in self._client.wait(seconds):
            self._finish(outcome)
            self._claim_wanted = True  # a slot is free again
        now = self._clock()
        waited = now - self._oldest_result
        if now < self._paused_until:
            return
        if self._results and (
            len(self._results) >= BATCH_SIZE or waited >= BATCH_WAIT or not self._limits.in_flight
        ):
            self._record()

    def _finish(self, outcome: Outcome) -> None:
        claim: Claim = outcome.key.claim
        if not self._results:
            self._oldest_result = self._clock()
        self._results.append(outcome)
        self._limits.end(
            claim.endpoint_id,
            retry=claim.is_retry,
            ok=outcome.delivered,
            ms=outcome.timing.total_ms,
        )

    def _wait_time(self, now: float, *, closing: bool) -> float:
        """Seconds until the loop has something to do besides waiting for answers."""
        if now < self._paused_until:
            return self._paused_until - now
        until = now + POLL_INTERVAL
        if self._results:
            until = min(until, self._oldest_result + BATCH_WAIT)
        if self._limits.free() and not closing:
            pause = CLAIM_INTERVAL if self._claim_wanted else POLL_INTERVAL
            check_at = (
                now
                if self._claim_wanted and not self._limits.in_flight
                else self._last_claim_at + pause
            )
            until = min(until, check_at)
        if self._listener is not None and (listener_at := self._listener.check_at()) is not None:
            until = min(until, listener_at)
        return max(0.0, until - now)

    def _record(self) -> None:
        """Record the results, or keep them while the database is gone."""
        batch, self._results = self._results, []
        try:
            recording.record(batch)
        except _DATABASE_GONE as error:
            self._results = batch
            self._pause_for_database(error)
        except DatabaseError:
            # One of them cannot be recorded: record the others.
            for outcome in batch:
                self._record_alone(outcome)
        else:
            self._database_gone_since = None

    def _record_alone(self, outcome: Outcome) -> None:
        try:
            recording.record([outcome])
        except _DATABASE_GONE as error:
            self._results.append(outcome)
            self._pause_for_database(error)
        except DatabaseError:
            log.exception("A result cannot be recorded; its attempt will be recorded as lost")

    def _pause_for_database(self, error: Exception) -> None:
        """Pause claims and records while the database is gone; requests in flight go on.

        After the duration of a lease, or when the drain is to stop, waiting is of no
        use: the leases have ended, and the deliveries are due again.

        Raises:
            The error, when waiting is of no use.
        """
        now = self._clock()
        if self._database_gone_since is None:
            self._database_gone_since = now
            log.warning("The database is gone; %s results wait to be recorded", len(self._results))
        if self._stopping() or now - self._database_gone_since > lease_duration().total_seconds():
            raise error
        if self._listener is not None:
            self._listener.detach()
        connection.close()
        self._paused_until = now + DATABASE_PAUSE
